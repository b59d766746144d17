"""One action on one case: open it under its lock, let the engine move, save everything that follows from it.

Every use case that changes a case goes ``open_case`` (or ``start_case``) → engine → ``save``, inside one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from services.background import jobs
from services.cases import closing, operations
from services.cases.case_run import CaseRun
from services.cases.events import record_events
from services.cases.models import RUNNING, DbCase
from services.incidents import raising as incidents
from services.incidents.failures import held_places
from services.notices.notify import notify
from services.processes.versions import get_definition
from services.tasks import keeping, work_items
from services.types import Actor, VersionId
from workflows.engine import ElementPassed, EndReached, EngineFailed, Instance, Surroundings
from workflows.expressions import FUNCTIONS

FORECAST_AFTER = timedelta(seconds=10)
"""The worker looks ahead a moment after a change, so that several changes in a row cost it once."""


def open_case(session: Session, case: DbCase, *, actor: Actor | None, now: datetime) -> CaseRun:
    """Load a locked, running case for an action."""
    run = CaseRun(
        session=session,
        case=case,
        definition=get_definition(session, VersionId(case.version_id)),
        now=now,
        actor=actor,
    )
    try:
        run.instance = Instance.load(run.definition.diagram, case.state, surroundings(run))
    except EngineFailed as error:
        error.case, error.element = run.label, ""
        raise
    return run


def surroundings(run: CaseRun) -> Surroundings:
    """What the engine may reach: the clock, the calendar, the decision tables, and operations in this transaction."""
    return Surroundings(
        now=run.now,
        operations=operations.bound_to(run),
        undo=lambda call: operations.undo(run, call),
        functions={name: value for name, value in run.functions.items() if name not in FUNCTIONS},
        decide=operations.decider(run.definition),
        held=held_places(run.label),
        case=run.label,
    )


def save(run: CaseRun) -> None:
    """Write what the engine did: history, work items, timers, the end of the case, notices, jobs, and the state."""
    previous_due = run.case.next_due
    # each query would flush what is half written and save the case once more: everything goes out in one piece
    with run.session.no_autoflush:
        keeping.settle(run)
        record_events(run)
        run.case.passed = _passed(run)
        if run.instance.finished is not None and run.case.status == RUNNING:
            _end(run, run.instance.finished)
        _store(run)
        run.session.flush()
        work_items.synchronise(run)
        incidents.follow(run)
    notice_ids = notify(run.session, run.case, run.messages, run.now)
    due = run.case.next_due if run.case.next_due != previous_due else None
    jobs.enqueue(run.session, case_id=run.case.id, next_due=due, notice_ids=notice_ids)


def _end(run: CaseRun, reached: EndReached) -> None:
    """What is taken back at the end belongs to the end that was reached: the case stands there if it cannot be."""
    try:
        with operations.told_as_failure(run, reached.element):
            closing.end(run, reached.properties.get("status", "completed"))
    except EngineFailed as error:
        error.case = run.label
        raise


def _passed(run: CaseRun) -> list[str]:
    new = [event.element for event in run.instance.events if isinstance(event, ElementPassed)]
    return list(dict.fromkeys([*run.case.passed, *new]))


def _store(run: CaseRun) -> None:
    case = run.case
    case.variables = _plain(run.instance.variables())
    case.amount = run.instance.variables().get(run.definition.settings.amount) or case.amount
    waiting = run.instance.timers() if case.status == RUNNING else []
    case.timers = [
        {"element": timer.element, "name": timer.name, "step": timer.attached_to, "due_at": timer.due_at.isoformat()}
        for timer in waiting
    ]
    case.next_due = min((timer.due_at for timer in waiting), default=None)
    if run.definition.settings.messages:
        case.waits_for = run.awaited() if case.status == RUNNING else None
    case.state = run.instance.dump()
    case.forecast_due = run.now + FORECAST_AFTER


def _plain(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if value is not None}
