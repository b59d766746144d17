"""Adding and changing customers: what may be typed, and who was faster."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.registers import visiting_hours
from services.registers.changes import Change, list_changes, record_change
from services.registers.customers import GRADES, RELATIONS, contacts_of
from services.registers.models import SEARCHED, DbContact, DbCustomer, DbRegisterChange
from services.search.columns import folded_text
from services.search.text import pairs
from services.types import Actor
from workflows.calendar import COMPANY_ZONE

REGISTER = "customers"
CONTACT = "contact:"
"""Begins the name of a contact where a history has a field."""
LIMITS = {"code": 20, "name": 120, "address": 200, "region": 40, "category": 60, "no_visit": 200, "remark": 500}
CONTACT_LIMITS = {"name": 40, "title": 40, "phone": 40, "email": 120}
FIELDS = ("name", "address", "region", "distance_km", "category", "grade", "relation", "no_visit", "remark")
MAX_CONTACTS = 50
RESERVED = ("import", "export", "print", "print.pdf")
"""Codes that no customer has: the register's own pages stand there in the address."""
_CODE = re.compile(r"\w[\w.\-]*")
_DISTANCE = re.compile(r"[0-9]{1,5}(\.[0-9])?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_TOO_LONG, _TOO_MANY = "最多 {limit} 个字", "最多 {limit} 项"
Errors = dict[str, list[str]]


class Outdated(Conflict):
    """Somebody changed the customer since it was read. ``changes`` says who and what, the newest first."""

    def __init__(self, changes: Sequence[Change], version: int) -> None:
        self.changes = tuple(changes)
        self.version = version
        who = changes[0].who or "系统"
        super().__init__("{who}刚刚更改了这位客户，请核对后再保存", who=who)


@dataclass(frozen=True, kw_only=True)
class ContactEntry:
    """A person at a customer, checked."""

    name: str
    title: str = ""
    phone: str = ""
    email: str = ""
    birthday: date | None = None
    main: bool = False


def may_change(actor: Actor) -> bool:
    """Whoever holds a post keeps the register."""
    return bool(actor.posts)


def version_of(session: Session, code: str) -> int:
    """The number of the customer's newest change: what a later change is compared with."""
    return session.scalar(_newest(code)) or 0


def read_fields(values: Mapping[str, Any]) -> tuple[dict[str, Any], Errors]:
    """The fields that are there, as they are stored, and what is wrong with the others by field."""
    found: dict[str, Any] = {}
    errors: Errors = {}
    for name, raw in values.items():
        text = "" if raw is None else str(raw).strip()
        problem = _problem(name, text)
        if problem:
            errors[name] = [problem]
        elif name == "distance_km":
            found[name] = Decimal(text) if text else None
        elif name == "grade":
            found[name] = text.upper() or "C"
        elif name == "relation":
            found[name] = text or RELATIONS[2]
        else:
            found[name] = text
    return found, errors


def _problem(name: str, text: str) -> str:
    if name in ("code", "name") and not text:
        return "此项必填"
    if len(text) > LIMITS.get(name, 200):
        return _TOO_LONG.format(limit=LIMITS.get(name, 200))
    if name == "code" and not _CODE.fullmatch(text):
        return "编号只能用字母、数字、汉字、“-”“_”和“.”，且不以符号开头"
    if name == "code" and text.casefold() in RESERVED:
        return "编号不能是 import、export 或 print"
    if name == "grade" and text and text.upper() not in GRADES:
        return "等级为 A、B、C、D 或 E"
    if name == "relation" and text and text not in RELATIONS:
        return "关系为战略、潜力、一般或暂时"
    if name == "distance_km" and text and not _DISTANCE.fullmatch(text):
        return "请填写公里数，最多一位小数，如 12.5"
    if name == "no_visit":
        return visiting_hours.problem(text)
    return ""


def read_contacts(rows: Sequence[Mapping[str, Any]], today: date) -> tuple[list[ContactEntry], Errors]:
    """The contacts that are filled in; errors by path (``contacts-0-name``)."""
    found: list[ContactEntry] = []
    errors: Errors = {}
    if len(rows) > MAX_CONTACTS:
        return found, {"contacts": [_TOO_MANY.format(limit=MAX_CONTACTS)]}
    for at, row in enumerate(rows):
        texts = {name: str(row.get(name) or "").strip() for name in (*CONTACT_LIMITS, "birthday")}
        if not any(texts.values()):
            continue
        problems = _contact_problems(texts, {one.name for one in found}, today)
        errors |= {f"contacts-{at}-{name}": [problem] for name, problem in problems.items()}
        if not problems:
            birthday = date.fromisoformat(texts.pop("birthday")) if texts["birthday"] else None
            fields = {name: texts[name] for name in CONTACT_LIMITS}
            found.append(ContactEntry(**fields, birthday=birthday, main=bool(row.get("main"))))
    return found, errors


def _contact_problems(texts: Mapping[str, str], names: set[str], today: date) -> dict[str, str]:
    problems = {
        name: _TOO_LONG.format(limit=limit) for name, limit in CONTACT_LIMITS.items() if len(texts[name]) > limit
    }
    if not texts["name"]:
        problems["name"] = "请填写联系人的姓名"
    elif texts["name"] in names:
        problems["name"] = "已有同名的联系人，请加以区分"
    if texts["email"] and not _MAIL.fullmatch(texts["email"]):
        problems["email"] = "不是有效的邮箱地址"
    if texts["birthday"]:
        day = _day(texts["birthday"])
        if day is None or day.year < 1900 or day > today:
            problems["birthday"] = "请填写已过去的日期，如 1985-06-18"
    return problems


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def add_customer(
    actor: Actor, values: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]] = (), *, source: str, now: datetime
) -> DbCustomer:
    """Raises NotPermitted for people without a post, InvalidInput naming the fields, Conflict for a taken code."""
    require_may_change(actor)
    found, errors = read_fields({"code": "", "name": "", **values})
    people, wrong = read_contacts(contacts, now.astimezone(COMPANY_ZONE).date())
    if errors or wrong:
        raise InvalidInput({**errors, **wrong})
    with transaction() as session:
        customer: DbCustomer | None = session.scalar(
            insert(DbCustomer).values(**found).on_conflict_do_nothing().returning(DbCustomer)
        )
        if customer is None:
            raise Conflict("客户编号 {code} 已经存在", code=found["code"])
        _put_contacts(session, customer, people)
        facts = facts_of(customer, people)
        record_change(
            session, REGISTER, customer.code, before=None, after=facts, user_id=actor.id, source=source, now=now
        )
    return customer


