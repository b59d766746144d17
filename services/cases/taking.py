"""Filling a first form from a case that was approved before: an application takes its lines from a plan.

The form says so with ``takes``: the ``process`` of the cases, and ``into`` for each field an expression over what such
a case knows. What is taken may be changed before it is submitted; the new case is linked to the one it came out of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.closing import COMPLETED
from services.cases.links import link
from services.cases.models import DbCase
from services.errors import NotFound
from services.processes.versions import list_current, may_start
from services.types import Actor, CaseId
from workflows.definition import ProcessDefinition
from workflows.expressions import FUNCTIONS, evaluate
from workflows.forms import Form, from_json

TAKEN = "taken"
"""What the new case is to the one it was filled from."""
MAX_OFFERED = 10


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A case that a form can be filled from."""

    id: int
    number: str
    title: str
    ended_at: datetime | None


def list_offers(session: Session, actor: Actor, form: Form) -> list[Offer]:
    """The person's own approved cases that the form takes from, the newest first."""
    if not form.takes:
        return []
    query = (
        select(DbCase)
        .where(DbCase.starter_id == actor.id, DbCase.process_key == form.takes["process"], DbCase.status == COMPLETED)
        .order_by(DbCase.id.desc())
        .limit(MAX_OFFERED)
    )
    return [
        Offer(id=case.id, number=case.number, title=case.title, ended_at=case.ended_at)
        for case in session.scalars(query)
    ]


def list_takers(session: Session, actor: Actor, case_id: CaseId) -> list[ProcessDefinition]:
    """What the person may start from this case: processes whose first form takes from it. Nothing for a case that is
    not the person's own or not approved."""
    case = session.get(DbCase, case_id)
    if case is None or case.starter_id != actor.id or case.status != COMPLETED:
        return []
    definitions = [definition for _version, definition in list_current(session) if may_start(definition, actor)]
    return [
        definition
        for definition in definitions
        if definition.form_of(definition.first_task.id).takes.get("process") == case.process_key
    ]


def get_source(session: Session, actor: Actor, form: Form, case_id: CaseId) -> DbCase:
    """Raises NotFound for what the form does not take from, and for what is not the person's own or not approved."""
    case = session.get(DbCase, case_id) if form.takes else None
    if (
        case is None
        or case.starter_id != actor.id
        or case.process_key != form.takes["process"]
        or case.status != COMPLETED
    ):
        raise NotFound("没有这份已批准的计划，或不是您的计划")
    return case


def taken_values(session: Session, actor: Actor, form: Form, case_id: CaseId) -> dict[str, Any]:
    """What the form is filled with. Raises NotFound."""
    case = get_source(session, actor, form, case_id)
    values = {name: evaluate(source, case.variables, FUNCTIONS) for name, source in form.takes["into"].items()}
    return from_json(form.properties, values)


def link_source(session: Session, actor: Actor, form: Form, case_id: CaseId, case: DbCase, *, now: datetime) -> None:
    """Say which case the new one was filled from. Raises NotFound."""
    link(session, get_source(session, actor, form, case_id), case, kind=TAKEN, about="", now=now)
