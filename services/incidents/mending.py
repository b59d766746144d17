"""Mending what failed: with other data, by trying again, by counting it as done, or by going on at another step.

Every way asks for a reason, which stays in the history beside what was changed. Whoever mends acts for the process and
not for the people in it: an operation that is run again sees the person whose action it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.action import open_case, save
from services.cases.case_run import CaseRun, lock_case
from services.cases.events import record_events
from services.cases.history import CORRECTED, Entry
from services.cases.models import RUNNING, DbCase
from services.database import read_session, transaction
from services.errors import Conflict, InvalidInput, NotFound, ServiceError
from services.incidents.correcting import checked, correct
from services.incidents.failures import outlives_failures
from services.incidents.lines import require_mender
from services.incidents.models import OPEN, DbIncident
from services.incidents.raising import close
from services.incidents.repairing import ask_again, sign_by_lane
from services.incidents.wording import SIGNERS, WHOLE
from services.people.accounts import find_actor_by_id
from services.people.organisation import names_of
from services.types import Actor, CaseId, UserId
from workflows.calendar import COMPANY_ZONE
from workflows.engine import NotMendable, RefusedValue

RETRY, SKIP, MOVE, DATA = "retry", "skip", "move", "data"
MAX_REASON = 500
MOST_AT_ONCE = 200
_NOT_HERE = "这里没有这个异常，或它已经不在了"


@outlives_failures
def retry(
    actor: Actor, incident_id: int, *, reason: str, variables: Mapping[str, Any] = {}, now: datetime
) -> DbIncident:
    """Run the element again, with corrected ``variables`` where some are given. It may fail once more and stays open.

    Raises NotFound, NotPermitted for anybody but owners and administrators, Conflict if somebody was faster,
    InvalidInput without a reason or for values that their fields refuse.
    """
    with transaction() as session:
        run, incident = _take_up(session, actor, incident_id, reason, now)
        changed = _correct(run, incident, variables)
        if _is_held(run, incident):
            _mending(run, lambda: run.instance.retry(incident.engine_task))
            still = _is_held(run, incident)
        else:
            still = not ask_again(run, incident)
        _finish(run, incident, actor, RETRY, reason, changed, still=still)
        return incident


@outlives_failures
def skip(
    actor: Actor,
    incident_id: int,
    *,
    reason: str,
    variables: Mapping[str, Any] = {},
    way: str | None = None,
    now: datetime,
) -> DbIncident:
    """Count the element as done, with ``variables`` as what it would have brought; a gateway goes ``way``.

    What goes on without it (a due time, a name) is left as it is, and a step whose signers are not known is signed by
    the people of its lane. Raises as ``retry``.
    """
    with transaction() as session:
        run, incident = _take_up(session, actor, incident_id, reason, now)
        changed: dict[str, Any] = {}
        if incident.kind == WHOLE:
            raise Conflict("整件事停在原处，没有可以跳过的环节：请重试，或撤销这件事")
        if _is_held(run, incident):
            values = checked(run, variables)
            changed = {**{name: {"old": None, "new": value} for name, value in values.items()}}
            changed |= {"way": way} if way else {}
            _mending(run, lambda: run.instance.skip(incident.engine_task, values, way))
        elif incident.kind == SIGNERS:
            sign_by_lane(run, incident)
        _finish(run, incident, actor, SKIP, reason, changed, still=_is_held(run, incident))
        return incident


@outlives_failures
def move(actor: Actor, incident_id: int, *, step: str, reason: str, now: datetime) -> DbIncident:
    """Open ``step`` instead: one that was done before, or one from which the case can still come to its end.

    Raises as ``retry``, and InvalidInput for a step that the case cannot be moved to.
    """
    with transaction() as session:
        run, incident = _take_up(session, actor, incident_id, reason, now)
        if not _is_held(run, incident):
            raise Conflict("这里没有停住的环节，不能移到别的环节")
        if step not in run.instance.possible_moves(incident.engine_task):
            raise InvalidInput({"step": ["从这里不能移到这个环节"]})
        _mending(run, lambda: run.instance.move(incident.engine_task, step))
        to = {"to": step, "to_name": run.definition.tasks[step].name}
        _finish(run, incident, actor, MOVE, reason, to, still=_is_held(run, incident))
        return incident


@outlives_failures
def set_data(actor: Actor, incident_id: int, *, variables: Mapping[str, Any], reason: str, now: datetime) -> DbIncident:
    """Correct what the element sees, and leave it held. Raises as ``retry``, and InvalidInput where nothing changes."""
    with transaction() as session:
        run, incident = _take_up(session, actor, incident_id, reason, now)
        changed = _correct(run, incident, variables)
        if not changed:
            raise InvalidInput({"variables": ["没有要更正的数据"]})
        _record(run, incident, actor, "incident_data", DATA, reason, changed)
        save(run)
        return incident


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of one of many: ``error`` says why it was refused; ``open`` whether it failed once more."""

    incident_id: int
    open: bool = False
    error: ServiceError | None = None