def change_customer(
    actor: Actor,
    code: str,
    values: Mapping[str, Any],
    contacts: Sequence[Mapping[str, Any]] | None = None,
    *,
    version: int | None = None,
    source: str,
    now: datetime,
) -> DbCustomer:
    """Change the fields that are given, and the contacts if there are any given.

    With ``version`` nothing is changed that was changed since: raises Outdated. Else NotPermitted, NotFound,
    InvalidInput naming the fields.
    """
    require_may_change(actor)
    found, errors = read_fields({name: value for name, value in values.items() if name in FIELDS})
    people, wrong = read_contacts(contacts or (), now.astimezone(COMPANY_ZONE).date())
    if errors or wrong:
        raise InvalidInput({**errors, **wrong})
    with transaction() as session:
        customer = _locked(session, code)
        _require_current(session, code, version)
        stored = contacts_of(session, customer.id)
        before = facts_of(customer, stored)
        for name, value in found.items():
            setattr(customer, name, value)
        _index(customer)
        if contacts is not None:
            _put_contacts(session, customer, people)
        after = facts_of(customer, stored if contacts is None else people)
        record_change(session, REGISTER, code, before=before, after=after, user_id=actor.id, source=source, now=now)
    return customer


def require_may_change(actor: Actor) -> None:
    """Raises NotPermitted."""
    if not may_change(actor):
        raise NotPermitted("更改客户需要岗位；请联系系统管理员")


