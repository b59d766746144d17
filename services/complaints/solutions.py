"""Templates of solutions: kept, written, put out of use, and taken over into a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases.drafts import put_draft, task_place
from services.cases.models import DbCase
from services.complaints.models import SEARCHED, DbComplaint, DbSolutionTemplate, DbSolutionUse
from services.complaints.rules import TYPES, may_keep_templates
from services.database import table_of, transaction
from services.errors import InvalidInput, NotFound, NotPermitted
from services.search.columns import folded_text
from services.search.matching import in_text
from services.search.text import pairs, words_of
from services.tasks.holding import lock_task
from services.types import Actor, TaskId, UserId

LIMITS = {"title": 80, "problem": 3_000, "text": 4_000}
HANDLE, FIELD = "handle", "solution"
PAGE = 50


@dataclass(frozen=True, kw_only=True)
class TemplateLine:
    template: DbSolutionTemplate
    used: int
    number: str
    """The case it comes from; empty for one that was written by hand."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    text: str = ""
    type: str = ""
    retired: bool = False


def new_template(
    *, title: str, kind: str, problem: str, text: str, created_by: int | None, now: datetime
) -> DbSolutionTemplate:
    return DbSolutionTemplate(
        title=title, type=kind, problem=problem, text=text, created_by=created_by, created_at=now, changed_at=now
    )


def list_templates(session: Session, wanted: Wanted, *, page: int = 1) -> tuple[list[TemplateLine], bool]:
    """A page, the most used first, and whether there are more. Raises InvalidInput for a query beyond bounds."""
    query = _lines().where(*_conditions(wanted))
    query = query.order_by(_used().desc(), DbSolutionTemplate.id.desc())
    rows = session.execute(query.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    return [_line(row) for row in rows[:PAGE]], len(rows) > PAGE


def get_template(session: Session, template_id: int) -> TemplateLine:
    """Raises NotFound."""
    row = session.execute(_lines().where(DbSolutionTemplate.id == template_id)).first()
    if row is None:
        raise NotFound("没有这个解决方案模板")
    return _line(row)


def _lines() -> Select[Any]:
    query = select(DbSolutionTemplate, _used().label("used"), DbCase.number)
    return query.outerjoin(DbCase, DbCase.id == DbSolutionTemplate.case_id)


def _used() -> Any:
    """How many solved complaints took it over."""
    return (
        select(func.count())
        .select_from(DbSolutionUse)
        .join(DbComplaint, DbComplaint.case_id == DbSolutionUse.case_id)
        .where(DbSolutionUse.template_id == DbSolutionTemplate.id, DbComplaint.resolved_at.is_not(None))
        .correlate(DbSolutionTemplate)
        .scalar_subquery()
    )


def _line(row: Any) -> TemplateLine:
    return TemplateLine(template=row[0], used=row.used, number=row.number or "")


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [DbSolutionTemplate.retired == wanted.retired]
    if wanted.type:
        found.append(DbSolutionTemplate.type == wanted.type)
    words = words_of(wanted.text)
    return found + [in_text(DbSolutionTemplate.search_text, DbSolutionTemplate.pairs, word) for word in words]


def is_used(session: Session, template_id: int) -> bool:
    return bool(session.scalar(select(exists().where(DbSolutionUse.template_id == template_id))))


def save_template(actor: Actor, template_id: int | None, values: Mapping[str, str], *, now: datetime) -> int:
    """Write a template or change one. Gives its id. Raises NotPermitted, NotFound, InvalidInput naming the fields."""
    _require_keeper(actor)
    kept = _checked(values)
    with transaction() as session:
        if template_id is None:
            template = new_template(
                title=kept["title"],
                kind=kept["type"],
                problem=kept["problem"],
                text=kept["text"],
                created_by=actor.id,
                now=now,
            )
            session.add(template)
        else:
            template = _locked(session, template_id)
            for name, value in kept.items():
                setattr(template, name, value)
            template.changed_at = now
            template.search_text = folded_text(*(kept[name] for name in SEARCHED))
            template.pairs = pairs(template.search_text) or None
        session.flush()
        return template.id


def retire_template(actor: Actor, template_id: int, *, retired: bool, now: datetime) -> None:
    """Offer a template no longer, or again. Raises NotPermitted, NotFound."""
    _require_keeper(actor)
    with transaction() as session:
        template = _locked(session, template_id)
        template.retired, template.changed_at = retired, now


def _require_keeper(actor: Actor) -> None:
    if not may_keep_templates(actor):
        raise NotPermitted("解决方案模板由客户关系主管、客户服务部经理和流程负责人维护")


def _locked(session: Session, template_id: int) -> DbSolutionTemplate:
    query = select(DbSolutionTemplate).where(DbSolutionTemplate.id == template_id).with_for_update()
    template = session.scalar(query.execution_options(populate_existing=True))
    if template is None:
        raise NotFound("没有这个解决方案模板")
    return template


def _checked(values: Mapping[str, str]) -> dict[str, str]:
    kept = {name: values.get(name, "").replace("\r\n", "\n").strip() for name in (*LIMITS, "type")}
    errors = {name: ["此项必填"] for name in ("title", "text") if not kept[name]}
    errors |= {name: [f"最多 {limit} 个字"] for name, limit in LIMITS.items() if len(kept[name]) > limit}
    if kept["type"] not in TYPES:
        errors["type"] = ["请选择列表中的一项"]
    if errors:
        raise InvalidInput(errors)
    return kept


def take_over(actor: Actor, task_id: TaskId, template_id: int, typed: Mapping[str, Any], *, now: datetime) -> None:
    """Put a template's text behind what is typed in the solution of an open task, and keep all of it as a draft.

    Raises NotFound, and what ``lock_task`` raises for a task that is not this person's.
    """
    with transaction() as session:
        held = lock_task(session, actor, task_id, now=now)
        template = session.get(DbSolutionTemplate, template_id)
        if held.task.step != HANDLE or template is None or template.retired:
            raise NotFound("没有这个解决方案模板")
        before = str(typed.get(FIELD) or "").rstrip()
        text = before if template.text in before else "\n\n".join(filter(None, (before, template.text)))
        if len(text) > LIMITS["text"]:
            raise InvalidInput({FIELD: ["加上模板后超过 4000 个字，请先删短"]})
        put_draft(session, actor.id, task_place(task_id), {**typed, FIELD: text}, now=now)
        _note_use(session, template_id, held.case.id, actor.id, now)


def _note_use(session: Session, template_id: int, case_id: int, user_id: UserId, now: datetime) -> None:
    values = {"template_id": template_id, "case_id": case_id, "user_id": user_id, "at": now}
    session.execute(insert(table_of(DbSolutionUse)).values(values).on_conflict_do_nothing())


def figure(session: Session, _actor: Actor, _now: datetime) -> tuple[str, Mapping[str, Any]]:
    """How many templates are in use."""
    kept = select(func.count()).where(~DbSolutionTemplate.retired)
    return "{count} 个模板", {"count": session.scalar(kept) or 0}
