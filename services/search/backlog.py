"""Rows that were written before the search knew of them, or by a version that did not: found and indexed in batches."""

from __future__ import annotations

from sqlalchemy import Text, bindparam, cast, exists, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.cases.models import DbCase, DbHistory
from services.database import table_of, transaction
from services.registers.models import SEARCHED, DbCustomer
from services.search.columns import folded_text
from services.search.documents import write_parts
from services.search.models import HEAD, DbSearchDocument
from services.search.text import pairs

BATCH = 200


def index_missing() -> int:
    """Index one batch of what is missing and say how much it was; nothing is left when it was nothing.

    A case that somebody works on meanwhile keeps what they wrote.
    """
    with transaction() as session:
        return _cases(session) + _texts(session, DbHistory, ("comment",)) + _texts(session, DbCustomer, SEARCHED)


def _cases(session: Session) -> int:
    has_head = exists().where(DbSearchDocument.case_id == DbCase.id, DbSearchDocument.part == HEAD)
    found = session.scalars(select(DbCase).where(~has_head).order_by(DbCase.id.desc()).limit(BATCH)).all()
    for case in found:
        write_parts(session, case, head=True, forms=case.forms, renew=False)
    session.expunge_all()
    return len(found)


def _texts(session: Session, rows: type[DbHistory] | type[DbCustomer], columns: tuple[str, ...]) -> int:
    table = table_of(rows)
    texts = [table.c[column] for column in columns]
    missing = select(table.c.id, *texts).where(table.c.search_text.is_(None), texts[0] != "")
    found = []
    for row_id, *values in session.execute(missing.order_by(table.c.id.desc()).limit(BATCH)):
        text = folded_text(*values)
        found.append({"row": row_id, "text": text, "found": pairs(text) or None})
    if found:
        written = {"search_text": bindparam("text"), "pairs": cast(bindparam("found"), ARRAY(Text))}
        session.connection().execute(update(table).where(table.c.id == bindparam("row")).values(**written), found)
    return len(found)