def _locked(session: Session, code: str) -> DbCustomer:
    query = select(DbCustomer).where(DbCustomer.code == code).with_for_update()
    customer: DbCustomer | None = session.scalar(query.execution_options(populate_existing=True))
    if customer is None:
        raise NotFound("没有编号为 {code} 的客户", code=code)
    return customer


def _newest(code: str) -> Any:
    rows = (DbRegisterChange.register == REGISTER) & (DbRegisterChange.key == code)
    return select(func.max(DbRegisterChange.id)).where(rows)


def _require_current(session: Session, code: str, version: int | None) -> None:
    newest = version_of(session, code)
    if version is not None and version < newest:
        raise Outdated(list_changes(session, REGISTER, code, after=version), newest)


def facts_of(customer: DbCustomer, contacts: Sequence[DbContact | ContactEntry]) -> dict[str, Any]:
    """The customer as its history keeps it: the fields, and each contact as one line under its name."""
    fields = {name: getattr(customer, name) for name in FIELDS}
    return {**fields, **{f"{CONTACT}{contact.name}": contact_line(contact) for contact in contacts}}


def contact_line(contact: DbContact | ContactEntry) -> str:
    """What is known of a contact beside the name."""
    birthday = contact.birthday.isoformat() if contact.birthday else ""
    known = (contact.title, contact.phone, contact.email, birthday, "★" if contact.main else "")
    return " · ".join(filter(None, known)) or "—"


def _put_contacts(session: Session, customer: DbCustomer, people: Sequence[ContactEntry]) -> None:
    """Make the customer's contacts these; who keeps the name stays the same person."""
    stored = {contact.name: contact for contact in contacts_of(session, customer.id)}
    for name, contact in stored.items():
        if name not in {person.name for person in people}:
            session.delete(contact)
    for person in people:
        contact = stored.get(person.name) or DbContact(customer_id=customer.id, name=person.name)
        contact.title, contact.phone, contact.email = person.title, person.phone, person.email
        contact.birthday, contact.main = person.birthday, person.main
        session.add(contact)


def _index(customer: DbCustomer) -> None:
    """What the search compares follows the fields."""
    text = folded_text(*(str(getattr(customer, name) or "") for name in SEARCHED))
    customer.search_text, customer.pairs = text or None, pairs(text) or None


def merged(
    values: Mapping[str, Any],
    contacts: Sequence[Mapping[str, Any]],
    customer: DbCustomer,
    stored: Sequence[DbContact],
    changes: Sequence[Change],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What was typed, with what others changed meanwhile where it was left as it had been.

    ``changes`` are those since the form was opened, the newest first.
    """
    first = {field.field: field.before for change in changes for field in change.fields}
    taken = {
        name: getattr(customer, name) for name in first if name in FIELDS and _same(values.get(name, ""), first[name])
    }
    people = [dict(row) for row in contacts]
    now_there = {contact.name: contact for contact in stored}
    for name in (name.removeprefix(CONTACT) for name in first if name.startswith(CONTACT)):
        typed = next((row for row in people if str(row.get("name") or "").strip() == name), None)
        if _same(_typed_line(typed), first[CONTACT + name]):
            people = [row for row in people if row is not typed]
            if name in now_there:
                people.append(contact_values(now_there[name]))
    return {**values, **taken}, people


def contact_values(contact: DbContact) -> dict[str, Any]:
    """A contact as the form shows it."""
    return {name: getattr(contact, name) for name in (*CONTACT_LIMITS, "birthday", "main")}


def _typed_line(row: Mapping[str, Any] | None) -> str | None:
    if row is None:
        return None
    people, _errors = read_contacts([row], date.max)
    return contact_line(people[0]) if people else ""


def _same(typed: Any, before: Any) -> bool:
    return str(typed or "").strip() == str(before or "").strip()
