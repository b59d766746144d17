"""Starting a case: its first form is filled and submitted in one step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.cases import attachments, drafts
from services.cases.action import save, surroundings
from services.cases.case_run import CaseRun, current_calendar
from services.cases.filling import starter_context, subject_of, submitted_values, variables_of
from services.cases.history import Entry
from services.cases.models import RUNNING, DbCase, DbIdempotencyKey
from services.cases.numbering import next_number
from services.cases.taking import link_source
from services.database import transaction
from services.errors import Conflict, InvalidInput, NotPermitted
from services.incidents.failures import outlives_failures
from services.processes.models import DbProcessVersion
from services.processes.versions import get_current_version, get_definition, may_start, refuse_stopped
from services.registers import benefits
from services.types import Actor, CaseId, VersionId
from workflows.definition import SUBMIT, ProcessDefinition
from workflows.engine import EngineFailed, Instance
from workflows.forms import prefill

MAX_KEY = 200


@outlives_failures
def start_case(
    actor: Actor,
    process_key: str,
    typed: Mapping[str, Any],
    *,
    now: datetime,
    idempotency_key: str | None = None,
    with_defaults: bool = False,
    taken_from: CaseId | None = None,
) -> DbCase:
    """Submit the first form of a process; ``taken_from`` is the approved case that it was filled from, to be linked.

    ``with_defaults`` fills fields that ``typed`` leaves out, as the opened form would have shown them. The same
    ``idempotency_key`` with the same values gives the case of the first time; with other values it is a Conflict.
    Raises NotFound, NotPermitted, InvalidInput.
    """
    if idempotency_key is not None and len(idempotency_key) > MAX_KEY:
        raise InvalidInput({"Idempotency-Key": [f"最多 {MAX_KEY} 个字"]})
    with transaction() as session:
        if idempotency_key:
            earlier = _claim_key(session, actor, idempotency_key, _digest(process_key, typed), now)
            if earlier is not None:
                return earlier
        run = begin_case(session, actor, process_key, typed, now=now, with_defaults=with_defaults)
        if taken_from is not None:
            form = run.definition.form_of(run.definition.first_task.id)
            link_source(session, actor, form, taken_from, run.case, now=now)
        drafts.drop_draft(session, actor.id, drafts.new_case_place(process_key))
        if idempotency_key:
            _keep_key(session, actor, idempotency_key, run.case)
        return run.case


def begin_case(
    session: Session,
    actor: Actor,
    process_key: str,
    typed: Mapping[str, Any],
    *,
    now: datetime,
    with_defaults: bool,
    started_by: Mapping[str, Any] = {},
) -> CaseRun:
    """A new case in a transaction that is open; ``started_by`` is noted in its history. Raises as ``start_case``."""
    version = get_current_version(session, process_key)
    definition = get_definition(session, VersionId(version.id))
    refuse_stopped(session, process_key)
    if not may_start(definition, actor):
        raise NotPermitted("您的部门和岗位不能发起“{title}”", title=definition.settings.title)
    run = _new_run(session, actor, version, definition, now)
    _submit_first_form(run, actor, typed, with_defaults=with_defaults, started_by=started_by)
    return run


def _new_run(
    session: Session, actor: Actor, version: DbProcessVersion, definition: ProcessDefinition, now: datetime
) -> CaseRun:
    case = DbCase(
        process_key=version.process_key,
        version_id=version.id,
        status=RUNNING,
        starter_id=actor.id,
        department_id=actor.department_id,
        created_at=now,
        next_due=None,
        timers=[],
        open_incidents=0,
        held_up=False,
        timer_failures=0,
        timer_error="",
        forms={},
        variables={},
        passed=[],
        history_length=0,
        history_head=b"",
        state=b"",
    )
    return CaseRun(session=session, case=case, definition=definition, now=now, actor=actor, begins=True)


def _submit_first_form(
    run: CaseRun, actor: Actor, typed: Mapping[str, Any], *, with_defaults: bool, started_by: Mapping[str, Any]
) -> None:
    session, case, definition = run.session, run.case, run.definition
    task, form = definition.first_task, definition.form_of(definition.first_task.id)
    calendar = current_calendar(session)
    context = starter_context(
        session, starter_id=actor.id, department=actor.department, started_at=run.now, calendar=calendar
    )
    if with_defaults:
        typed = {**prefill(form, context, run.functions), **typed}
    values = submitted_values(
        session,
        form,
        typed,
        step=task.id,
        before={},
        context={**definition.settings.variables, **context, "comment": ""},
        functions=run.functions,
        user_id=actor.id,
        case_id=None,
        department_id=case.department_id,
        now=run.now,
    )
    case.forms = {form.key: values}
    case.title = subject_of(session, definition, values)
    case.number = next_number(session, definition.settings.number_prefix, calendar.local_day(run.now).year)
    session.add(case)
    session.flush()
    attachments.attach(session, form, values, case.id)
    benefits.keep(session, case.id, form, values)
    initial = {**definition.settings.variables, **context}
    run.instance = Instance.start(definition.diagram, initial, surroundings(run))
    [first] = run.instance.open_tasks() or _nothing_to_fill(run)
    run.instance.complete(first.id, {**variables_of(definition, form, values), "outcome": SUBMIT, "comment": ""})
    entry = Entry(action="started", user_id=actor.id, step=task.id, name=task.name, outcome=SUBMIT, detail=started_by)
    run.record(entry)
    save(run)


def _nothing_to_fill(run: CaseRun) -> NoReturn:
    """What fails before the first form holds up nobody's case: there is none yet."""
    error = EngineFailed("the process does not come to its first form")
    error.case = run.label
    raise error


def _digest(process_key: str, typed: Mapping[str, Any]) -> str:
    text = json.dumps([process_key, typed], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _claim_key(session: Session, actor: Actor, key: str, digest: str, now: datetime) -> DbCase | None:
    """The case an earlier request with this key started, if any; a request at the same moment waits for the other."""
    statement = insert(DbIdempotencyKey).values(
        user_id=actor.id, key=key, request_digest=digest, case_id=None, created_at=now
    )
    claimed = session.scalar(statement.on_conflict_do_nothing().returning(DbIdempotencyKey.key))
    if claimed is not None:
        return None
    known = session.scalars(
        select(DbIdempotencyKey).where(DbIdempotencyKey.user_id == actor.id, DbIdempotencyKey.key == key)
    ).one()
    if known.request_digest != digest:
        raise Conflict("这个 Idempotency-Key 已用于另一项申请")
    return session.get_one(DbCase, known.case_id)


def _keep_key(session: Session, actor: Actor, key: str, case: DbCase) -> None:
    known = session.get_one(DbIdempotencyKey, (actor.id, key))
    known.case_id = case.id
