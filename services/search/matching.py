"""The words of a query as conditions on cases, in an order that stays quick whether a word is rare or everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.cases.models import DbCase, DbHistory
from services.search.models import DbSearchDocument
from services.search.text import Word, pairs

RARE = 5_000
"""Up to so many rows a word is looked up; a more frequent one is met soon enough among the newest cases."""


def matching_cases(session: Session, words: Sequence[Word]) -> list[ColumnElement[bool]]:
    """For each word a condition on DbCase: that it occurs in the case's head, its forms or its comments."""
    by_length = sorted(words, key=lambda word: -len(word.spellings[0]))
    for word in by_length:
        if not word.is_short and (found := _cases_with(session, word)) is not None:
            return [DbCase.id.in_(found) if one is word else in_case(one) for one in words]
    return [in_case(word) for word in words]


def in_case(word: Word) -> ColumnElement[bool]:
    """Whether the word occurs in a case; asked case by case."""
    document = exists().where(DbSearchDocument.case_id == DbCase.id, _contains(DbSearchDocument.search_text, word))
    comment = exists().where(DbHistory.case_id == DbCase.id, _contains(DbHistory.search_text, word))
    return or_(document, comment)


def in_text(
    texts: InstrumentedAttribute[str | None], indexed: InstrumentedAttribute[list[str] | None], word: Word
) -> ColumnElement[bool]:
    """Whether a row's text has the word: the index finds the pairs, the text decides."""
    if word.is_short:
        return _contains(texts, word)
    return or_(*(and_(indexed.contains(pairs(spelling)), _has(texts, spelling)) for spelling in word.spellings))


def _cases_with(session: Session, word: Word) -> list[int] | None:
    """The cases with the word, or None when it is in too many rows to be worth a list."""
    found: set[int] = set()
    for table in (DbSearchDocument, DbHistory):
        query = select(table.case_id).where(in_text(table.search_text, table.pairs, word)).limit(RARE + 1)
        rows = session.scalars(query).all()
        if len(rows) > RARE:
            return None
        found.update(rows)
    return sorted(found)


def _contains(texts: InstrumentedAttribute[str | None], word: Word) -> ColumnElement[bool]:
    return or_(*(_has(texts, spelling) for spelling in word.spellings))


def _has(texts: InstrumentedAttribute[str | None], spelling: str) -> ColumnElement[bool]:
    # strpos knows no wildcards, so there is nothing to escape
    return func.strpos(texts, spelling) > 0
