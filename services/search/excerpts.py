"""Why a case was found: the field or comment that has the words, with what stands around them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.cases.models import DbHistory
from services.search.matching import in_text
from services.search.models import FORM, DbSearchDocument
from services.search.text import Piece, Word, excerpt, fold, occurs

COMMENTS_READ = 200
Field = tuple[str, str]
"""Label and text."""


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    label: str
    pieces: list[Piece]


def excerpts_of(session: Session, titles: Mapping[int, str], words: Sequence[Word]) -> dict[int, Excerpt]:
    """For each case the field that says most of what its title does not; none where the title has it all."""
    found = {}
    for case_id, fields in _fields(session, list(titles), words).items():
        best = _best(fields, titles[case_id], words)
        if best is not None:
            found[case_id] = Excerpt(label=best[0], pieces=excerpt(best[1], words))
    return found


def _best(fields: Sequence[Field], title: str, words: Sequence[Word]) -> Field | None:
    missing = [word for word in words if not occurs(word, fold(title))]
    scores = [sum(occurs(word, fold(text)) for word in missing) for _label, text in fields]
    most = max(scores, default=0)
    return fields[scores.index(most)] if most else None


def _fields(session: Session, case_ids: Sequence[int], words: Sequence[Word]) -> Mapping[int, list[Field]]:
    """The fields of the forms, then the comments. The head of a case is in the list anyway."""
    found: dict[int, list[Field]] = defaultdict(list)
    documents = select(DbSearchDocument.case_id, DbSearchDocument.fields).where(
        DbSearchDocument.case_id.in_(case_ids), DbSearchDocument.part.startswith(FORM)
    )
    for row in session.execute(documents.order_by(DbSearchDocument.id)) if case_ids else ():
        found[row.case_id] += [(entry["label"], entry["text"]) for entry in row.fields]
    comments = (
        select(DbHistory.case_id, DbHistory.comment)
        .where(DbHistory.case_id.in_(case_ids))
        .where(or_(*(in_text(DbHistory.search_text, DbHistory.pairs, word) for word in words)))
        .order_by(DbHistory.id.desc())
        .limit(COMMENTS_READ)
    )
    for row in session.execute(comments) if case_ids else ():
        found[row.case_id].append(("意见", row.comment))
    return found
