"""The registers that forms look things up in, by the name a form gives as ``x-source``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.registers import customers


@dataclass(frozen=True, kw_only=True)
class Choice:
    value: str
    label: str
    detail: str = ""


def lookups(session: Session) -> dict[str, Callable[[str], str | None]]:
    """For each register: the label of a code, or None."""
    return {"customers": lambda code: _customer_label(session, code)}


def search(session: Session, source: str, text: str) -> list[Choice] | None:
    """What a person may choose from while typing; None when there is no such register."""
    if source != "customers":
        return None
    return [
        Choice(value=customer.code, label=customer.name, detail=f"{customer.code} · {customer.address}".rstrip(" ·"))
        for customer in customers.search_customers(session, text)
    ]


def _customer_label(session: Session, code: str) -> str | None:
    customer = customers.find_customer(session, code)
    return customer.name if customer else None
