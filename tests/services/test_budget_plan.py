"""Budgets: who sees them, who plans them, who was faster, and who holds what."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from services.database import db
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.people.models import DbDepartment
from services.registers import budget_plan
from services.registers.budget_plan import holders_of, plan_budget, plan_year, visible_departments, year_of
from services.registers.changes import list_changes
from tests.conftest import MONDAY, find_actor
from tests.support import hospitality

pytestmark = pytest.mark.usefixtures("app", "_as_it_was")
MONTH, SERVICE = "2026-11", "客户服务部"
PLANNED = Decimal(30_000)


def department(name: str = SERVICE) -> int:
    return int(db.session.query(DbDepartment.id).filter_by(name=name).scalar())


@pytest.fixture
def _as_it_was(app: Flask):  # type: ignore[no-untyped-def]
    yield
    db.session.rollback()
    plan(PLANNED)
    plan(PLANNED, "2026-12")


def plan(amount: Decimal, month: str = MONTH, *, by: str = "finance", name: str = SERVICE) -> None:
    plan_budget(find_actor(by), department=name, month=month, amount=amount, source="page", now=MONDAY)


def amount(month: str = MONTH) -> Decimal:
    db.session.expire_all()
    return {line.month: line.amount for line in year_of(db.session(), department(), 2026)}[month]


def seen_by(username: str) -> set[str]:
    return set(visible_departments(db.session(), find_actor(username)).values())


def test_finance_the_general_manager_and_administrators_see_every_department() -> None:
    everything = {name for (name,) in db.session.query(DbDepartment.name)}
    assert seen_by("finance") == seen_by("gm") == seen_by("admin") == everything


def test_heads_see_their_own_department_and_others_none() -> None:
    assert seen_by("manager") == {SERVICE}
    assert seen_by("outsider") == {"销售部"}
    assert seen_by("specialist") == seen_by("owner") == set()
    with pytest.raises(NotPermitted, match="部门负责人"):
        budget_plan.require_visible_departments(db.session(), find_actor("specialist"))


def test_a_list_never_goes_beyond_the_own_department() -> None:
    for username in ("manager", "specialist"):
        person = find_actor(username)
        names = {name for _row, name in budget_plan.list_budgets(db.session(), person, after=0, limit=200)}
        assert names == {SERVICE}
        assert budget_plan.list_budgets(db.session(), person, after=0, limit=200, department="销售部") == []


@pytest.mark.parametrize("username", ["manager", "gm", "specialist", "outsider", "owner"])
def test_only_finance_and_administrators_plan(username: str) -> None:
    with pytest.raises(NotPermitted):
        plan(Decimal(1), by=username)
    with pytest.raises(NotPermitted):
        plan_year(find_actor(username), department(), {MONTH: Decimal(1)}, {MONTH: PLANNED}, source="page", now=MONDAY)
    assert amount() == PLANNED


def test_a_plan_is_kept_with_what_it_was_before() -> None:
    plan(Decimal("31000.5"))
    plan(Decimal("31000.50"))
    [change] = list_changes(db.session(), "budgets", budget_plan.key_of(department(), MONTH))
    assert change.who == "赵敏"
    assert [(field.field, field.before, field.after) for field in change.fields] == [("amount", "30000.00", "31000.50")]


def test_a_month_or_department_that_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        plan(Decimal(1), "2026-13")
    assert list(refused.value.errors) == ["month"]
    with pytest.raises(InvalidInput) as refused:
        plan(Decimal(1), name="外星部")
    assert list(refused.value.errors) == ["department"]
    with pytest.raises(NotFound):
        plan_year(find_actor("finance"), 2**31 - 1, {MONTH: Decimal(1)}, {}, source="page", now=MONDAY)


def test_a_year_is_changed_as_a_whole_and_only_where_it_differs() -> None:
    wanted = {MONTH: Decimal(32_000), "2026-12": PLANNED}
    seen = {MONTH: PLANNED, "2026-12": PLANNED}
    assert plan_year(find_actor("finance"), department(), wanted, seen, source="page", now=MONDAY) == 1
    assert amount() == Decimal(32_000)
    assert list_changes(db.session(), "budgets", budget_plan.key_of(department(), "2026-12")) == []


def test_whoever_comes_second_is_told_and_changes_nothing() -> None:
    plan(Decimal(35_000), by="admin")
    wanted = {MONTH: Decimal(32_000), "2026-12": Decimal(1)}
    seen = {MONTH: PLANNED, "2026-12": PLANNED}
    with pytest.raises(Conflict, match=r"高峰刚刚把 2026-11 的预算改为 35000.00 元"):
        plan_year(find_actor("finance"), department(), wanted, seen, source="page", now=MONDAY)
    assert (amount(), amount("2026-12")) == (Decimal(35_000), PLANNED)


def test_a_month_shows_what_is_left_and_who_holds_it() -> None:
    case = hospitality.approved()
    [line] = [line for line in year_of(db.session(), department(), 2026) if line.month == MONTH]
    assert (line.reserved, line.spent, line.available) == (Decimal("4100.50"), 0, Decimal("25899.50"))
    assert line.share == 14
    [holder] = holders_of(db.session(), find_actor("finance"), department(), MONTH)
    assert (holder.number, holder.state, holder.amount, holder.visible) == (
        case.number,
        "reserved",
        Decimal("4100.50"),
        True,
    )
    [holder] = holders_of(db.session(), find_actor("marketing"), department(), MONTH)
    assert not holder.visible


def test_planning_leaves_what_is_held() -> None:
    hospitality.approved()
    plan(Decimal(4_000))
    [line] = [line for line in year_of(db.session(), department(), 2026) if line.month == MONTH]
    assert (line.reserved, line.available) == (Decimal("4100.50"), Decimal("-100.50"))
