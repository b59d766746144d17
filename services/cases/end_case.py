"""Taking a case back: before anybody decided on it, or later with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from services.cases.action import open_case, save
from services.cases.case_run import CaseRun, lock_case
from services.cases.closing import CANCELLED, WITHDRAWN, end
from services.cases.history import Entry
from services.cases.models import RUNNING, DbCase
from services.cases.visibility import get_visible_case, require_visible
from services.database import transaction
from services.errors import Conflict, InvalidInput, NotPermitted
from services.incidents.failures import outlives_failures
from services.tasks.sheets import anybody_signed
from services.types import Actor, CaseId
from workflows.expressions import ExpressionError, evaluate

MAX_REASON = 500


@outlives_failures
def withdraw_case(actor: Actor, case_id: CaseId, *, now: datetime) -> DbCase:
    """The starter takes the request back before anybody has decided on it.

    Raises NotFound, NotPermitted for anybody but the starter, Conflict once somebody has acted or the case has ended.
    """
    with transaction() as session:
        case = _locked_own_case(session, actor, case_id)
        if case.starter_id != actor.id:
            raise NotPermitted("只有申请人本人可以撤回")
        run = open_case(session, case, actor=actor, now=now)
        if decided_on(run):
            raise Conflict("已有人办理过，不能再撤回；需要时请申请撤销")
        return _take_back(run, WITHDRAWN, "withdraw", "")


@outlives_failures
def cancel_case(actor: Actor, case_id: CaseId, reason: str, *, now: datetime) -> DbCase:
    """The starter or an administrator cancels a running case with a reason; what it caused is taken back.

    Raises NotFound, NotPermitted, InvalidInput without a reason, Conflict when the process no longer allows it.
    """
    if not reason.strip():
        raise InvalidInput({"reason": ["请填写撤销原因"]})
    if len(reason) > MAX_REASON:
        raise InvalidInput({"reason": [f"最多 {MAX_REASON} 个字"]})
    with transaction() as session:
        case = _locked_own_case(session, actor, case_id)
        run = open_case(session, case, actor=actor, now=now)
        if not may_cancel(run):
            raise Conflict(run.definition.settings.cancel_refusal or "现在不能再撤销")
        return _take_back(run, CANCELLED, "cancel", reason.strip())


def decided_on(run: CaseRun) -> bool:
    """Whether anybody has signed or finished a step after the applicant's own."""
    passed = any(step in run.definition.tasks and step != run.definition.first_task.id for step in run.case.passed)
    return passed or anybody_signed(run.case)


@dataclass(frozen=True, kw_only=True)
class TakeableBack:
    """Which ways back are open to this person now."""

    withdraw: bool = False
    cancel: bool = False


def takeable_back(session: Session, actor: Actor, case_id: CaseId, *, now: datetime) -> TakeableBack:
    """Raises NotFound."""
    case = get_visible_case(session, actor, case_id)
    if case.status != RUNNING or not (case.starter_id == actor.id or actor.is_admin):
        return TakeableBack()
    run = open_case(session, case, actor=actor, now=now)
    own, decided = case.starter_id == actor.id, decided_on(run)
    return TakeableBack(withdraw=own and not decided, cancel=(decided or not own) and may_cancel(run))


def may_cancel(run: CaseRun) -> bool:
    names = {**run.definition.settings.variables, **run.instance.variables()}
    try:
        return bool(evaluate(run.definition.settings.cancel_when, names, run.functions))
    except ExpressionError:
        return False


def _locked_own_case(session: Session, actor: Actor, case_id: CaseId) -> DbCase:
    case = lock_case(session, case_id)
    require_visible(session, actor, case)
    if case.starter_id != actor.id and not actor.is_admin:
        raise NotPermitted("只有申请人本人可以撤回或撤销")
    if case.status != RUNNING:
        raise Conflict("{number} 已经结束，不能再更改", number=case.number)
    return case


def _take_back(run: CaseRun, status: str, action: str, reason: str) -> DbCase:
    run.record(Entry(action=action, user_id=run.user_id, comment=reason))
    run.instance.cancel()
    end(run, status)
    save(run)
    return run.case
