"""演练: what would break if somebody left or two departments became one. Reads only; nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from services.cases.models import RUNNING, DbCase
from services.errors import InvalidInput, NotPermitted
from services.people.lanes import lane_findings
from services.people.models import DbDepartment, DbPost, DbPostHolder, DbUser
from services.people.organisation import get_user
from services.people.stand_ins import company_day
from services.people.substitutes import list_substitutions
from services.processes.versions import list_current
from services.registers.budgets import list_months
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.reassign import is_last_administrator
from services.types import Actor
from workflows.definition import NOBODY_USER

BREAKS, CHANGES, NOTE = "breaks", "changes", "note"
"""Something is lost or stands still; something takes another way; good to know."""
SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing concerned. ``text`` with its values is a sentence; without values it is a name."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    case_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What would happen, how bad it is, and what to do. ``lines`` are the first of ``count``."""

    kind: str
    level: str
    title: str
    advice: str
    count: int
    lines: Sequence[Line]


def rehearse_leaving(session: Session, actor: Actor, username: str, *, now: datetime) -> list[Finding]:
    """What the person leaves behind, worst first; for administrators. Raises NotFound, NotPermitted."""
    _require_administrator(actor)
    person = get_user(session, username)
    looks: Sequence[Callable[[Session, DbUser], Finding | None]] = (
        _administrator,
        _tasks_alone,
        _tasks_shared,
        _tasks_lent,
        _posts,
        _departments,
        _people_below,
        _started,
        _policies,
        _signers,
    )
    found = [finding for look in looks if (finding := look(session, person)) is not None]
    found += _lanes(session, person)
    found += _substitutions(session, actor, person, now)
    return _worst_first(found)


def rehearse_merging(session: Session, actor: Actor, department: str, into: str, *, now: datetime) -> list[Finding]:
    """What it means that the first department becomes part of the second, worst first; for administrators.

    Raises NotPermitted, InvalidInput for departments that are not there or are the same.
    """
    _require_administrator(actor)
    source, target = _department(session, "department", department), _department(session, "into", into)
    if source.id == target.id:
        raise InvalidInput({"into": ["请选择另一个部门"]})
    looks = (_members, _heads, _starters, _new_starters, _running_of)
    found = [finding for look in looks if (finding := look(session, source, target)) is not None]
    budgets = _budgets(session, source, target, since=company_day(now).strftime("%Y-%m"))
    return _worst_first([*found, *([] if budgets is None else [budgets])])


def list_departments(session: Session) -> list[str]:
    return list(session.scalars(select(DbDepartment.name).order_by(DbDepartment.id)))


def _require_administrator(actor: Actor) -> None:
    if not actor.is_admin:
        raise NotPermitted("只有系统管理员可以做人员变动的演练")


def _worst_first(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (BREAKS, CHANGES, NOTE).index(finding.level))


def _finding(kind: str, level: str, title: str, advice: str, lines: Sequence[Line]) -> Finding | None:
    if not lines:
        return None
    return Finding(kind=kind, level=level, title=title, advice=advice, count=len(lines), lines=lines[:SHOWN])


def _administrator(session: Session, person: DbUser) -> Finding | None:
    lines = [Line(text=person.name)] if is_last_administrator(session, person.id) else []
    return _finding(
        "administrator", BREAKS, "是最后一名系统管理员", "先把岗位“系统管理员”交给接任人，否则不能停用", lines
    )


def _task_lines(session: Session, condition: Any) -> list[Line]:
    rows = session.execute(
        select(DbTask.name, DbCase.id, DbCase.number, DbCase.title)
        .join(DbCase, DbCase.id == DbTask.case_id)
        .where(DbTask.state == "open", condition)
        .order_by(DbTask.id)
    )
    return [Line(text=f"{row.number} {row.title} · {row.name}", case_id=row.id) for row in rows]


def _held(person: DbUser) -> Any:
    return exists().where(
        DbInboxEntry.task_id == DbTask.id, DbInboxEntry.user_id == person.id, DbInboxEntry.for_id.is_(None)
    )


def _shared(person: DbUser) -> Any:
    other, colleague = aliased(DbInboxEntry), aliased(DbUser)
    return exists().where(
        other.task_id == DbTask.id,
        other.user_id != person.id,
        other.for_id.is_(None),
        colleague.id == other.user_id,
        colleague.active,
    )


def _tasks_alone(session: Session, person: DbUser) -> Finding | None:
    lines = _task_lines(session, _held(person) & ~_shared(person))
    advice = "用“移交”交给接任人；直接停用时按岗位重新分派"
    return _finding("tasks_alone", BREAKS, "只有此人能办理的任务", advice, lines)


