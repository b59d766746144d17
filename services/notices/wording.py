"""What is written without a screen: by mail, into groups, to open pages; in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.notices import channels
from services.notices.formats import GroupMessage
from services.notices.models import DbDelivery, DbNotice
from services.notices.sentences import SENTENCES
from services.people.models import DbUser
from services.processes.versions import get_definition
from services.runtime import runtime
from services.tasks.models import DbTask
from services.types import Actor, VersionId
from workflows.calendar import COMPANY_ZONE

CHINESE, ENGLISH = "zh", "en"
LANGUAGES = (CHINESE, ENGLISH)
_NAMES_SHOWN = 10
_HEADLINES = {
    channels.TASK: "请办理：{step}",
    channels.LATE: "已逾期：{step}",
    channels.REJECTED: "申请已被驳回",
    channels.COMPLETED: "申请已完成",
}


def say(language: str, sentence: str, **values: Any) -> str:
    """The sentence in a language, with its values in place."""
    found = runtime().english().get(sentence, sentence) if language == ENGLISH else sentence
    return found.format(**values) if values else found


def notice_text(session: Session, notice: DbNotice, language: str) -> str:
    """What a notice says."""
    values = dict(notice.values)
    if language == ENGLISH and notice.case_id is not None:
        values = {**values, **_in_english(session, notice.case_id, values)}
    return say(language, SENTENCES[notice.kind], **values)


def _in_english(session: Session, case_id: int, values: Mapping[str, Any]) -> dict[str, str]:
    """The names that come from the process, by the process's own catalogue."""
    version = session.scalar(select(DbCase.version_id).where(DbCase.id == case_id))
    definition = get_definition(session, VersionId(version or 0))
    catalogue, title = definition.english, definition.settings.title
    found = {"title": str(values["title"]).replace(title, catalogue.get(title, title), 1)}
    if "step" in values:
        found["step"] = catalogue.get(values["step"], values["step"])
    return found


def place_of(notice: DbNotice) -> str:
    """The page that a notice is about."""
    if notice.case_id is None:
        return f"/workbench/{notice.values['process']}/versions"
    return f"/tasks/{notice.task_id}" if notice.task_id else f"/cases/{notice.case_id}"


def link_to(path: str) -> str:
    return f"{runtime().base_url}{path}"


def group_message(session: Session, delivery: DbDelivery) -> GroupMessage:
    """What a robot says of a task or a case."""
    case = session.get_one(DbCase, delivery.case_id)
    task = session.get(DbTask, delivery.task_id) if delivery.task_id else None
    starter = session.get_one(DbUser, case.starter_id)
    lines = [("事项", f"{case.title}（{case.number}）"), ("申请人", starter.name)]
    if task is not None:
        lines += [("环节", task.name), ("办理人", _names(session, delivery.people))]
        lines += [("期限", _at(task.due_at))] if task.due_at else []
    return GroupMessage(
        headline=_HEADLINES[delivery.event].format(step=task.name if task else ""),
        lines=[line for line in lines if line[1]],
        link=link_to(f"/tasks/{task.id}" if task else f"/cases/{case.id}"),
        link_text="打开任务" if task else "查看申请",
    )


def _names(session: Session, people: Iterable[int]) -> str:
    found = list(session.scalars(select(DbUser.name).where(DbUser.id.in_(list(people))).order_by(DbUser.id)))
    more = "等" if len(found) > _NAMES_SHOWN else ""
    return "、".join(found[:_NAMES_SHOWN]) + more


def _at(moment: datetime) -> str:
    return moment.astimezone(COMPANY_ZONE).strftime("%Y-%m-%d %H:%M")


def test_message(actor: Actor) -> GroupMessage:
    """What a robot says when somebody tries whether it speaks."""
    lines = [("发送人", actor.name)]
    return GroupMessage(headline="这是一条测试消息", lines=lines, link=link_to("/inbox"), link_text="打开会签")


def test_item(actor: Actor, now: datetime) -> dict[str, Any]:
    """What a webhook gets when somebody tries whether it listens: an event without a place in the feed."""
    return {
        "id": 0,
        "at": now.isoformat(timespec="seconds"),
        "case": None,
        "action": "test",
        "step": "",
        "name": "",
        "who": actor.username,
        "who_name": actor.name,
        "outcome": "",
        "comment": "",
        "detail": {},
    }
