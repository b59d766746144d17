"""代理人: people appoint who acts for them while they are away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.people.models import DbDepartment, DbSubstitute, DbUser
from services.people.stand_ins import company_day, forget_substitutes
from services.processes.versions import get_current_version
from services.registers.budgets import find_amount
from services.tasks.standing_in import apply_substitutions
from services.types import Actor, UserId

MAX_REASON = 200
MAX_LIMIT = Decimal("999999999.99")


@dataclass(frozen=True, kw_only=True)
class NewSubstitute:
    """What somebody asks for. ``absent`` empty: oneself; ``process_key`` empty: every process."""

    substitute: str
    first_day: date
    last_day: date
    absent: str = ""
    process_key: str = ""
    money_limit: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Substitution:
    """One appointment as people see it; ``state`` is ``coming``, ``active`` or ``over``."""

    id: int
    absent_id: UserId
    absent: str
    absent_username: str
    substitute: str
    substitute_username: str
    first_day: date
    last_day: date
    process_key: str | None
    money_limit: Decimal | None
    reason: str
    ended_at: datetime | None
    state: str


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """Somebody who can be chosen."""

    username: str
    name: str
    department: str


def read_wanted(texts: Mapping[str, str]) -> NewSubstitute:
    """What was typed, as days and money. Raises InvalidInput naming each field that cannot be read."""
    errors: dict[str, list[str]] = {}
    days = {name: _day(texts.get(name, "")) for name in ("first_day", "last_day")}
    for name, day in days.items():
        if day is None:
            errors[name] = ["请填写日期，如 2026-11-23"]
    limit = texts.get("limit", "").replace(",", "").strip()
    amount = find_amount(limit) if limit else None
    if limit and amount is None:
        errors["limit"] = ["请输入金额，最多两位小数"]
    if errors or days["first_day"] is None or days["last_day"] is None:
        raise InvalidInput(errors)
    return NewSubstitute(
        substitute=texts.get("substitute", "").strip(),
        first_day=days["first_day"],
        last_day=days["last_day"],
        absent=texts.get("absent", "").strip(),
        process_key=texts.get("process", "").strip(),
        money_limit=amount,
        reason=texts.get("reason", ""),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def appoint(actor: Actor, wanted: NewSubstitute, *, now: datetime) -> Substitution:
    """Name a substitute for oneself, or, as an administrator, for anybody; open tasks reach them at once.

    Raises NotPermitted for somebody else's substitute, InvalidInput naming each field that cannot be, Conflict when
    the same days and the same processes have a substitute already.
    """
    with transaction() as session:
        absent = _absent(session, actor, wanted.absent)
        substitute = session.scalar(select(DbUser).where(DbUser.username == wanted.substitute))
        errors = _errors(session, wanted, absent, substitute, company_day(now))
        if errors:
            raise InvalidInput(errors)
        assert substitute is not None
        _refuse_overlap(session, wanted, absent)
        row = DbSubstitute(
            absent_id=absent.id,
            substitute_id=substitute.id,
            first_day=wanted.first_day,
            last_day=wanted.last_day,
            process_key=wanted.process_key or None,
            money_limit=wanted.money_limit,
            reason=wanted.reason.strip(),
            created_by=actor.id,
            created_at=now,
        )
        session.add(row)
        session.flush()
        shown = _shown(row, absent, substitute, company_day(now))
    apply_substitutions(now=now)
    return shown


def end(actor: Actor, substitution_id: int, *, now: datetime) -> Substitution:
    """End an appointment now; the substitute loses what is open of it. What they did stays theirs.

    Raises NotFound for what is not there or concerns others, NotPermitted for the substitute, Conflict when it is over.
    """
    with transaction() as session:
        row = session.get(DbSubstitute, substitution_id, with_for_update=True, populate_existing=True)
        if row is None or not (actor.is_admin or actor.id in (row.absent_id, row.substitute_id)):
            raise NotFound("没有这项代理设置，或您无权查看")
        if actor.id != row.absent_id and not actor.is_admin:
            raise NotPermitted("只有被代理人本人和系统管理员可以结束代理")
        if row.ended_at is not None or row.last_day < company_day(now):
            raise Conflict("这项代理已经结束")
        row.ended_at = now
        absent, substitute = session.get_one(DbUser, row.absent_id), session.get_one(DbUser, row.substitute_id)
        shown = _shown(row, absent, substitute, company_day(now))
    apply_substitutions(now=now)
    return shown


def end_all_of(session: Session, user_id: int, now: datetime) -> None:
    """Whoever leaves neither has nor is a substitute; the caller commits."""
    concerned = or_(DbSubstitute.absent_id == user_id, DbSubstitute.substitute_id == user_id)
    for row in session.scalars(select(DbSubstitute).where(concerned, DbSubstitute.ended_at.is_(None))):
        row.ended_at = now
    forget_substitutes()


def list_substitutions(
    session: Session, actor: Actor, *, now: datetime, of: str = "", limit: int = 200
) -> list[Substitution]:
    """The appointments of a person, as absent and as substitute, the latest days first.

    Without ``of`` one's own; an administrator sees anybody's, and everybody's for ``*``. Raises NotFound, NotPermitted.
    """
    absent, substitute = aliased(DbUser), aliased(DbUser)
    query = (
        select(DbSubstitute, absent, substitute)
        .join(absent, absent.id == DbSubstitute.absent_id)
        .join(substitute, substitute.id == DbSubstitute.substitute_id)
        .order_by(DbSubstitute.last_day.desc(), DbSubstitute.id.desc())
        .limit(limit)
    )
    if of and of != actor.username and not actor.is_admin:
        raise NotPermitted("只有系统管理员可以查看别人的代理设置")
    if of != "*":
        person = actor.id if not of else _known_user(session, of).id
        query = query.where(or_(DbSubstitute.absent_id == person, DbSubstitute.substitute_id == person))
    return [_shown(*row, company_day(now)) for row in session.execute(query)]


def list_colleagues(session: Session, *, without: UserId | None = None) -> list[Colleague]:
    """Everybody who works here, by department and name."""
    query = (
        select(DbUser.username, DbUser.name, DbDepartment.name.label("department"))
        .outerjoin(DbDepartment, DbDepartment.id == DbUser.department_id)
        .where(DbUser.active, DbUser.id != (without or 0))
        .order_by(DbDepartment.id, DbUser.id)
    )
    return [
        Colleague(username=row.username, name=row.name, department=row.department or "")
        for row in session.execute(query)
    ]


def _known_user(session: Session, username: str) -> DbUser:
    user = session.scalar(select(DbUser).where(DbUser.username == username))
    if user is None:
        raise NotFound("没有名为“{username}”的用户", username=username)
    return user


def _absent(session: Session, actor: Actor, username: str) -> DbUser:
    """The person who will be away; their row is locked so that two appointments at once are seen by each other."""
    if username and username != actor.username and not actor.is_admin:
        raise NotPermitted("只有系统管理员可以替别人设置代理人")
    wanted = username or actor.username
    user = session.scalar(select(DbUser).where(DbUser.username == wanted, DbUser.active).with_for_update())
    if user is None:
        raise InvalidInput({"absent": ["没有这位在职人员"]})
    return user


def _errors(
    session: Session, wanted: NewSubstitute, absent: DbUser, substitute: DbUser | None, today: date
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if substitute is None:
        errors["substitute"] = ["没有这个人，请从名单中选择"]
    elif substitute.id == absent.id:
        errors["substitute"] = ["不能由本人代理，请选择另一位同事"]
    elif not substitute.active:
        errors["substitute"] = ["此人已离职，请选择在职的同事"]
    if wanted.first_day < today:
        errors["first_day"] = ["不能早于今天"]
    if wanted.last_day < wanted.first_day:
        errors["last_day"] = ["不能早于第一天"]
    if wanted.money_limit is not None and not 0 < wanted.money_limit <= MAX_LIMIT:
        errors["limit"] = ["请填写大于零的金额，或留空表示不限"]
    if len(wanted.reason.strip()) > MAX_REASON:
        errors["reason"] = [f"最多 {MAX_REASON} 个字"]
    if wanted.process_key and not _is_process(session, wanted.process_key):
        errors["process"] = ["没有这个流程"]
    return errors


def _is_process(session: Session, key: str) -> bool:
    try:
        get_current_version(session, key)
    except NotFound:
        return False
    return True


def _refuse_overlap(session: Session, wanted: NewSubstitute, absent: DbUser) -> None:
    same = DbSubstitute.process_key == wanted.process_key if wanted.process_key else DbSubstitute.process_key.is_(None)
    found = session.execute(
        select(DbSubstitute, DbUser.name)
        .join(DbUser, DbUser.id == DbSubstitute.substitute_id)
        .where(DbSubstitute.absent_id == absent.id, DbSubstitute.ended_at.is_(None), same)
        .where(DbSubstitute.first_day <= wanted.last_day, DbSubstitute.last_day >= wanted.first_day)
        .limit(1)
    ).one_or_none()
    if found is not None:
        row, name = found
        raise Conflict(
            "{first} 至 {last} 已由{name}代理，请先结束那一项，或改选别的日期",
            first=row.first_day.isoformat(),
            last=row.last_day.isoformat(),
            name=name,
        )


def _shown(row: DbSubstitute, absent: DbUser, substitute: DbUser, today: date) -> Substitution:
    over = row.ended_at is not None or row.last_day < today
    return Substitution(
        id=row.id,
        absent_id=UserId(absent.id),
        absent=absent.name,
        absent_username=absent.username,
        substitute=substitute.name,
        substitute_username=substitute.username,
        first_day=row.first_day,
        last_day=row.last_day,
        process_key=row.process_key,
        money_limit=row.money_limit,
        reason=row.reason,
        ended_at=row.ended_at,
        state="over" if over else "coming" if row.first_day > today else "active",
    )