def _tasks_shared(session: Session, person: DbUser) -> Finding | None:
    lines = _task_lines(session, _held(person) & _shared(person))
    return _finding("tasks_shared", NOTE, "还有别人可以认领的任务", "不需要处理，其他人照常办理", lines)


def _tasks_lent(session: Session, person: DbUser) -> Finding | None:
    lines = _task_lines(session, DbTask.owner_id == person.id)
    advice = "用“移交”后，意见回到接任人；否则由被委派的人直接办结"
    return _finding("tasks_lent", CHANGES, "委派给别人、等意见回来的任务", advice, lines)


def _posts(session: Session, person: DbUser) -> Finding | None:
    other, colleague = aliased(DbPostHolder), aliased(DbUser)
    left = (
        exists()
        .where(other.post_id == DbPost.id, other.user_id != person.id, colleague.id == other.user_id, colleague.active)
        .correlate(DbPost)
    )
    query = select(DbPost.name).join(DbPostHolder, DbPostHolder.post_id == DbPost.id)
    names = session.scalars(query.where(DbPostHolder.user_id == person.id, ~left).order_by(DbPost.id))
    lines = [Line(text=name) for name in names]
    return _finding("posts", BREAKS, "将没有人的岗位", "移交时选择“岗位一并移交”，或先任命别人", lines)


def _departments(session: Session, person: DbUser) -> Finding | None:
    names = session.scalars(select(DbDepartment.name).where(DbDepartment.head_id == person.id))
    advice = "移交时选择“部门主管一并移交”，否则“部门主管”的环节转给申请人的上级"
    return _finding("departments", BREAKS, "由此人主管的部门", advice, [Line(text=name) for name in names])


def _people_below(session: Session, person: DbUser) -> Finding | None:
    names = session.scalars(
        select(DbUser.name).where(DbUser.superior_id == person.id, DbUser.active).order_by(DbUser.id)
    )
    advice = "移交时选择“下属一并移交”；否则升级和自批回避找到再上一级"
    return _finding("people_below", CHANGES, "以此人为上级的人员", advice, [Line(text=name) for name in names])


def _started(session: Session, person: DbUser) -> Finding | None:
    rows = session.execute(
        select(DbCase.id, DbCase.number, DbCase.title)
        .where(DbCase.starter_id == person.id, DbCase.status == RUNNING)
        .order_by(DbCase.id)
    )
    lines = [Line(text=f"{row.number} {row.title}", case_id=row.id) for row in rows]
    advice = "停用后申请人的环节由其上级办理；不再需要的请先撤销"
    return _finding("started", CHANGES, "此人发起、仍在进行的申请", advice, lines)


def _policies(session: Session, person: DbUser) -> Finding | None:
    wanted = f"{NOBODY_USER}{person.username}"
    lines = [
        Line(text=definition.settings.title)
        for _version, definition in list_current(session)
        if definition.settings.nobody == wanted
    ]
    advice = "请流程负责人改 process.toml 的 nobody 并重新发布；在此之前转给系统管理员"
    return _finding("policies", CHANGES, "指定此人接收无人在岗任务的流程", advice, lines)


def _signers(session: Session, person: DbUser) -> Finding | None:
    """Steps that name the person, or a post that would be empty; names that only a case knows are not seen."""
    empty = _posts(session, person)
    names = [person.username, *(line.text for line in (empty.lines if empty else ()))]
    lines = [
        Line(text=f"{definition.settings.title} · {task.name}")
        for _version, definition in list_current(session)
        for task in definition.tasks.values()
        if any(f"{quote}{name}{quote}" in task.signers for name in names for quote in ("'", '"'))
    ]
    advice = "请流程负责人改写会签人并重新发布，否则办到这一步时不能继续"
    return _finding("signers", BREAKS, "指名由此人会签的环节", advice, lines)


def _lanes(session: Session, person: DbUser) -> list[Finding]:
    nobody, own = lane_findings(session, person)
    found = (
        _finding(
            "lanes_nobody",
            BREAKS,
            "将没有人办理的环节",
            "先任命接任人；在此之前新任务转给箭头所指的人",
            [Line(text="{process} · {lane} · {departments} → {who}", values=values) for values in nobody],
        ),
        _finding(
            "lanes_own",
            CHANGES,
            "将只剩申请人本人的环节",
            "申请人不能批准自己的申请，转给箭头所指的人；可再任命一位同岗位的人",
            [Line(text="{process} · {lane} · {departments} → {who}", values=values) for values in own],
        ),
    )
    return [finding for finding in found if finding is not None]


