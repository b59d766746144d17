"""Incidents follow the engine, as work items do: what it holds is written down once, and nothing else is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from services.cases.case_run import CaseRun, Noted
from services.cases.history import Entry
from services.cases.models import RUNNING, DbCase
from services.incidents.failures import Failure, failures_of
from services.incidents.models import MENDED, OPEN, DbIncident
from services.incidents.unplaced import menders
from services.incidents.wording import HOLDING, kind_of, values_of, why_of
from services.notices.message import Message
from workflows.engine import EngineFailed, HeldPlace

PASSED = "passed"
"""How an incident ended that nobody mended: the case was returned, taken back or ended, or its step is done."""


def follow(run: CaseRun) -> None:
    """Write down what is held and what was noted, and close what is no longer so. Part of saving a case."""
    running = run.case.status == RUNNING
    places = run.instance.held() if running else []
    if not (places or run.noted or run.case.open_incidents):
        return
    known = _known(run) if run.case.open_incidents else []
    failures = failures_of(run.label)
    raised = [_follow_place(run, place, _failure_at(place, failures), known) for place in places]
    raised += [_follow_note(run, noted, known) for noted in run.noted]
    for gone in _gone(run, known, places) if running else known:
        close(gone, PASSED, run.now)
    new = [incident for incident in raised if incident is not None]
    run.session.add_all(new)
    _tell(run, new)
    still = [incident for incident in [*known, *new] if incident.state == OPEN]
    run.case.open_incidents, run.case.held_up = len(still), any(incident.holds for incident in still)


def close(incident: DbIncident, how: str, now: datetime, *, by: int | None = None, reason: str = "") -> None:
    incident.state, incident.how, incident.mended_at = MENDED, how, now
    incident.mended_by, incident.reason = by, reason


def _known(run: CaseRun) -> list[DbIncident]:
    query = select(DbIncident).where(DbIncident.case_id == run.case.id, DbIncident.state == OPEN)
    return list(run.session.scalars(query))


def _failure_at(place: HeldPlace, failures: Sequence[Failure]) -> Failure | None:
    fitting = [failure for failure in failures if failure.element == place.element]
    return next((failure for failure in fitting if failure.branch == place.branch), next(iter(fitting), None))


def _follow_place(
    run: CaseRun, place: HeldPlace, failure: Failure | None, known: Sequence[DbIncident]
) -> DbIncident | None:
    element = run.definition.diagram.elements.get(place.element)
    error = failure.error if failure else EngineFailed("", element=place.element)
    found = next((each for each in known if each.engine_task == place.task_id and each.kind in HOLDING), None)
    name = element.name if element and element.name else place.element
    values = {"name": name, **values_of(error)}
    if found is not None:
        if failure is not None:
            found.kind, found.values, found.detail = kind_of(error, element), values, str(error)
            found.tries += 1
        return None
    return _incident(run, place.task_id, place.element, name, place.branch, kind_of(error, element), values, str(error))


def _follow_note(run: CaseRun, noted: Noted, known: Sequence[DbIncident]) -> DbIncident | None:
    if any(each.engine_task == noted.engine_task and each.kind == noted.kind for each in known):
        return None
    values = {"name": noted.name, "expression": noted.expression, **why_of(noted.detail)}
    return _incident(run, noted.engine_task, noted.element, noted.name, noted.branch, noted.kind, values, noted.detail)


def _incident(
    run: CaseRun, task: str, element: str, name: str, branch: str, kind: str, values: dict[str, object], detail: str
) -> DbIncident:
    return DbIncident(
        case_id=run.case.id,
        element=element,
        name=name[:120],
        branch=branch,
        engine_task=task,
        kind=kind,
        values=values,
        detail=detail[:4000],
        holds=kind in HOLDING,
        raised_at=run.now,
        raised_by=run.user_id,
        tries=0,
        state=OPEN,
    )


def _gone(run: CaseRun, known: Sequence[DbIncident], places: Sequence[HeldPlace]) -> list[DbIncident]:
    held = {place.task_id for place in places}
    noted = {(each.engine_task, each.kind) for each in run.noted}
    waiting = {task.id for task in run.instance.open_tasks()} | {""}
    return [
        each
        for each in known
        if each.state == OPEN
        and each.engine_task not in held
        and (each.engine_task, each.kind) not in noted
        and (each.holds or each.engine_task not in waiting)
    ]


def _tell(run: CaseRun, new: Sequence[DbIncident]) -> None:
    """Owners hear of a fault once, not once for each case that meets it."""
    for incident in new:
        detail = {"kind": incident.kind, "element": incident.element, "why": incident.detail[:500]}
        detail |= {"branch": incident.branch} if incident.branch else {}
        run.record(Entry(action="incident", step=incident.element, name=incident.name, detail=detail))
        same = exists().where(
            DbIncident.element == incident.element,
            DbIncident.kind == incident.kind,
            DbIncident.state == OPEN,
            DbIncident.case_id == DbCase.id,
            DbCase.version_id == run.case.version_id,
            DbCase.id != run.case.id,
        )
        if not run.session.scalar(select(same)):
            run.tell(Message(people=menders(run.session), kind="incident", values={"step": incident.name}))
