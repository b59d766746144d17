"""What fails and is no element's: the case waits as it was until somebody has looked at it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.background import jobs
from services.cases import history
from services.cases.history import Entry
from services.cases.models import RUNNING, DbCase
from services.database import transaction
from services.errors import Conflict
from services.incidents.models import OPEN, DbIncident
from services.incidents.wording import WHOLE
from services.notices.message import Message
from services.notices.notify import notify
from services.people.organisation import people_called
from services.types import ADMIN_POST, OWNER_POST
from workflows.engine import EngineFailed

_NOT_BEGUN = "这个流程现在无法发起，您填写的内容没有保存；请联系流程负责人：{reason}"
_NOT_DONE = "流程在这一步无法继续，您的操作没有保存；流程负责人已收到通知，处理好后请再试一次"


class CaseStandsStill(Conflict):
    """What was asked could not be done, and the owners of the process have been told why."""


def refuse_for_whole_case(error: EngineFailed, *, now: datetime) -> CaseStandsStill:
    """Write down that the case cannot go on, in a transaction of its own; gives the refusal for whoever acted."""
    if not (error.case or "").isdigit():
        return CaseStandsStill(_NOT_BEGUN, reason=str(error))
    with transaction() as session:
        found = session.scalar(select(DbCase).where(DbCase.id == int(error.case or 0)).with_for_update())
        if found is not None and found.status == RUNNING:
            _raise(session, found, error, now)
    return CaseStandsStill(_NOT_DONE)


def _raise(session: Session, case: DbCase, error: EngineFailed, now: datetime) -> None:
    again = (DbIncident.case_id == case.id) & (DbIncident.kind == WHOLE) & (DbIncident.state == OPEN)
    statement = update(DbIncident).where(again).values(tries=DbIncident.tries + 1, detail=str(error))
    # its timers would fail each second until somebody has mended it
    case.next_due = None
    if session.scalar(statement.returning(DbIncident.id)) is not None:
        return
    session.add(
        DbIncident(
            case_id=case.id,
            element="",
            name="",
            branch="",
            engine_task="",
            kind=WHOLE,
            values={},
            detail=str(error),
            holds=True,
            raised_at=now,
            tries=0,
        )
    )
    case.open_incidents += 1
    case.held_up = True
    history.append(session, case, Entry(action="incident", detail={"kind": WHOLE}), now)
    told = [Message(people=menders(session), kind="incident", values={"step": case.title})]
    jobs.enqueue(session, case_id=case.id, next_due=None, notice_ids=notify(session, case, told, now))


def menders(session: Session) -> list[int]:
    """Who is told of incidents and mends them."""
    return list(dict.fromkeys([*people_called(session, OWNER_POST), *people_called(session, ADMIN_POST)]))
