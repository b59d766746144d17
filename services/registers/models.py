"""The registers: customers and their contacts, budgets, gifts and their stock, orders."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base
from services.search.columns import search_pairs, search_text

SEARCHED = ("code", "name", "address", "category")
UNPRINTED, PRINTED, COLLECTED, DELIVERED = ORDER_STATES = ("unprinted", "printed", "collected", "delivered")
"""An order's way, in this order: 发货单还没打印, 发货单已打印, 快递公司已收件, 已送达."""


class DbCustomer(Base):
    __tablename__ = "customers"
    __table_args__ = (Index(None, "pairs", postgresql_using="gin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    address: Mapped[str] = mapped_column(String(200), default="")
    region: Mapped[str] = mapped_column(String(40), default="", server_default="")
    distance_km: Mapped[Decimal | None] = mapped_column(Numeric(7, 1))
    category: Mapped[str] = mapped_column(String(60), default="")
    grade: Mapped[str] = mapped_column(String(1), default="C")
    # 战略, 潜力, 一般, 暂时
    relation: Mapped[str] = mapped_column(String(10), default="一般", server_default="一般")
    # 不宜拜访时间, in the words that services/registers/visiting_hours.py reads
    no_visit: Mapped[str] = mapped_column(String(200), default="", server_default="")
    remark: Mapped[str] = mapped_column(String(500), default="", server_default="")
    search_text: Mapped[str | None] = search_text(*SEARCHED)
    pairs: Mapped[list[str] | None] = search_pairs(*SEARCHED)


class DbContact(Base):
    """A person at a customer."""

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    birthday: Mapped[date | None]
    main: Mapped[bool] = mapped_column(default=False)


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


class DbGift(Base):
    """A gift in stock. What is reserved is still in stock, but not available."""

    __tablename__ = "gifts"
    __table_args__ = (
        CheckConstraint("stock >= 0", name="stock_not_negative"),
        CheckConstraint("reserved >= 0 AND reserved <= stock", name="reserved_in_stock"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    unit: Mapped[str] = mapped_column(String(10), default="件")
    price: Mapped[Decimal] = mapped_column(default=Decimal(0))
    stock: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    remark: Mapped[str] = mapped_column(String(500), default="")

    @property
    def available(self) -> int:
        return self.stock - self.reserved


class DbGiftMovement(Base):
    """The stock ledger: what changed, and what was there afterwards. Rows are only ever added."""

    __tablename__ = "gift_movements"
    __table_args__ = (Index(None, "gift_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    gift_id: Mapped[int] = mapped_column(ForeignKey("gifts.id"))
    at: Mapped[datetime]
    # opening, purchase, adjust, reserve, release, hand_out, return
    kind: Mapped[str] = mapped_column(String(12))
    stock_change: Mapped[int]
    reserved_change: Mapped[int]
    stock_after: Mapped[int]
    reserved_after: Mapped[int]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String(200), default="")


class DbGiftHold(Base):
    """What one case holds of a gift: ``reserved``, ``handed_out``, ``given``, ``returned`` or ``released``."""

    __tablename__ = "gift_holds"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    gift_id: Mapped[int] = mapped_column(ForeignKey("gifts.id"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(String(12))
    quantity: Mapped[int]
    # what was asked for beyond that and has to be bought
    short: Mapped[int] = mapped_column(default=0)
    # how many of those handed out came back
    returned: Mapped[int] = mapped_column(default=0, server_default="0")
    changed_at: Mapped[datetime]


class DbBenefit(Base):
    """What one case gives one person outside the company: planned when it is applied for, actual once it is known."""

    __tablename__ = "benefits"
    __table_args__ = (UniqueConstraint("case_id", "customer", "person"), Index(None, "customer", "person", "year"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    # gift, hospitality
    kind: Mapped[str] = mapped_column(String(12))
    # of the day on which it is given
    year: Mapped[int]
    # a customer's code, and a name as services/registers/benefits.py writes it
    customer: Mapped[str] = mapped_column(String(20))
    person: Mapped[str] = mapped_column(String(40))
    planned: Mapped[Decimal]
    actual: Mapped[Decimal | None]


class DbOrder(Base):
    __tablename__ = "orders"
    __table_args__ = (Index(None, "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    # one of ORDER_STATES
    state: Mapped[str] = mapped_column(String(10))
    recipient: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    goods: Mapped[str] = mapped_column(String(200), default="")
    amount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    postage: Mapped[Decimal] = mapped_column(default=Decimal(0))
    carrier: Mapped[str] = mapped_column(String(40), default="")
    tracking_number: Mapped[str] = mapped_column(String(40), default="", index=True)
    # when the courier comes for the parcel
    pickup_at: Mapped[datetime | None]
    ordered_at: Mapped[datetime] = mapped_column(index=True)
    changed_at: Mapped[datetime]


class DbOrderEvent(Base):
    """What happened to an order: its first state, each change of state, each change of where it goes."""

    __tablename__ = "order_events"
    __table_args__ = (Index(None, "order_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    # page, api, webhook, import, case
    source: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    note: Mapped[str] = mapped_column(String(200), default="")


class DbOrderClaim(Base):
    """A case that changes where an order goes. One at a time: the others wait for it."""

    __tablename__ = "order_claims"
    __table_args__ = (
        Index("uq_order_claims_open", "order_id", unique=True, postgresql_where=text("state = 'open'")),
        Index(None, "order_id", "asked_at"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    # waiting, open, applied, replaced, released
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime]
    # the case that took its place
    replaced_by: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    # what the change has overwritten, to be put back when it is taken back
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)


class DbOrderDelivery(Base):
    """An event that a shop or a courier sent, by its own id: the same is never taken twice."""

    __tablename__ = "order_deliveries"

    event_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    received_at: Mapped[datetime]


class DbRegisterChange(Base):
    """Who changed which entry of a register, when, and what was there before."""

    __tablename__ = "register_changes"
    __table_args__ = (Index(None, "register", "key", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # customers, contacts, gifts, budgets, orders
    register: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # page, api, import, case
    source: Mapped[str] = mapped_column(String(10))
    # field: [before, after]; before is None for a new entry
    changes: Mapped[dict[str, Any]]
