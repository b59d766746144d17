"""The search over everything: each kind newest first, and only what the person may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.cases.models import DbCase, DbHistory
from services.cases.visibility import visible_to
from services.errors import InvalidInput
from services.people.models import DbUser
from services.registers.models import DbCustomer
from services.search.excerpts import Excerpt, excerpts_of
from services.search.matching import among, few, in_text, matching_cases
from services.search.text import Piece, Word, excerpt, words_of
from services.tasks.models import DbInboxEntry, DbTask
from services.types import Actor

TASKS, CASES, CUSTOMERS, COMMENTS = KINDS = ("task", "case", "customer", "comment")
MAX_ID = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for. Without a ``kind`` a few of each."""

    query: str
    kind: str = ""
    limit: int = 20
    cursor: str = ""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something found. ``label`` says which field ``excerpt`` is from; both are empty when the title says it all."""

    kind: str
    case_id: int | None = None
    task_id: int | None = None
    number: str = ""
    title: str = ""
    process: str = ""
    status: str = ""
    name: str = ""
    """The step of a task or of a comment."""
    who: str = ""
    """The applicant; of a comment its writer."""
    at: datetime | None = None
    due_at: datetime | None = None
    label: str = ""
    excerpt: list[Piece] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Group:
    hits: list[Hit]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Found:
    words: list[Word]
    groups: Mapping[str, Group]


def search(session: Session, actor: Actor, wanted: Wanted) -> Found:
    """Everything in which all words of the query occur.

    Raises InvalidInput for a query without a word of two characters, for one that is too long, for a kind and for a
    cursor that there is not.
    """
    if wanted.kind and wanted.kind not in KINDS:
        raise InvalidInput({"kind": [f"可用：{'、'.join(KINDS)}"]})
    words = words_of(wanted.query)
    if all(word.is_short for word in words):
        raise InvalidInput({"q": ["请至少输入两个字"]})
    look = _Look(session=session, actor=actor, words=words, wanted=wanted, cases=matching_cases(session, words))
    ways: dict[str, Callable[[_Look], Group]] = {
        TASKS: _tasks,
        CASES: _cases,
        CUSTOMERS: _customers,
        COMMENTS: _comments,
    }
    return Found(words=words, groups={kind: way(look) for kind, way in ways.items() if wanted.kind in ("", kind)})


@dataclass(frozen=True, kw_only=True)
class _Look:
    """One search under way."""

    session: Session
    actor: Actor
    words: Sequence[Word]
    wanted: Wanted
    cases: Sequence[ColumnElement[bool]]
    """For each word the condition on a case."""

    def page(self, query: Any, key: Any) -> tuple[list[Any], str | None]:
        """A page of the query, newest first by its key."""
        if self.wanted.cursor:
            query = query.where(key < _id(self.wanted.cursor))
        rows = self.session.execute(query.order_by(key.desc()).limit(self.wanted.limit + 1)).all()
        shown = list(rows[: self.wanted.limit])
        return shown, str(shown[-1].key) if len(rows) > len(shown) else None

    def rows(
        self,
        key: InstrumentedAttribute[int],
        texts: InstrumentedAttribute[str | None],
        indexed: InstrumentedAttribute[list[str] | None],
    ) -> list[ColumnElement[bool]]:
        """The conditions on rows that have their own text: a list of them where they are few."""
        conditions = [in_text(texts, indexed, word) for word in self.words]
        found = few(self.session, key, *conditions)
        return conditions if found is None else [among(key, found)]


_OF_CASE = (DbCase.id.label("case_id"), DbCase.number, DbCase.title, DbCase.process_key.label("process"), DbCase.status)


def _cases(look: _Look) -> Group:
    query = (
        select(*_OF_CASE, DbUser.name.label("who"), DbCase.created_at.label("at"), DbCase.id.label("key"))
        .join(DbUser, DbUser.id == DbCase.starter_id)
        .where(visible_to(look.actor), *look.cases)
    )
    rows, following = look.page(query, DbCase.id)
    return Group(hits=_with_excerpts(look, CASES, rows), next_cursor=following)


def _tasks(look: _Look) -> Group:
    named = [or_(*(func.strpos(DbTask.name, spelling) > 0 for spelling in word.spellings)) for word in look.words]
    either = [or_(in_case, in_name) for in_case, in_name in zip(look.cases, named, strict=True)]
    query = (
        select(
            *_OF_CASE,
            DbTask.id.label("task_id"),
            DbTask.name,
            DbUser.name.label("who"),
            DbTask.created_at.label("at"),
            DbTask.due_at,
            DbTask.id.label("key"),
        )
        .select_from(DbInboxEntry)
        .join(DbTask, DbTask.id == DbInboxEntry.task_id)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .join(DbUser, DbUser.id == DbCase.starter_id)
        .where(DbInboxEntry.user_id == look.actor.id, DbInboxEntry.hidden.is_(False), *either)
    )
    rows, following = look.page(query, DbTask.id)
    return Group(hits=_with_excerpts(look, TASKS, rows), next_cursor=following)


def _with_excerpts(look: _Look, kind: str, rows: Sequence[Any]) -> list[Hit]:
    found = excerpts_of(look.session, {row.case_id: row.title for row in rows}, look.words)
    nothing = Excerpt(label="", pieces=[])
    hits = []
    for row in rows:
        shown = found.get(row.case_id, nothing)
        values = {name: value for name, value in row._mapping.items() if name != "key"}
        hits.append(Hit(kind=kind, **values, label=shown.label, excerpt=shown.pieces))
    return hits


def _comments(look: _Look) -> Group:
    conditions = look.rows(DbHistory.id, DbHistory.search_text, DbHistory.pairs)
    query = (
        select(
            *_OF_CASE,
            DbHistory.name,
            DbUser.name.label("who"),
            DbHistory.at,
            DbHistory.comment,
            DbHistory.id.label("key"),
        )
        .select_from(DbHistory)
        .join(DbCase, DbCase.id == DbHistory.case_id)
        .join(DbUser, DbUser.id == DbHistory.user_id)
        .where(visible_to(look.actor), *conditions)
    )
    rows, following = look.page(query, DbHistory.id)
    hits = []
    for row in rows:
        values = {name: value for name, value in row._mapping.items() if name not in ("key", "comment")}
        hits.append(Hit(kind=COMMENTS, **values, label="意见", excerpt=excerpt(row.comment, look.words)))
    return Group(hits=hits, next_cursor=following)


def _customers(look: _Look) -> Group:
    conditions = look.rows(DbCustomer.id, DbCustomer.search_text, DbCustomer.pairs)
    query = select(
        DbCustomer.code, DbCustomer.name, DbCustomer.address, DbCustomer.category, DbCustomer.id.label("key")
    )
    rows, following = look.page(query.where(*conditions), DbCustomer.id)
    hits = []
    for row in rows:
        address = excerpt(row.address, look.words)
        hits.append(
            Hit(
                kind=CUSTOMERS,
                number=row.code,
                title=row.name,
                name=row.category,
                label="地址" if row.address else "",
                excerpt=address if row.address else [],
            )
        )
    return Group(hits=hits, next_cursor=following)


def _id(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit() or int(cursor[:12]) > MAX_ID:
        raise InvalidInput({"cursor": ["不是有效的 cursor"]})
    return int(cursor)
