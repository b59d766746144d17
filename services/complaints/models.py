"""Complaints as the figures count them, contacts with their customers, and templates of solutions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base
from services.search.columns import search_pairs, search_text

SEARCHED = ("title", "problem", "text")


class DbComplaint(Base):
    """One row a case, written by the operations of its steps in their transaction."""

    __tablename__ = "complaints"
    __table_args__ = (
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction_from_1_to_5"),
        Index(None, "registered_at", "case_id"),
        Index(None, "customer", "registered_at"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    customer: Mapped[str] = mapped_column(String(20))
    customer_grade: Mapped[str] = mapped_column(String(1), default="")
    type: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(10))
    region: Mapped[str] = mapped_column(String(40), default="")
    urgency: Mapped[str] = mapped_column(String(6))
    order_number: Mapped[str] = mapped_column(String(40), default="")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    # a post, or a user name; empty while nobody is found
    handler: Mapped[str] = mapped_column(String(80), default="")
    # 0: the handler's post, 1: 客户关系主管, 2: 客户服务部经理, 3: 总经理
    level: Mapped[int] = mapped_column(default=0)
    registered_at: Mapped[datetime]
    # when the case was last given to a handler of another level; contacts are looked for from here on
    round_began_at: Mapped[datetime]
    respond_by: Mapped[datetime | None]
    resolve_by: Mapped[datetime | None]
    first_response_at: Mapped[datetime | None]
    # working time from the registration on
    response_minutes: Mapped[int | None]
    resolved_at: Mapped[datetime | None]
    resolution_minutes: Mapped[int | None]
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # the highest level that heard of it because it was late; 0 for none
    escalated_level: Mapped[int] = mapped_column(default=0)
    reopened: Mapped[int] = mapped_column(default=0)
    satisfaction: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    # withdrawn or cancelled: no part of the figures
    dropped: Mapped[bool] = mapped_column(default=False)
    # what was tried before each reopening, oldest first
    rounds: Mapped[list[dict[str, Any]]] = mapped_column(default=list)


class DbComplaintContact(Base):
    """Somebody spoke with the customer. Rows are only ever added."""

    __tablename__ = "complaint_contacts"
    __table_args__ = (Index(None, "case_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(10))
    # with whom
    person: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(String(2000))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    noted_at: Mapped[datetime]


class DbSolutionTemplate(Base):
    """A solution that satisfied a customer, or that somebody wrote down, to be offered for similar complaints."""

    __tablename__ = "solution_templates"
    __table_args__ = (Index(None, "pairs", postgresql_using="gin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    type: Mapped[str] = mapped_column(String(10))
    # what the customer complained of
    problem: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column()
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    satisfaction: Mapped[int | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    retired: Mapped[bool] = mapped_column(default=False)
    search_text: Mapped[str | None] = search_text(*SEARCHED)
    pairs: Mapped[list[str] | None] = search_pairs(*SEARCHED)


class DbSolutionUse(Base):
    """A template whose text was taken over into the solution of a case."""

    __tablename__ = "solution_uses"

    template_id: Mapped[int] = mapped_column(ForeignKey("solution_templates.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
