"""One row a planned visit, from the plan to what came of it."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base

PLANNED, APPOINTED, VISITED, POSTPONED, CANCELLED, FOLLOW_UP = VISIT_STATES = (
    "planned",
    "appointed",
    "visited",
    "postponed",
    "cancelled",
    "follow_up",
)
"""``postponed``: to another day, and not agreed with the customer yet. ``follow_up``: for the next plan to take up."""


class DbVisit(Base):
    __tablename__ = "visits"
    __table_args__ = (
        # one row a branch of a case; follow-ups that no plan has taken up yet have neither
        Index("uq_visits_case_id_branch", "case_id", "branch", unique=True, postgresql_where=text("branch <> ''")),
        Index(None, "customer_id", "day"),
        Index(None, "user_id", "day"),
        Index("ix_visits_follow_ups", "customer_id", postgresql_where=text("state = 'follow_up'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # the plan that it belongs to; empty for a follow-up that no plan has taken up yet
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    branch: Mapped[str] = mapped_column(String(40), default="")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    # who goes there
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date | None]
    time: Mapped[time | None]
    contact: Mapped[str] = mapped_column(String(40), default="")
    purpose: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[str] = mapped_column(String(80), default="")
    # one of VISIT_STATES
    state: Mapped[str] = mapped_column(String(10))
    # 成果: A to E once it took place
    result: Mapped[str] = mapped_column(String(1), default="")
    # 面谈概要 of a visit that took place, the reason of one that did not
    note: Mapped[str] = mapped_column(String(1000), default="")
    # the visit out of which this follow-up came
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    changed_at: Mapped[datetime]


def follow_up_of(visit: DbVisit, at: datetime) -> DbVisit:
    """Another visit to the same customer for the next plan; ``visit`` has its id already."""
    return DbVisit(
        case_id=None,
        branch="",
        customer_id=visit.customer_id,
        user_id=visit.user_id,
        day=None,
        time=None,
        contact=visit.contact,
        purpose=visit.purpose,
        place=visit.place,
        state=FOLLOW_UP,
        follows_id=visit.id,
        changed_at=at,
    )
