"""The company's calendar: the public one with the company's own days."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import NotPermitted
from services.people.models import DbCompanyDay
from services.types import Actor
from workflows.calendar import CompanyCalendar


def load_calendar(session: Session) -> CompanyCalendar:
    days = session.execute(select(DbCompanyDay.day, DbCompanyDay.works)).all()
    return CompanyCalendar(
        extra_holidays=frozenset(day for day, works in days if not works),
        extra_workdays=frozenset(day for day, works in days if works),
    )


def list_company_days(session: Session) -> list[DbCompanyDay]:
    return list(session.scalars(select(DbCompanyDay).order_by(DbCompanyDay.day)))


def set_company_day(actor: Actor, day: date, *, works: bool, note: str) -> None:
    """Make a day a working day or a holiday of the company, whatever the public calendar says.

    Tasks that are open keep the due time they were given. Raises NotPermitted for anybody but administrators.
    """
    _require_admin(actor)
    with transaction() as session:
        values = {"works": works, "note": note.strip()[:80]}
        statement = insert(DbCompanyDay).values(day=day, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["day"], set_=values))


def remove_company_day(actor: Actor, day: date) -> None:
    """Let the public calendar speak for this day again."""
    _require_admin(actor)
    with transaction() as session:
        session.execute(delete(DbCompanyDay).where(DbCompanyDay.day == day))


def _require_admin(actor: Actor) -> None:
    if not actor.is_admin:
        raise NotPermitted("只有系统管理员可以更改公司日历")
