"""Budgets: a department's year, changed in place, and who holds what of a month."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.errors import Conflict, NotFound
from services.processes.versions import list_current
from services.registers import budget_plan
from services.registers.budgets import find_amount, is_month
from services.registers.changes import PAGE, list_changes
from webapp.auth import actor, now
from webapp.errors import sentence
from webapp.i18n import translate
from webapp.rendering import local

blueprint = Blueprint("budgets", __name__, url_prefix="/registers/budgets")
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


@blueprint.get("")
def index() -> Any:
    """A department's year; without one in the address the person's own, else the first that has a budget."""
    session, year = read_session(), _year()
    budget_plan.require_visible_departments(session, actor())
    chosen = request.args.get("department", 0, type=int) or budget_plan.first_department(session, actor(), year)
    return _page(chosen, year)


@blueprint.post("")
def change() -> Any:
    """Set the months whose amount is not what was shown."""
    department_id, year = request.form.get("department", 0, type=int), _year()
    typed = {month: request.form.get(month, "").strip() for month in _months(year)}
    seen = {month: find_amount(request.form.get(f"seen-{month}", "")) or Decimal(0) for month in _months(year)}
    amounts = {month: find_amount(text.replace(",", "") or "0") for month, text in typed.items()}
    wrong = {month: ["请输入金额，最多两位小数"] for month, amount in amounts.items() if amount is None}
    if wrong:
        return _page(department_id, year, typed=typed, seen=seen, errors=wrong), 422
    wanted = {month: amount for month, amount in amounts.items() if amount is not None}
    try:
        count = budget_plan.plan_year(actor(), department_id, wanted, seen, source=PAGE, now=now())
    except Conflict as refusal:
        return _page(department_id, year, typed=typed, refusal=sentence(refusal)), 409
    flash(translate("已更改 {count} 个月的预算", count=count) if count else translate("预算没有变化"), "success")
    return redirect(url_for("budgets.index", department=department_id, year=year), 303)


@blueprint.get("/<int:department_id>/<month>")
def show(department_id: int, month: str) -> Any:
    """A month: what is left, who holds it, and what was changed."""
    session, person = read_session(), actor()
    departments = budget_plan.require_visible_departments(session, person)
    if not is_month(month) or not _FIRST_YEAR <= int(month[:4]) <= _LAST_YEAR:
        abort(404)
    _require_visible(departments, department_id)
    lines = {line.month: line for line in budget_plan.year_of(session, department_id, int(month[:4]))}
    return render_template(
        "budget.html",
        department_id=department_id,
        department=departments[department_id],
        line=lines[month],
        holders=budget_plan.holders_of(session, person, department_id, month),
        changes=list_changes(session, budget_plan.REGISTER, budget_plan.key_of(department_id, month)),
        labels={"amount": translate("预算")},
        definitions={definition.key: definition for _version, definition in list_current(session)},
    )


def _year() -> int:
    year = request.values.get("year", local(now()).year, type=int)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        abort(404)
    return year


def _years(chosen: int) -> list[int]:
    """The years to choose from: around this one, and the one that is looked at."""
    this = local(now()).year
    return sorted({*range(this - 2, this + 3), chosen} & set(range(_FIRST_YEAR, _LAST_YEAR + 1)))


def _months(year: int) -> list[str]:
    return [f"{year:04d}-{number:02d}" for number in range(1, 13)]


def _require_visible(departments: dict[int, str], department_id: int) -> None:
    if department_id not in departments:
        raise NotFound("没有这个部门，或您不能查看它的预算")


def _page(department_id: int, year: int, **more: Any) -> str:
    session, person = read_session(), actor()
    departments = budget_plan.require_visible_departments(session, person)
    _require_visible(departments, department_id)
    lines = budget_plan.year_of(session, department_id, year)
    return render_template(
        "budgets.html",
        department_id=department_id,
        departments=departments,
        department_options=[(str(number), translate(name)) for number, name in departments.items()],
        year=year,
        year_options=[(str(one), str(one)) for one in _years(year)],
        this_month=local(now()).strftime("%Y-%m"),
        lines=lines,
        total=budget_plan.total_of(lines),
        may_plan=budget_plan.may_plan(person),
        **{"typed": {}, "seen": {line.month: line.amount for line in lines}, "errors": {}, "refusal": "", **more},
    )