def _substitutions(session: Session, actor: Actor, person: DbUser, now: datetime) -> list[Finding]:
    lines = [
        Line(
            text="{name} 代 {absent}（{first} 至 {last}）",
            values={"name": line.substitute, "absent": line.absent, "first": line.first_day, "last": line.last_day},
        )
        for line in list_substitutions(session, actor, now=now, of=person.username)
        if line.state != "over"
    ]
    advice = "停用时自动结束；此人代理的同事请另设代理人"
    found = _finding("substitutions", CHANGES, "与此人有关的代理", advice, lines)
    return [] if found is None else [found]


def _department(session: Session, name: str, wanted: str) -> DbDepartment:
    found = session.scalar(select(DbDepartment).where(DbDepartment.name == wanted))
    if found is None:
        raise InvalidInput({name: ["没有这个部门"]})
    return found


def _members(session: Session, source: DbDepartment, _target: DbDepartment) -> Finding | None:
    names = session.scalars(
        select(DbUser.name).where(DbUser.department_id == source.id, DbUser.active).order_by(DbUser.id)
    )
    return _finding("members", NOTE, "将转入的人员", "请核对名单", [Line(text=name) for name in names])


def _heads(session: Session, source: DbDepartment, target: DbDepartment) -> Finding | None:
    heads = {user.id: user for user in session.scalars(select(DbUser).where(DbUser.id.in_(_head_ids(source, target))))}
    old, new = heads.get(source.head_id or 0), heads.get(target.head_id or 0)
    if new is None or not new.active:
        line = Line(text="{department}没有在职的主管", values={"department": target.name})
        advice = "先任命主管，否则“部门主管”的环节转给申请人的上级"
        return _finding("heads", BREAKS, "合并后没有部门主管", advice, [line])
    if old is None or old.id == new.id:
        return None
    values = {"old": old.name, "department": source.name, "new": new.name}
    line = Line(text="{department}的主管由{old}改为{new}", values=values)
    advice = "以后发起的申请由新主管审批；没有指定上级的人以新主管为上级"
    return _finding("heads", CHANGES, "部门主管改变", advice, [line])


def _head_ids(source: DbDepartment, target: DbDepartment) -> list[int]:
    return [head for head in (source.head_id, target.head_id) if head is not None]


def _budgets(session: Session, source: DbDepartment, target: DbDepartment, *, since: str) -> Finding | None:
    own, other = list_months(session, source.id, since=since), list_months(session, target.id, since=since)
    lines = []
    for month, budget in own.items():
        there = other.get(month)
        values = {
            "month": month,
            "amount": budget.amount,
            "held": budget.reserved + budget.spent,
            "other": there.amount if there else 0,
            "sum": budget.amount + (there.amount if there else 0),
        }
        lines.append(Line(text="{month}：{amount} + {other} = {sum} 元，其中已占用 {held} 元", values=values))
    advice = "请财务部按合计改写接收部门的预算；已占用的金额仍记在原部门"
    return _finding("budgets", CHANGES, "两个部门的预算", advice, lines)


def _starters(session: Session, source: DbDepartment, target: DbDepartment) -> Finding | None:
    lines = [
        Line(text=definition.settings.title)
        for _version, definition in list_current(session)
        if source.name in definition.settings.starters and target.name not in definition.settings.starters
    ]
    advice = "请流程负责人在 starters 中加上接收部门并重新发布"
    return _finding("starters", BREAKS, "转入的人将不能再发起的流程", advice, lines)


def _new_starters(session: Session, source: DbDepartment, target: DbDepartment) -> Finding | None:
    lines = [
        Line(text=definition.settings.title)
        for _version, definition in list_current(session)
        if target.name in definition.settings.starters and source.name not in definition.settings.starters
    ]
    return _finding("new_starters", NOTE, "转入的人将可以发起的流程", "不需要处理", lines)


def _running_of(session: Session, source: DbDepartment, _target: DbDepartment) -> Finding | None:
    rows = session.execute(
        select(DbCase.id, DbCase.number, DbCase.title)
        .where(DbCase.department_id == source.id, DbCase.status == RUNNING)
        .order_by(DbCase.id)
    )
    lines = [Line(text=f"{row.number} {row.title}", case_id=row.id) for row in rows]
    advice = "按原部门办完：主管和预算都以发起时的部门为准，请保留原部门直到它们结束"
    return _finding("running", NOTE, "原部门进行中的申请", advice, lines)
