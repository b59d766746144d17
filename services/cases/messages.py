"""Messages to cases: from registers, left in the mailbox and handed over here, and by hand.

What waits in a diagram for a message is woken by it, under the case's lock like any other action.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.cases.action import open_case, save
from services.cases.case_run import CaseRun, lock_case
from services.cases.history import Entry
from services.cases.mailbox import key_of
from services.cases.models import RUNNING, DbCase, DbCaseMessage
from services.cases.visibility import require_visible
from services.database import read_session, transaction
from services.errors import Conflict, InvalidInput, NotPermitted
from services.incidents.failures import outlives_failures
from services.types import Actor, CaseId
from workflows.definition import ENGINE_NAMES, ProcessDefinition

BATCH = 200
MAX_FIELDS, MAX_TEXT, MAX_NAME = 50, 2_000, 80
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
_log = logging.getLogger("huiqian.messages")


@outlives_failures
def send_message(actor: Actor, case_id: CaseId, name: str, payload: Mapping[str, Any], *, now: datetime) -> DbCase:
    """Send a message to a case by hand.

    Administrators may, and the posts that the process names as senders of this message. Raises NotFound for anybody
    whose business the case is not, NotPermitted, InvalidInput for a payload that is too large, not plain, or would
    overwrite what the case knows, Conflict when the case has ended or waits for no such message.
    """
    values = _checked_payload(payload)
    with transaction() as session:
        case = lock_case(session, case_id)
        run = open_case(session, case, actor=actor, now=now)
        _require_sender(session, run, actor, name)
        if case.status != RUNNING:
            raise Conflict("{number} 已经结束，不再接收消息", number=case.number)
        waiting = run.instance.waiting_messages()
        if name not in waiting:
            raise _not_awaited(case, name, waiting)
        if not run.instance.keeps_apart(name):
            _refuse_overwriting(run.definition, values)
        run.instance.send_message(name, values)
        with session.no_autoflush:
            _record(run, name, values)
        save(run)
        return case


def _require_sender(session: Session, run: CaseRun, actor: Actor, name: str) -> None:
    rule = run.definition.settings.messages.get(name)
    if actor.is_admin or (rule is not None and not actor.posts.isdisjoint(rule.senders)):
        return
    require_visible(session, actor, run.case)
    if rule is None or not rule.senders:
        raise NotPermitted("这条消息由系统发送；只有系统管理员可以手工发送")
    raise NotPermitted("这条消息只能由{posts}发送", posts="、".join(rule.senders))


def _not_awaited(case: DbCase, name: str, waiting: list[str]) -> Conflict:
    if not waiting:
        return Conflict("{number} 现在不等待任何消息", number=case.number)
    text = "{number} 现在不等待消息“{name}”；它等待的是：{waiting}"
    return Conflict(text, number=case.number, name=name[:MAX_NAME], waiting="、".join(waiting))


def _checked_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    if len(payload) > MAX_FIELDS:
        errors["payload"] = [f"最多 {MAX_FIELDS} 项"]
    for name, value in payload.items():
        if len(name) > MAX_NAME or not name.isidentifier():
            errors[f"payload-{name[:MAX_NAME]}"] = ["名称应为英文字母、数字和下划线"]
        elif not isinstance(value, str | int | float | bool | None):
            errors[f"payload-{name}"] = ["只能是文字、数字、是否或空"]
        elif isinstance(value, str) and len(value) > MAX_TEXT:
            errors[f"payload-{name}"] = [f"最多 {MAX_TEXT} 个字"]
    if errors:
        raise InvalidInput(errors)
    return dict(payload)


def _refuse_overwriting(definition: ProcessDefinition, values: Mapping[str, Any]) -> None:
    """What people filled in and signed, and what operations brought, is not changed by a message."""
    settings = definition.settings
    fields = {name for form in definition.forms.values() for name in form.properties}
    known = fields | ENGINE_NAMES | settings.variables.keys() | set(settings.provides)
    taken = sorted(known & values.keys())
    if taken:
        raise InvalidInput({f"payload-{name}": ["事项中已有这一项，消息不能更改它"] for name in taken})


def _record(run: CaseRun, name: str, values: Mapping[str, Any]) -> None:
    run.record(Entry(action="message", user_id=run.user_id, detail={"message": name, "payload": dict(values)}))


def hand_over(case_ids: Iterable[int], *, now: datetime) -> None:
    """Hand over at once what was just left for these cases, each in a transaction of its own.

    Called after the commit of what the messages tell of. A case that cannot take its message now keeps it for the
    worker, and nobody who only changed a register hears of it.
    """
    for case_id in sorted(case_ids):
        _try(CaseId(case_id), now=now, wait=True)


def sweep(*, now: datetime) -> int:
    """Hand over everything that is due; a case that fails is logged, tried later, and keeps nobody else waiting."""
    session = read_session()
    query = select(DbCaseMessage.case_id).where(DbCaseMessage.due_at <= now).distinct().limit(BATCH)
    found = list(session.scalars(query))
    session.rollback()
    return sum(_try(CaseId(case_id), now=now, wait=False) for case_id in found)


def _try(case_id: CaseId, *, now: datetime, wait: bool) -> int:
    try:
        return _hand(case_id, now=now, wait=wait)
    except Exception as error:
        _put_off(case_id, error, now=now)
        return 0


@outlives_failures
def _hand(case_id: CaseId, *, now: datetime, wait: bool) -> int:
    with transaction() as session:
        query = select(DbCase).where(DbCase.id == case_id).with_for_update(skip_locked=not wait)
        case = session.scalar(query.execution_options(populate_existing=True))
        if case is None:
            return 0
        due = select(DbCaseMessage).where(DbCaseMessage.case_id == case_id, DbCaseMessage.due_at <= now)
        letters = session.scalars(due.order_by(DbCaseMessage.id)).all()
        if not letters:
            return 0
        taken = _deliver(session, case, letters, now) if case.status == RUNNING else 0
        session.execute(delete(DbCaseMessage).where(DbCaseMessage.id.in_([letter.id for letter in letters])))
        return taken


def _deliver(session: Session, case: DbCase, letters: Iterable[DbCaseMessage], now: datetime) -> int:
    """What the case does not wait for any more is of no use to it: whatever it does next looks at the world anew."""
    run = open_case(session, case, actor=None, now=now)
    taken = 0
    for letter in letters:
        if key_of(letter.name, letter.about) in (run.awaited() or ()):
            run.instance.send_message(letter.name, {})
            with session.no_autoflush:
                _record(run, letter.name, letter.payload)
            taken += 1
    if taken:
        save(run)
    return taken


def _put_off(case_id: CaseId, error: Exception, *, now: datetime) -> None:
    """Try again later, and later each time: the database could not now, or the whole case waits to be mended."""
    _log.error("a message could not be handed to case %s: %s", case_id, error)
    with transaction() as session:
        due = select(DbCaseMessage).where(DbCaseMessage.case_id == case_id, DbCaseMessage.due_at <= now)
        for letter in session.scalars(due.with_for_update(skip_locked=True)):
            letter.tries += 1
            letter.error = f"{type(error).__name__}: {error}"[:500]
            letter.due_at = now + min(FIRST_WAIT * 2**letter.tries, LONGEST_WAIT)