def retry_all(actor: Actor, incident_id: int, *, reason: str, now: datetime) -> list[Tried]:
    """Try the same fault again in every case that stands at it, each in a transaction of its own.

    Raises as ``retry`` for the first of them.
    """
    require_mender(actor)
    _checked_reason(reason)
    found = same_faults(read_session(), incident_id)
    read_session().rollback()
    return [_try(actor, each, reason, now) for each in found]


def same_faults(session: Session, incident_id: int) -> list[int]:
    """The open incidents at the same element of the same version. Raises NotFound."""
    about = (
        select(DbIncident.element, DbIncident.kind, DbCase.version_id)
        .join(DbCase, DbCase.id == DbIncident.case_id)
        .where(DbIncident.id == incident_id)
    )
    row = session.execute(about).one_or_none()
    if row is None:
        raise NotFound(_NOT_HERE)
    query = (
        select(DbIncident.id)
        .join(DbCase, DbCase.id == DbIncident.case_id)
        .where(DbIncident.state == OPEN, DbIncident.element == row.element, DbIncident.kind == row.kind)
        .where(DbCase.version_id == row.version_id)
    )
    return list(session.scalars(query.order_by(DbIncident.id).limit(MOST_AT_ONCE)))


def _try(actor: Actor, incident_id: int, reason: str, now: datetime) -> Tried:
    try:
        tried = retry(actor, incident_id, reason=reason, now=now)
    except ServiceError as error:
        return Tried(incident_id=incident_id, open=True, error=error)
    return Tried(incident_id=incident_id, open=tried.state == OPEN)


def _checked_reason(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput({"reason": ["请写明理由，它会留在这件事的历史里"]})
    if len(reason) > MAX_REASON:
        raise InvalidInput({"reason": [f"最多 {MAX_REASON} 个字"]})
    return reason.strip()


def _take_up(
    session: Session, actor: Actor, incident_id: int, reason: str, now: datetime
) -> tuple[CaseRun, DbIncident]:
    """The incident under its case's lock, still open, and the case ready for the action."""
    require_mender(actor)
    _checked_reason(reason)
    case_id = session.scalar(select(DbIncident.case_id).where(DbIncident.id == incident_id))
    if case_id is None:
        raise NotFound(_NOT_HERE)
    case = lock_case(session, CaseId(case_id))
    incident = session.get_one(DbIncident, incident_id, populate_existing=True)
    if incident.state != OPEN:
        raise _settled(session, incident)
    if case.status != RUNNING:
        raise Conflict("{number} 已经结束，不能再更改", number=case.number)
    acting = find_actor_by_id(session, UserId(incident.raised_by)) if incident.raised_by else None
    run = open_case(session, case, actor=acting, now=now)
    run.attended = False
    return run, incident


def _settled(session: Session, incident: DbIncident) -> Conflict:
    if incident.mended_by is None or incident.mended_at is None:
        return Conflict("“{name}”已经不再停在这里，不需要处理", name=incident.name)
    who = names_of(session, [incident.mended_by])[incident.mended_by]
    at = incident.mended_at.astimezone(COMPANY_ZONE).strftime("%Y-%m-%d %H:%M")
    return Conflict("“{name}”的异常已由{who}于 {at} 处理", name=incident.name, who=who, at=at)


def _is_held(run: CaseRun, incident: DbIncident) -> bool:
    """Whether the engine holds it; what concerns a work item, or the whole case, is none of the engine's."""
    return any(place.task_id == incident.engine_task for place in run.instance.held())


def _correct(run: CaseRun, incident: DbIncident, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Gives what was changed, from what to what."""
    if not variables:
        return {}
    return correct(run, incident, checked(run, variables))


def _mending(run: CaseRun, work: Any) -> None:
    try:
        work()
    except NotMendable as error:
        raise Conflict("这里已经不能这样处理，请刷新后再看") from error
    except RefusedValue as error:
        raise InvalidInput({"variables": ["这样的数据不能保存"]}) from error
    finally:
        record_events(run)


def _finish(
    run: CaseRun,
    incident: DbIncident,
    actor: Actor,
    how: str,
    reason: str,
    changed: Mapping[str, Any],
    *,
    still: bool,
) -> None:
    """Note what was done, under the name of who did it; what failed once more stays open."""
    _record(run, incident, actor, "incident_tried" if still else "incident_mended", how, reason, changed)
    if not still:
        close(incident, how, run.now, by=actor.id, reason=reason.strip())
    save(run)


def _record(
    run: CaseRun,
    incident: DbIncident,
    actor: Actor,
    action: str,
    how: str,
    reason: str,
    changed: Mapping[str, Any],
) -> None:
    run.record(
        Entry(
            action=action,
            user_id=actor.id,
            step=incident.element,
            name=incident.name,
            outcome=how,
            comment=reason.strip(),
            detail={"incident": incident.id, CORRECTED: dict(changed)},
        )
    )
