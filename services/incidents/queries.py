"""Incidents as pages and the API show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cases.action import open_case
from services.cases.case_run import CaseRun
from services.cases.knowing import names_in
from services.cases.models import DbCase
from services.errors import NotFound
from services.incidents.correcting import find_field
from services.incidents.lines import require_mender
from services.incidents.models import OPEN, DbIncident
from services.incidents.wording import HOLDING, SIGNERS, WHOLE
from services.people.organisation import names_of
from services.processes.models import DbProcess, DbProcessVersion
from services.processes.versions import get_definition
from services.types import Actor, VersionId
from workflows.definition import ENGINE_NAMES, ProcessDefinition
from workflows.engine import HeldPlace, ways_out
from workflows.errors import WorkflowError
from workflows.forms.fields import Field

MOST_GROUPS = 200


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The same fault in one case or in many: the same element of the same version."""

    incident_id: int
    """Of several the one that has been open for longest."""
    process: str
    title: str
    version: int
    element: str
    name: str
    kind: str
    values: Mapping[str, Any]
    holds: bool
    cases: int
    since: datetime
    number: str
    case_id: int


@dataclass(frozen=True, kw_only=True)
class Remedies:
    """What can be done about an incident; what cannot is empty."""

    retry: bool = True
    skip: bool = False
    ways: tuple[tuple[str, str], ...] = ()
    """Where a gateway may go on: element and name."""
    moves: tuple[tuple[str, str, str], ...] = ()
    """Steps that the case can be moved to: step, name, how."""
    brings: bool = False
    """Whether who skips may say what the element would have brought."""


@dataclass(frozen=True, kw_only=True)
class Datum:
    """One variable that the element saw, or asks for and did not find."""

    name: str
    title: str
    value: Any
    missing: bool
    read: bool
    """Whether the expression that failed reads it."""
    field: Field | None
    """Of a form, where the variable is one of its fields."""


@dataclass(frozen=True, kw_only=True)
class IncidentView:
    id: int
    case_id: int
    number: str
    case_title: str
    process: str
    version: int
    newest_version: int
    definition: ProcessDefinition
    element: str
    name: str
    branch: str
    kind: str
    values: Mapping[str, Any]
    detail: str
    holds: bool
    raised_at: datetime
    raised_by: str
    tries: int
    open: bool
    how: str
    reason: str
    mended_at: datetime | None
    mended_by: str
    passed: list[str]
    data: list[Datum]
    remedies: Remedies
    same: int
    """How many other cases stand at the same fault."""


def list_faults(session: Session, actor: Actor) -> list[Fault]:
    """What is open, the same faults together, those that hold up cases first and then the oldest.

    Raises NotPermitted for anybody but owners and administrators.
    """
    require_mender(actor)
    rows = session.execute(
        select(
            func.min(DbIncident.id).label("incident_id"),
            DbCase.process_key.label("process"),
            DbProcess.title,
            DbProcessVersion.number.label("version"),
            DbIncident.element,
            DbIncident.kind,
            DbIncident.holds,
            func.count(func.distinct(DbIncident.case_id)).label("cases"),
            func.min(DbIncident.raised_at).label("since"),
        )
        .join(DbCase, DbCase.id == DbIncident.case_id)
        .join(DbProcess, DbProcess.key == DbCase.process_key)
        .join(DbProcessVersion, DbProcessVersion.id == DbCase.version_id)
        .where(DbIncident.state == OPEN)
        .group_by(
            DbCase.process_key,
            DbProcess.title,
            DbProcessVersion.number,
            DbIncident.element,
            DbIncident.kind,
            DbIncident.holds,
        )
        .order_by(DbIncident.holds.desc(), func.min(DbIncident.raised_at))
        .limit(MOST_GROUPS)
    ).all()
    query = select(DbIncident, DbCase.number).join(DbCase, DbCase.id == DbIncident.case_id)
    first = {row.id: (row, number) for row, number in session.execute(query.where(_among(rows)))}
    return [_fault(row, *first[row.incident_id]) for row in rows]


def _among(rows: Any) -> Any:
    return DbIncident.id.in_([row.incident_id for row in rows])


def _fault(row: Any, first: DbIncident, number: str) -> Fault:
    return Fault(**row._mapping, name=first.name, values=first.values, number=number, case_id=first.case_id)


