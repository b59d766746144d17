"""The customer register."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import Conflict, InvalidInput
from services.registers.models import DbCustomer

MAX_FOUND = 20


def find_customer(session: Session, code: str) -> DbCustomer | None:
    return session.scalar(select(DbCustomer).where(DbCustomer.code == code))


def search_customers(session: Session, text: str) -> list[DbCustomer]:
    """Customers whose code or name contains the text, at most twenty; all words must occur."""
    query = select(DbCustomer)
    for word in text.split()[:5]:
        pattern = f"%{_escaped(word)}%"
        query = query.where(or_(DbCustomer.code.ilike(pattern), DbCustomer.name.ilike(pattern)))
    return list(session.scalars(query.order_by(DbCustomer.code).limit(MAX_FOUND)))


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def list_customers(session: Session, *, after: str, limit: int) -> list[DbCustomer]:
    """Customers in the order of their codes, from the one behind ``after``."""
    return list(
        session.scalars(select(DbCustomer).where(DbCustomer.code > after).order_by(DbCustomer.code).limit(limit))
    )


def add_customer(code: str, name: str, *, address: str = "", category: str = "", grade: str = "C") -> DbCustomer:
    """Raises InvalidInput for a missing code or name, Conflict when the code is taken."""
    errors = {field: ["此项必填"] for field, value in (("code", code), ("name", name)) if not value.strip()}
    if errors:
        raise InvalidInput(errors)
    with transaction() as session:
        if find_customer(session, code) is not None:
            raise Conflict("客户编号 {code} 已经存在", code=code)
        customer = DbCustomer(code=code.strip(), name=name.strip(), address=address, category=category, grade=grade)
        session.add(customer)
        session.flush()
        return customer
