"""The customer register."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import Conflict, InvalidInput, NotPermitted
from services.registers.models import DbCustomer
from services.types import Actor

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


_LIMITS = {"code": 20, "name": 120, "address": 200, "category": 60, "grade": 1}


def add_customer(
    actor: Actor, code: str, name: str, *, address: str = "", category: str = "", grade: str = "C"
) -> DbCustomer:
    """Raises NotPermitted for people without a post, InvalidInput naming the field, Conflict when the code is taken."""
    if not actor.posts:
        raise NotPermitted("您的岗位不能登记客户")
    values = {"code": code, "name": name, "address": address, "category": category, "grade": grade}
    values = {field: value.strip() for field, value in values.items()}
    errors = {field: ["此项必填"] for field in ("code", "name") if not values[field]}
    errors |= {field: [f"最多 {limit} 个字"] for field, limit in _LIMITS.items() if len(values[field]) > limit}
    if errors:
        raise InvalidInput(errors)
    with transaction() as session:
        statement = insert(DbCustomer).values(**values).on_conflict_do_nothing().returning(DbCustomer)
        customer = session.scalar(statement)
        if customer is None:
            raise Conflict("客户编号 {code} 已经存在", code=values["code"])
        return customer