def show_incident(session: Session, actor: Actor, incident_id: int, *, now: datetime) -> IncidentView:
    """One incident with what its element saw and what can be done. Raises NotPermitted and NotFound."""
    require_mender(actor)
    incident = session.get(DbIncident, incident_id)
    if incident is None:
        raise NotFound("这里没有这个异常，或它已经不在了")
    case = session.get_one(DbCase, incident.case_id)
    definition = get_definition(session, VersionId(case.version_id))
    run = _opened(session, case, incident, now)
    place = next((each for each in run.instance.held() if each.task_id == incident.engine_task), None) if run else None
    people = names_of(session, [incident.raised_by, incident.mended_by])
    newest = session.get_one(DbProcess, case.process_key).current_version
    return IncidentView(
        id=incident.id,
        case_id=case.id,
        number=case.number,
        case_title=case.title,
        process=case.process_key,
        version=session.get_one(DbProcessVersion, case.version_id).number,
        newest_version=newest or 0,
        definition=definition,
        element=incident.element,
        name=incident.name,
        branch=incident.branch,
        kind=incident.kind,
        values=incident.values,
        detail=incident.detail,
        holds=incident.holds,
        raised_at=incident.raised_at,
        raised_by=people.get(incident.raised_by or 0, ""),
        tries=incident.tries,
        open=incident.state == OPEN,
        how=incident.how,
        reason=incident.reason,
        mended_at=incident.mended_at,
        mended_by=people.get(incident.mended_by or 0, ""),
        passed=case.passed,
        data=_data(run, incident, place) if run else [],
        remedies=_remedies(run, incident, place) if run else Remedies(retry=incident.state == OPEN),
        same=_same(session, case, incident),
    )


def _opened(session: Session, case: DbCase, incident: DbIncident, now: datetime) -> CaseRun | None:
    """The case to look at, where it can be taken up and still stands there."""
    if incident.state != OPEN:
        return None
    try:
        return open_case(session, case, actor=None, now=now)
    except WorkflowError:
        return None


def _same(session: Session, case: DbCase, incident: DbIncident) -> int:
    query = (
        select(func.count(func.distinct(DbIncident.case_id)))
        .join(DbCase, DbCase.id == DbIncident.case_id)
        .where(DbIncident.state == OPEN, DbIncident.element == incident.element, DbIncident.kind == incident.kind)
        .where(DbCase.version_id == case.version_id, DbCase.id != case.id)
    )
    return session.scalar(query) or 0


def _data(run: CaseRun, incident: DbIncident, place: HeldPlace | None) -> list[Datum]:
    """What the expression reads comes first, then the fields of forms, then what else there is."""
    seen = place.variables if place else _of_open_task(run, incident)
    read = names_in(str(incident.values.get("expression", "")))
    missing = [name for name in sorted(read) if name not in seen and name not in run.functions]
    found = [_datum(run, name, None, read, missing=True) for name in missing if name not in ENGINE_NAMES]
    found += [_datum(run, name, value, read) for name, value in seen.items() if not name.startswith("_")]
    return sorted(found, key=lambda datum: (not datum.read, datum.field is None))


def _of_open_task(run: CaseRun, incident: DbIncident) -> dict[str, Any]:
    return next((task.variables for task in run.instance.open_tasks() if task.id == incident.engine_task), {})


def _datum(run: CaseRun, name: str, value: Any, read: frozenset[str], *, missing: bool = False) -> Datum:
    found = find_field(run.definition, name)
    title = str(found[1].get("title", name)) if found else name
    return Datum(
        name=name, title=title, value=value, missing=missing, read=name in read, field=found[1] if found else None
    )


def _remedies(run: CaseRun, incident: DbIncident, place: HeldPlace | None) -> Remedies:
    if place is None:
        return Remedies(skip=incident.kind == SIGNERS or (incident.kind not in HOLDING and incident.kind != WHOLE))
    definition = run.definition
    moves = run.instance.possible_moves(place.task_id)
    element = definition.diagram.elements.get(place.element)
    return Remedies(
        skip=True,
        ways=_named_ways(definition, place),
        moves=tuple((step, definition.tasks[step].name, how) for step, how in moves.items()),
        brings=element is not None and element.kind in ("serviceTask", "scriptTask", "businessRuleTask"),
    )


def _named_ways(definition: ProcessDefinition, place: HeldPlace) -> tuple[tuple[str, str], ...]:
    """Each way by what its flow is called and where it leads, as far as they have names."""
    flows = ways_out(definition.diagram, place.element) if place.ways else {}
    named = []
    for way in place.ways:
        found = definition.diagram.elements.get(way)
        words = [word for word in (flows.get(way, ""), found.name if found else "") if word]
        named.append((way, " → ".join(words) or way))
    return tuple(named)
