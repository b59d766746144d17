"""The customer register: list, form, and the page of everything that happened with a customer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput
from services.processes.versions import list_current, may_start
from services.registers import customer_form, customer_life, customers, visiting_words
from services.registers.changes import PAGE, list_changes
from services.registers.customer_form import CONTACT_LIMITS, FIELDS, REGISTER, Outdated
from services.registers.models import DbCustomer
from webapp.auth import actor, now
from webapp.i18n import translate
from webapp.pages.starting import takes
from webapp.rendering import local

blueprint = Blueprint("customers", __name__, url_prefix="/registers")
_FILTERS = ("q", "grade", "relation", "region", "category", "sort")
_ROW = re.compile(r"contacts-(\d{1,3})-(\w+)", re.ASCII)
_MAX_ROWS = 60


@blueprint.get("/customers")
def index() -> Any:
    session = read_session()
    query = {name: value for name in _FILTERS if (value := request.args.get(name, "").strip())}
    lines: list[DbCustomer] = []
    following, problem = None, ""
    try:
        lines, following = customers.list_customers(session, _wanted(query))
    except InvalidInput as error:
        problem = next(sentence for sentences in error.errors.values() for sentence in sentences)
    return render_template(
        "customers.html",
        lines=lines,
        following=following,
        problem=problem,
        query=query,
        asked=bool(query.keys() - {"sort"}),
        on_first="cursor" not in request.args,
        contacts=customers.main_contacts(session, [line.id for line in lines]),
        last_visits=customers.last_visits(session, [line.id for line in lines]),
        **_options(),
        birthdays=customers.birthdays(session, today=local(now()).date(), limit=6),
        may_change=customer_form.may_change(actor()),
    )


def _wanted(query: Mapping[str, str]) -> customers.CustomerFilter:
    return customers.CustomerFilter(
        text=query.get("q", ""),
        grade=query.get("grade", ""),
        relation=query.get("relation", ""),
        region=query.get("region", ""),
        category=query.get("category", ""),
        sort=query.get("sort", "code"),
        after=request.args.get("cursor", ""),
    )


@blueprint.get("/customers/<code>")
def show(code: str) -> Any:
    """Everything that happened with a customer."""
    session, person = read_session(), actor()
    customer = customers.get_customer(session, code)
    kind = request.args.get("kind", "")
    events, following = customer_life.life_of(
        session, person, customer, kind=kind, after=request.args.get("cursor", "")
    )
    definitions = {definition.key: definition for _version, definition in list_current(session)}
    may_change = customer_form.may_change(person)
    return render_template(
        "customer.html",
        customer=customer,
        contacts=customers.contacts_of(session, customer.id),
        birthdays=customers.birthdays(session, today=local(now()).date(), days=30, customer_id=customer.id),
        years=customer_life.years_of(session, customer),
        events=events,
        following=following,
        kind=kind,
        kinds=customer_life.KINDS,
        on_first="cursor" not in request.args,
        definitions=definitions,
        starts=[one for one in definitions.values() if may_start(one, person) and takes(one, "customer")],
        changes=list_changes(session, REGISTER, customer.code),
        labels=_labels(),
        may_change=may_change,
        sees_money=bool(person.posts),
    )


@blueprint.get("/add-customer")
def new() -> Any:
    customer_form.require_may_change(actor())
    return _form({"grade": "C", "relation": customers.RELATIONS[2]}, [])


@blueprint.post("/add-customer")
def add() -> Any:
    values, people = _typed_values(), _typed_contacts()
    try:
        customer = customer_form.add_customer(actor(), values, people, source=PAGE, now=now())
    except InvalidInput as error:
        return _form(values, people, errors=error.errors), 422
    except Conflict as refusal:
        return _form(values, people, errors={"code": [str(refusal)]}), 409
    flash(translate("客户已添加"), "success")
    return redirect(url_for("customers.show", code=customer.code), 303)


@blueprint.get("/customers/<code>/edit")
def edit(code: str) -> Any:
    customer_form.require_may_change(actor())
    session = read_session()
    customer = customers.get_customer(session, code)
    values = {"code": code, **{name: getattr(customer, name) for name in FIELDS}}
    people = [customer_form.contact_values(one) for one in customers.contacts_of(session, customer.id)]
    return _form(values, people, customer=customer, version=customer_form.version_of(session, code))


@blueprint.post("/customers/<code>/edit")
def change(code: str) -> Any:
    values, people = _typed_values(), _typed_contacts()
    version = request.form.get("version", 0, type=int)
    try:
        customer_form.change_customer(actor(), code, values, people, version=version, source=PAGE, now=now())
    except InvalidInput as error:
        customer = customers.get_customer(read_session(), code)
        return _form(values, people, customer=customer, version=version, errors=error.errors), 422
    except Outdated as refusal:
        return _outdated(code, values, people, refusal), 409
    flash(translate("客户已保存"), "success")
    return redirect(url_for("customers.show", code=code), 303)


def _outdated(code: str, values: dict[str, Any], people: list[dict[str, Any]], refusal: Outdated) -> str:
    """The form once more: what somebody else changed and this person left alone is taken over, the rest stays typed."""
    session = read_session()
    customer = customers.get_customer(session, code)
    stored = customers.contacts_of(session, customer.id)
    values, people = customer_form.merged(values, people, customer, stored, refusal.changes)
    return _form(values, people, customer=customer, version=refusal.version, changes=refusal.changes)


def _typed_values() -> dict[str, Any]:
    return {name: request.form[name] for name in ("code", *FIELDS) if name in request.form}


def _typed_contacts() -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for key, value in request.form.items():
        found = _ROW.fullmatch(key)
        if found and found[2] in (*CONTACT_LIMITS, "birthday", "main"):
            rows.setdefault(int(found[1]), {})[found[2]] = value
    return [rows[at] for at in sorted(rows)][:_MAX_ROWS]


def _options() -> dict[str, Any]:
    """What there is to choose from, as value and words."""
    known = customers.choices(read_session())
    return {
        "grades": [(grade, grade) for grade in customers.GRADES],
        "relations": [(relation, translate(relation)) for relation in customers.RELATIONS],
        "regions": [(region, region) for region in known["region"]],
        "categories": [(category, category) for category in known["category"]],
    }


def _labels() -> dict[str, str]:
    """What people call the fields of a customer and of a contact."""
    names = {
        "code": "编号",
        "name": "名称",
        "address": "地址",
        "region": "地区",
        "distance_km": "与公司之间的距离",
        "category": "经营类别",
        "grade": "等级",
        "relation": "关系",
        "no_visit": "不宜拜访时间",
        "remark": "备注",
        "contacts": "联系人",
        "title": "职务",
        "phone": "电话",
        "email": "邮箱",
        "birthday": "生日",
    }
    return {name: translate(label) for name, label in names.items()}


def _form(values: Mapping[str, Any], people: list[dict[str, Any]], **more: Any) -> str:
    return render_template(
        "customer_form.html",
        labels=_labels(),
        values={"code": "", **dict.fromkeys(FIELDS, ""), **values},
        people=people,
        limits=customer_form.LIMITS,
        contact_limits=CONTACT_LIMITS,
        **_options(),
        examples=visiting_words.EXAMPLES,
        max_contacts=customer_form.MAX_CONTACTS,
        **{"customer": None, "version": 0, "errors": {}, "changes": (), **more},
    )
