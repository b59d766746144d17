"""Drives a case through the real services: each open step is done by whoever holds it, with what a scenario says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from services.background.timers import fire_until
from services.cases.models import DbCase
from services.cases.start_case import start_case
from services.database import db, read_session
from services.people.accounts import find_actor_by_id
from services.play.samples import sample_values
from services.processes.versions import get_current_version, get_definition
from services.tasks.complete_task import complete_task
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.show_task import show_task
from services.types import Actor, CaseId, TaskId, UserId, VersionId
from workflows.definition import ProcessDefinition

MOST_STEPS = 60


def drive(starter: Actor, key: str, scenario: str, over: Mapping[str, Any] = {}, *, now: datetime) -> DbCase:
    """Start a case as a scenario of the process does, and go on until it ends or nothing more happens.

    ``over`` are values of fields, in whatever step, that fit the registers.
    """
    definition = current(key)
    said = [step for step in definition.scenarios[scenario]["steps"] if "step" in step]
    first = definition.first_task.id
    typed = {**values_of(said, first), **_fitting(definition, first, over)}
    typed = sample_values(read_session(), definition.form_of(first), first, typed, now=now)
    case = start_case(starter, key, typed, now=now, with_defaults=True)
    for _ in range(MOST_STEPS):
        now += timedelta(minutes=7)
        task = _next_task(case.id)
        if task is None:
            due = read_session().scalar(select(DbCase.next_due).where(DbCase.id == case.id, DbCase.status == "running"))
            if due is None:
                break
            now = max(now, due)
            fire_until(now)
            continue
        _do(definition, task, said, over, now)
    db.session.expire_all()
    return db.session.get_one(DbCase, case.id)


def current(key: str) -> ProcessDefinition:
    session = read_session()
    return get_definition(session, VersionId(get_current_version(session, key).id))


def values_of(said: list[Mapping[str, Any]], step: str) -> dict[str, Any]:
    """What the next saying about the step types; it is used up."""
    found = next((each for each in said if each["step"] == step and not each.get("refused")), None)
    if found is None:
        return {}
    said.remove(found)
    return {name: _plain(value) for name, value in found.get("values", {}).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return Decimal(str(value))
    return value.isoformat() if hasattr(value, "isoformat") else value


def _next_task(case_id: int) -> DbTask | None:
    query = select(DbTask).where(DbTask.case_id == case_id, DbTask.state == "open").order_by(DbTask.id)
    return read_session().scalars(query.limit(1)).first()


def _fitting(definition: ProcessDefinition, step: str, over: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in over.items() if name in definition.form_of(step).properties}


def _do(
    definition: ProcessDefinition,
    task: DbTask,
    said: list[Mapping[str, Any]],
    over: Mapping[str, Any],
    now: datetime,
) -> None:
    session = read_session()
    holder = session.scalar(
        select(DbInboxEntry.user_id).where(DbInboxEntry.task_id == task.id, DbInboxEntry.hidden.is_(False)).limit(1)
    )
    actor = find_actor_by_id(session, UserId(holder or 0))
    assert actor is not None, f"nobody holds {task.name}"
    asked = next((each for each in said if each["step"] == task.step), {})
    typed: dict[str, Any] = values_of(said, task.step)
    if definition.fills_fields(task.step):
        view = show_task(session, actor, TaskId(task.id), now=now)
        known = {**view.values, **typed, **_fitting(definition, task.step, over)}
        typed = sample_values(session, definition.form_of(task.step), task.step, known, now=now)
    complete_task(
        actor,
        TaskId(task.id),
        outcome=asked.get("outcome", task.outcomes[0]),
        comment=asked.get("comment", "") or "按流程办理",
        typed=typed,
        now=now,
        with_defaults=True,
    )


def case_id_of(case: DbCase) -> CaseId:
    return CaseId(case.id)
