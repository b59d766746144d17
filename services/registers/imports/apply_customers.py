"""Customers from a file: their own fields, the person to talk to first, and what the search compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, insert, null, or_, select, update
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from services.database import table_of
from services.registers.changes import IMPORT
from services.registers.customer_form import CONTACT, contact_line
from services.registers.imports.by import By
from services.registers.imports.comparing import CHANGED, COMPARED, NEW
from services.registers.imports.layouts import CONTACT_FIELDS, CUSTOMERS, LAYOUTS
from services.registers.imports.setting import FIELDS, add_new, change_old, field, keep_history
from services.registers.models import SEARCHED, DbContact, DbCustomer, DbRegisterChange
from services.search.columns import folded_text
from services.search.text import pairs

_BEGINS = {"grade": "C", "relation": "一般", "distance_km": null()}
_OF_CONTACT = ("contact", *CONTACT_FIELDS)
_BATCH = 5_000


def apply_customers(session: Session, columns: Sequence[str], by: By) -> None:
    """Raises Moved when somebody added one of the new customers meanwhile."""
    table = table_of(DbCustomer)
    names = [column.key for column in LAYOUTS[CUSTOMERS].columns if column.key in table.c and column.key != "code"]
    values = {name: func.coalesce(field(name, table.c[name]), _BEGINS.get(name, "")) for name in names}
    add_new(session, table, "code", values)
    change_old(session, LAYOUTS[CUSTOMERS], table, columns)
    talks = FIELDS.has_key("contact") & or_(
        COMPARED.c.kind == NEW,
        (COMPARED.c.kind == CHANGED) & COMPARED.c.changes.has_any(array(_OF_CONTACT)),
    )
    keep_history(session, CUSTOMERS, by, but=talks)
    rows = session.execute(
        select(COMPARED, DbCustomer.id.label("customer_id"))
        .join(DbCustomer, DbCustomer.code == COMPARED.c.key)
        .where(talks)
        .order_by(DbCustomer.id)
    ).all()
    for first in range(0, len(rows), _BATCH):
        _put_contacts(session, rows[first : first + _BATCH], by)
    _index(session)


def _put_contacts(session: Session, rows: Sequence[Any], by: By) -> None:
    """Whoever a row names is the one to talk to first; others at the customer stay, as the others."""
    stored: dict[int, dict[str, DbContact]] = {row.customer_id: {} for row in rows}
    for contact in session.scalars(select(DbContact).where(DbContact.customer_id.in_(stored))):
        stored[contact.customer_id][contact.name] = contact
    history = []
    for row in rows:
        known = stored[row.customer_id]
        before = {name: contact_line(contact) for name, contact in known.items()}
        _put_contact(session, row.customer_id, known, row.fields)
        after = {name: contact_line(contact) for name, contact in known.items()}
        changes = {name: pair for name, pair in row.changes.items() if name not in _OF_CONTACT}
        changes |= {
            f"{CONTACT}{name}": [before.get(name), line] for name, line in after.items() if before.get(name) != line
        }
        history.append({"register": CUSTOMERS, "key": row.key, "source": IMPORT, "changes": changes})
    common = {"at": by.now, "user_id": by.user_id}
    session.execute(insert(table_of(DbRegisterChange)), [{**line, **common} for line in history])
    session.flush()
    # a hundred thousand contacts would otherwise stay in memory until the end
    for contact in (contact for known in stored.values() for contact in known.values()):
        session.expunge(contact)


def _put_contact(session: Session, customer_id: int, known: dict[str, DbContact], fields: Mapping[str, Any]) -> None:
    contact = known.get(fields["contact"])
    if contact is None:
        contact = DbContact(customer_id=customer_id, name=fields["contact"], title="", phone="", email="")
        session.add(contact)
        known[contact.name] = contact
    for other in known.values():
        other.main = other is contact
    for name in ("title", "phone", "email"):
        setattr(contact, name, fields.get(f"contact_{name}", getattr(contact, name)))
    if "birthday" in fields:
        contact.birthday = date.fromisoformat(fields["birthday"]) if fields["birthday"] else None


def _index(session: Session) -> None:
    """Write anew what the search compares, where a part of it is another."""
    table = table_of(DbCustomer)
    worded = or_(COMPARED.c.kind == NEW, COMPARED.c.changes.has_any(array(SEARCHED)))
    query = (
        select(DbCustomer.id, *(getattr(DbCustomer, name) for name in SEARCHED))
        .join(COMPARED, COMPARED.c.key == DbCustomer.code)
        .where(worded)
        .order_by(DbCustomer.id)
    )
    statement = (
        update(table)
        .where(table.c.id == bindparam("customer_id"))
        .values(search_text=bindparam("compared"), pairs=bindparam("found"))
    )
    rows = session.execute(query).all()
    for first in range(0, len(rows), _BATCH):
        texts = {row.id: folded_text(*row[1:]) for row in rows[first : first + _BATCH]}
        session.connection().execute(
            statement,
            [
                {"customer_id": number, "compared": text or None, "found": pairs(text) or None}
                for number, text in texts.items()
            ],
        )
