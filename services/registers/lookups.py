"""The registers that forms look things up in, by the name that a form gives as ``x-source``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.people import handlers
from services.registers import customers, gift_register, order_search
from services.registers.models import DbCustomer
from services.registers.orders import STATE_LABELS, may_read
from services.types import Actor

MAX_CODE = 100

Entry = Mapping[str, Any]
"""What a register knows of one entry, by the names that ``x-fills`` and papers (``of``) use."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A register as forms see it. Codes are asked for together, in one query; those that are not there are left out."""

    labels: Callable[[Session, Collection[str]], Mapping[str, str]]
    search: Callable[[Session, str], Sequence[Choice]]
    """What a person may choose from while typing, at most twenty; for no text the first ones."""
    entries: Callable[[Session, Collection[str]], Mapping[str, Entry]]
    may_search: Callable[[Actor], bool] = lambda _actor: True
    """Who may look things up in it while typing."""

    def label(self, session: Session, code: str) -> str | None:
        return self.labels(session, [code]).get(code)

    def entry(self, session: Session, code: str) -> Entry | None:
        return self.entries(session, [code]).get(code)


def _customers(session: Session, codes: Collection[str]) -> list[DbCustomer]:
    return list(session.scalars(select(DbCustomer).where(DbCustomer.code.in_(codes))))


def _customer_labels(session: Session, codes: Collection[str]) -> dict[str, str]:
    return {customer.code: customer.name for customer in _customers(session, codes)}


def _customer_entries(session: Session, codes: Collection[str]) -> dict[str, Entry]:
    names = ("code", "name", "address", "region", "distance_km", "category", "grade", "relation", "no_visit", "remark")
    found = _customers(session, codes)
    contacts = customers.main_contacts(session, [customer.id for customer in found])
    return {
        customer.code: {
            **{name: getattr(customer, name) for name in names},
            "contact": contacts[customer.id].name if customer.id in contacts else None,
            "phone": contacts[customer.id].phone if customer.id in contacts else None,
        }
        for customer in found
    }


def _customer_choices(session: Session, text: str) -> list[Choice]:
    return [
        Choice(value=customer.code, label=customer.name, detail=f"{customer.code} · {customer.address}".rstrip(" ·"))
        for customer in customers.search_customers(session, text)
    ]


def _gift_labels(session: Session, codes: Collection[str]) -> dict[str, str]:
    return {code: gift.name for code, gift in gift_register.gifts_of(session, codes).items()}


def _gift_entries(session: Session, codes: Collection[str]) -> dict[str, Entry]:
    names = ("code", "name", "unit", "price", "stock", "available", "remark")
    found = gift_register.gifts_of(session, codes)
    return {code: {name: getattr(gift, name) for name in names} for code, gift in found.items()}


def _gift_choices(session: Session, text: str) -> list[Choice]:
    return [
        Choice(
            value=gift.code,
            label=gift.name,
            detail=f"{gift.code} · {gift.price:,.2f} 元/{gift.unit} · 可用 {gift.available} {gift.unit}",
        )
        for gift in gift_register.search_gifts(session, text)
    ]


def _handler_entries(session: Session, codes: Collection[str]) -> dict[str, Entry]:
    return {code: {"code": code, "name": name} for code, name in handlers.labels_of_handlers(session, codes).items()}


def _handler_choices(session: Session, text: str) -> list[Choice]:
    found = handlers.search_handlers(session, text)
    return [Choice(value=handler.code, label=handler.label, detail=handler.detail) for handler in found]


def _order_labels(session: Session, codes: Collection[str]) -> dict[str, str]:
    return {line.order.number: line.order.number for line in order_search.orders_by_number(session, codes)}


def _order_entries(session: Session, codes: Collection[str]) -> dict[str, Entry]:
    names = (
        *("number", "state", "recipient", "phone", "address", "goods", "amount", "postage", "carrier"),
        *("tracking_number", "pickup_at", "ordered_at"),
    )
    return {
        line.order.number: {"customer": line.customer_code, **{name: getattr(line.order, name) for name in names}}
        for line in order_search.orders_by_number(session, codes)
    }


def _order_choices(session: Session, text: str) -> list[Choice]:
    return [
        Choice(
            value=line.order.number,
            label=line.order.number,
            detail=" · ".join(filter(None, (line.order.recipient, line.order.phone, STATE_LABELS[line.order.state]))),
        )
        for line in order_search.search_orders(session, text)
    ]


SOURCES: Mapping[str, Source] = {
    "customers": Source(labels=_customer_labels, search=_customer_choices, entries=_customer_entries),
    "gifts": Source(labels=_gift_labels, search=_gift_choices, entries=_gift_entries),
    "orders": Source(labels=_order_labels, search=_order_choices, entries=_order_entries, may_search=may_read),
    "performers": Source(labels=handlers.labels_of_handlers, search=_handler_choices, entries=_handler_entries),
}


class Lookups:
    """What the registers say about codes, while one thing is done: each code's label is asked for once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._labels: dict[tuple[str, str], str | None] = {}

    def labels(self, source: str, codes: Collection[str]) -> dict[str, str]:
        """The labels of those codes that exist. Raises KeyError for a register that there is not."""
        asked = {code for code in codes if (source, code) not in self._labels}
        if asked:
            found = SOURCES[source].labels(self._session, plain) if (plain := _plain(asked)) else {}
            self._labels |= {(source, code): found.get(code) for code in asked}
        known = {code: self._labels[source, code] for code in codes}
        return {code: label for code, label in known.items() if label is not None}

    def label(self, source: str, code: str) -> str | None:
        return self.labels(source, [code]).get(code)

    def entries(self, source: str, codes: Collection[str]) -> Mapping[str, Entry]:
        """What the register knows of those codes that exist. Raises KeyError for a register that there is not."""
        plain = _plain(codes)
        return SOURCES[source].entries(self._session, plain) if plain else {}


def lookups(session: Session) -> Lookups:
    return Lookups(session)


def _plain(codes: Collection[str]) -> list[str]:
    """Without what no register could have as a code, and PostgreSQL would not even compare."""
    return sorted(code for code in set(codes) if len(code) <= MAX_CODE and code.isprintable())
