"""Customers and budgets."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base
from services.search.columns import search_pairs, search_text

SEARCHED = ("code", "name", "address", "category")


class DbCustomer(Base):
    __tablename__ = "customers"
    __table_args__ = (Index(None, "pairs", postgresql_using="gin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    address: Mapped[str] = mapped_column(String(200), default="")
    category: Mapped[str] = mapped_column(String(60), default="")
    grade: Mapped[str] = mapped_column(String(1), default="C")
    search_text: Mapped[str | None] = search_text(*SEARCHED)
    pairs: Mapped[list[str] | None] = search_pairs(*SEARCHED)


class DbBudget(Base):
    """Money of a department for a month (``2026-11``)."""

    __tablename__ = "budgets"
    __table_args__ = (
        UniqueConstraint("department_id", "month"),
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    month: Mapped[str] = mapped_column(String(7))
    amount: Mapped[Decimal]
    reserved: Mapped[Decimal] = mapped_column(default=Decimal(0))
    spent: Mapped[Decimal] = mapped_column(default=Decimal(0))


class DbReservation(Base):
    """What one case holds of a budget: ``reserved``, then ``settled`` or ``released``."""

    __tablename__ = "reservations"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    budget_id: Mapped[int] = mapped_column(ForeignKey("budgets.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal]
    spent: Mapped[Decimal] = mapped_column(default=Decimal(0))
    changed_at: Mapped[datetime]
