"""The words of a query as conditions on cases, in an order that stays quick whether a word is rare or everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, and_, any_, false, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.cases.models import DbCase, DbHistory
from services.search.models import DbSearchDocument
from services.search.text import Word, pairs

RARE = 1_000
"""Up to so many rows a word is looked up; a more frequent one is met soon enough among the newest cases."""


def matching_cases(session: Session, words: Sequence[Word]) -> list[ColumnElement[bool]]:
    """For each word a condition on DbCase: that it occurs in the case's head, its forms or its comments."""
    by_length = sorted(words, key=lambda word: -len(word.spellings[0]))
    for word in by_length:
        if not word.is_short and (found := _cases_with(session, word)) is not None:
            return [among(DbCase.id, found) if one is word else in_case(one) for one in words]
    return [in_case(word) for word in words]


def in_case(word: Word) -> ColumnElement[bool]:
    """Whether the word occurs in a case; asked case by case.

    Not by EXISTS: of two of them joined by OR the planner makes a table of every match there is.
    """
    places = (
        select(true()).where(table.case_id == DbCase.id, _contains(table.search_text, word)).limit(1)
        for table in (DbSearchDocument, DbHistory)
    )
    return func.coalesce(*(place.correlate(DbCase).scalar_subquery() for place in places), false())


def in_text(
    texts: InstrumentedAttribute[str | None], indexed: InstrumentedAttribute[list[str] | None], word: Word
) -> ColumnElement[bool]:
    """Whether a row's text has the word: the index finds the pairs, the text decides."""
    if word.is_short:
        return _contains(texts, word)
    return or_(*(and_(indexed.contains(pairs(spelling)), _has(texts, spelling)) for spelling in word.spellings))


def few(session: Session, key: InstrumentedAttribute[int], *conditions: ColumnElement[bool]) -> list[int] | None:
    """The keys of the rows that fulfil the conditions, or None when they are too many to be worth a list.

    Planned as if all were wanted: for the first few the planner would rather read the whole table, hoping.
    """
    rows = select(key.label("key")).where(*conditions).cte("rows").prefix_with("MATERIALIZED")
    found = session.scalars(select(rows.c.key).limit(RARE + 1)).all()
    return sorted(set(found)) if len(found) <= RARE else None


def among(key: InstrumentedAttribute[int], found: Sequence[int]) -> ColumnElement[bool]:
    return key == any_(literal(list(found), ARRAY(Integer)))


def _cases_with(session: Session, word: Word) -> list[int] | None:
    """The cases with the word, or None when it is in too many rows."""
    found: set[int] = set()
    for table in (DbSearchDocument, DbHistory):
        rows = few(session, table.case_id, in_text(table.search_text, table.pairs, word))
        if rows is None:
            return None
        found.update(rows)
    return sorted(found)


def _contains(texts: InstrumentedAttribute[str | None], word: Word) -> ColumnElement[bool]:
    return or_(*(_has(texts, spelling) for spelling in word.spellings))


def _has(texts: InstrumentedAttribute[str | None], spelling: str) -> ColumnElement[bool]:
    # strpos knows no wildcards, so there is nothing to escape
    return func.strpos(texts, spelling) > 0
