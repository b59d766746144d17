"""A process against the company: does every lane find somebody, and can anybody sign their own request?"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.people.lanes import Member, active_members
from services.people.models import DbDepartment, DbPost, DbSubstitute, DbUser
from services.people.organisation import (
    DEPARTMENT_HEAD,
    STARTER,
    Assignment,
    assign,
    find_active,
    people_called,
)
from services.people.stand_ins import company_day
from services.processes.versions import may_be_started_by
from workflows.checks.near import perhaps
from workflows.definition import NOBODY_USER, ProcessDefinition, Task
from workflows.errors import Problem
from workflows.expressions import ExpressionError, parse_expression
from workflows.signing import APPROVE, REJECT

RELATIVE = (STARTER, DEPARTMENT_HEAD)
EVERYBODY = "*"
MAX_NAMED = 3
_BY_THE_LANE = ("post", "department_head", "starter")
_LANE = "{http://www.omg.org/spec/BPMN/20100524/MODEL}lane"
_INSTEAD = {
    "nobody_superior": "转给申请人的上级",
    "superior": "转给申请人的上级",
    "left": "转给申请人的上级",
    "nobody_named": "转给流程指定的人",
    "administrator": "转给系统管理员",
}


@dataclass(frozen=True)
class _Company:
    """The company as one process sees it. Each lane is asked for as often as its answer may differ, and no more."""

    session: Session
    definition: ProcessDefinition
    now: datetime
    _found: dict[tuple[str, bool, int | None, int], Assignment] = field(default_factory=dict)
    _holders: dict[str, list[int]] = field(default_factory=dict)

    @cached_property
    def members(self) -> list[Member]:
        return active_members(self.session)

    @cached_property
    def starters(self) -> list[Member]:
        return [each for each in self.members if may_be_started_by(self.definition, each.department, each.posts)]

    @cached_property
    def by_department(self) -> dict[tuple[int | None, str], list[Member]]:
        found: dict[tuple[int | None, str], list[Member]] = defaultdict(list)
        for member in self.starters:
            found[member.department_id, member.department].append(member)
        return found

    @cached_property
    def posts(self) -> list[str]:
        return list(self.session.scalars(select(DbPost.name)))

    @cached_property
    def names(self) -> dict[int, str]:
        return {row.id: row.name for row in self.session.execute(select(DbUser.id, DbUser.name))}

    @cached_property
    def lane_ids(self) -> dict[str, str]:
        root = etree.fromstring(self.definition.diagram.xml, etree.XMLParser(resolve_entities=False, no_network=True))
        return {(lane.get("name") or "").strip(): lane.get("id") or "" for lane in root.iter(_LANE)}

    @cached_property
    def substitutions(self) -> list[DbSubstitute]:
        """In force today or later, for this process."""
        query = select(DbSubstitute).where(
            DbSubstitute.ended_at.is_(None), DbSubstitute.last_day >= company_day(self.now)
        )
        key = self.definition.key
        return [row for row in self.session.scalars(query) if row.process_key in (None, key)]

    def assigned(self, lane: str, starter: Member, *, signs: bool) -> Assignment:
        """Whom the engine would ask. Whoever holds no part of a post gets the same answer as everybody else."""
        own = starter.id in self.holders(lane)
        place = (
            lane,
            signs,
            None if lane not in RELATIVE and not own and self.holders(lane) else starter.department_id,
        )
        key = (*place, starter.id if own or not self.holders(lane) else 0)
        if key not in self._found:
            self._found[key] = assign(
                self.session,
                lane,
                starter_id=starter.id,
                department_id=starter.department_id,
                signs=signs,
                nobody=self.definition.settings.nobody,
            )
        return self._found[key]

    def holders(self, lane: str) -> list[int]:
        """Who holds the post of a lane; everybody who heads a department for the relative one."""
        if lane not in self._holders:
            if lane == DEPARTMENT_HEAD:
                query = select(DbDepartment.head_id).join(DbUser, DbUser.id == DbDepartment.head_id)
                found = [head for head in self.session.scalars(query.where(DbUser.active)) if head is not None]
            else:
                found = [] if lane == STARTER else people_called(self.session, lane)
            self._holders[lane] = found
        return self._holders[lane]

    def called(self, people: Iterable[int]) -> str:
        """The first few by name."""
        found = [self.names[person] for person in people]
        return "、".join(found[:MAX_NAMED]) + (f"等 {len(found)} 人" if len(found) > MAX_NAMED else "")

    def problem(self, severity: str, element: str, message: str, file: str = "") -> Problem:
        return Problem(severity=severity, file=file or self.definition.diagram.file, element=element, message=message)


def people_problems(session: Session, definition: ProcessDefinition, *, now: datetime) -> list[Problem]:
    """Everything about lanes, signers and starters that would go otherwise than drawn. Reads only."""
    company = _Company(session, definition, now)
    return [
        *_of_starters(company),
        *_of_lanes(company),
        *_of_named_people(company),
        *_of_own_requests(company),
        *_of_other_outcomes(company),
        *_of_substitutes(company),
    ]


# who may begin


def _of_starters(company: _Company) -> Iterator[Problem]:
    settings = company.definition.settings
    departments = list(company.session.scalars(select(DbDepartment.name)))
    known = [*departments, *company.posts, STARTER, EVERYBODY]
    for name in settings.starters:
        if name not in known:
            message = f"可以发起的“{name}”既不是部门也不是岗位{perhaps(name, known)}"
            yield company.problem("error", "starters", message, "process.toml")
    if not company.starters:
        message = "现在没有人可以发起这个流程，请在“谁可以发起”中选择有人的部门或岗位"
        yield company.problem("warning", "starters", message, "process.toml")
    named = settings.nobody.removeprefix(NOBODY_USER)
    if settings.nobody.startswith(NOBODY_USER) and find_active(company.session, named) is None:
        message = f"无人在岗时指定的人“{named}”不存在或已离职，请改为在职人员的用户名"
        yield company.problem("error", "nobody", message, "process.toml")


# every lane finds somebody


def _of_lanes(company: _Company) -> Iterator[Problem]:
    lanes: dict[str, list[Task]] = defaultdict(list)
    for task in company.definition.tasks.values():
        lanes[task.lane].append(task)
    for lane, tasks in lanes.items():
        element, steps = company.lane_ids.get(lane, ""), "、".join(f"“{task.name}”" for task in tasks[:4])
        if lane not in RELATIVE and lane not in company.posts:
            hint = perhaps(lane, [*company.posts, *RELATIVE])
            message = (
                f"公司没有“{lane}”这个岗位{hint if hint.endswith('？') else '，'}{steps}会没有人办理；"
                "请改泳道名称，或请管理员设立这个岗位并任命人员"
            )
            yield company.problem("error", element, message)
            continue
        yield from _of_lane(company, lane, element, steps)


def _of_lane(company: _Company, lane: str, element: str, steps: str) -> Iterator[Problem]:
    missing: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (_id, department), members in company.by_department.items():
        typical = next((each for each in members if each.id not in company.holders(lane)), members[0])
        found = company.assigned(lane, typical, signs=False)
        if found.reason not in _BY_THE_LANE:
            who = company.called(found.people)
            missing[found.reason if found.people else "", who].append(department or "没有部门的人")
    why = "部门没有在职的主管" if lane == DEPARTMENT_HEAD else "这个岗位现在没有在职的人"
    for (reason, who), departments in missing.items():
        where = "、".join(f"“{each}”" for each in departments[:6])
        if not reason:
            message = (
                f"{where}发起时，泳道“{lane}”找不到任何人（{why}，也没有上级和管理员），{steps}会没有人办理；请任命人员"
            )
            yield company.problem("error", element, message)
        else:
            message = f"{where}发起时，泳道“{lane}”没有人（{why}），{steps}会{_INSTEAD[reason]}{who}；请任命人员"
            yield company.problem("warning", element, message)


# people whom the diagram names itself


def _of_named_people(company: _Company) -> Iterator[Problem]:
    for task in company.definition.tasks.values():
        for what, source in (("会签人", task.signers), ("办理人", task.performer)):
            for name in _written_out(source):
                if name in company.posts or name in RELATIVE:
                    if not company.holders(name) and name not in RELATIVE:
                        yield company.problem(
                            "warning", task.id, f"“{task.name}”的{what}“{name}”现在没有在职的人，请任命人员"
                        )
                elif find_active(company.session, name) is None:
                    hint = perhaps(name, [*company.posts, *_usernames(company)])
                    severity = "error" if what == "会签人" else "warning"
                    what_then = "流程会停在这一步" if what == "会签人" else "会改由泳道的人办理"
                    message = f"“{task.name}”的{what}“{name}”既不是岗位也不是在职的人，{what_then}{hint}"
                    yield company.problem(severity, task.id, message)


def _usernames(company: _Company) -> list[str]:
    return list(company.session.scalars(select(DbUser.username).where(DbUser.active)))


def _written_out(source: str) -> list[str]:
    """The names that an expression writes out, alone or in a list; computed ones are only known in a case."""
    if not source:
        return []
    try:
        tree = parse_expression(source)
    except ExpressionError:
        return []
    parts: Sequence[ast.expr] = tree.elts if isinstance(tree, ast.List | ast.Tuple) else [tree]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


# nobody signs their own request


def _of_own_requests(company: _Company) -> Iterator[Problem]:
    """The product keeps an applicant from signing; this says where it has to, and who signs instead."""
    for lane in dict.fromkeys(task.lane for task in company.definition.tasks.values() if task.signs):
        tasks = [task for task in company.definition.tasks.values() if task.signs and task.lane == lane]
        steps = "、".join(f"“{task.name}”" for task in tasks)
        if lane == STARTER:
            message = (
                f"{steps}是审批，却在“{STARTER}”泳道；申请人不能批准自己的申请，会转给申请人的上级，请改用审批人的岗位"
            )
            yield company.problem("warning", tasks[0].id, message)
            continue
        own = [member for member in company.starters if member.id in company.holders(lane)]
        instead: dict[str, list[int]] = defaultdict(list)
        for member in own:
            if lane == DEPARTMENT_HEAD and member.id not in company.assigned(lane, member, signs=False).people:
                continue
            found = company.assigned(lane, member, signs=True)
            instead[_whom(company, found)].append(member.id)
        for who, people in instead.items():
            message = f"{company.called(people)}自己发起时，{steps}不会由本人审批，{who}"
            severity = "error" if who == _NOBODY else "info"
            yield company.problem(severity, tasks[0].id, message)


_NOBODY = "但也没有别人可以审批：没有上级，也没有其他管理员；请为他们设定上级"


def _whom(company: _Company, found: Assignment) -> str:
    if not found.people:
        return _NOBODY
    if found.reason in _BY_THE_LANE:
        return f"由同岗位的{company.called(found.people)}审批"
    return f"{_INSTEAD[found.reason]}{company.called(found.people)}"


def _of_other_outcomes(company: _Company) -> Iterator[Problem]:
    """A step that decides by results of its own is no signature to the product: whoever applied may do it."""
    for task in company.definition.tasks.values():
        if task.signs or task.fills or len(task.outcomes) < 2 or task.lane == STARTER:
            continue
        own = [member.id for member in company.starters if member.id in company.holders(task.lane)]
        if own:
            decides = REJECT in task.outcomes
            message = (
                f"“{task.name}”的结果是 {'、'.join(task.outcomes)}，没有 {APPROVE}，系统按办理而不按审批处理："
                f"{company.called(own)}自己发起时可以自己办理；如果它是审批，请用 {APPROVE} 和 {REJECT} 作为结果"
            )
            yield company.problem("warning" if decides else "info", task.id, message)


def _of_substitutes(company: _Company) -> Iterator[Problem]:
    starting = {member.id for member in company.starters}
    reworks = [task for task in list(company.definition.tasks.values())[1:] if task.lane == STARTER]
    for task in (task for task in company.definition.tasks.values() if task.signs):
        holders = set(company.holders(task.lane))
        for rule in company.substitutions:
            absent, substitute = company.names[rule.absent_id], company.names[rule.substitute_id]
            days = f"{rule.first_day:%m-%d} 至 {rule.last_day:%m-%d}"
            if rule.absent_id in holders and rule.substitute_id in starting and rule.substitute_id not in holders:
                message = (
                    f"{substitute}在 {days} 代理{absent}：“{task.name}”遇到{substitute}自己的申请时不会交给代理人，"
                    f"要等{absent}本人（或同岗位的人）审批"
                )
                yield company.problem("info", task.id, message)
            elif rule.substitute_id in holders and rule.absent_id in starting and reworks:
                message = (
                    f"{substitute}在 {days} 代理{absent}：{absent}申请时，{substitute}可以替申请人办理"
                    f"“{reworks[0].name}”，又以自己的岗位审批“{task.name}”；如不允许，请换一位代理人"
                )
                yield company.problem("warning", task.id, message)
