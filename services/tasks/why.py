"""Why a task is somebody's: the post, rules with their values, who handed it on, the version, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.forecast_case import Ahead, look_ahead
from services.cases.models import DbCase
from services.cases.show_case import CaseView, HistoryLine
from services.people.organisation import holders_of, names_of
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.show_task import TaskView
from workflows.decisions import DecisionModel
from workflows.decisions.model import DecisionTable
from workflows.definition import ProcessDefinition
from workflows.errors import WorkflowError
from workflows.expressions import ExpressionError, free_names, parse_expression
from workflows.walking.branches import Branch, branches_into

REASONS: Mapping[str, str] = {
    "starter": "这一环节由申请人{starter}办理",
    "post": "这一环节由岗位“{lane}”办理，现在在岗：{holders}",
    "department_head": "这一环节由申请人所在部门“{department}”的主管办理，现在是：{holders}",
    "superior": "“{lane}”只有申请人{starter}本人，申请人不能批准自己的申请，因此由上级{people}办理",
    "left": "申请人{starter}已离职，因此由上级{people}办理",
    "nobody_superior": "“{lane}”目前没有人，按流程规定由申请人的上级{people}办理",
    "nobody_named": "“{lane}”目前没有人，按流程规定由{people}办理",
    "administrator": "“{lane}”目前没有人，因此由系统管理员{people}办理",
    "performer": "这件事指定由{people}办理",
    "signer": "流程规定由{people}参加会签",
}
HANDED = ("transferred", "delegated", "answered", "signer_added", "signer_removed", "reassigned", "decided", "kept")
_MOST_DECISIONS = 5
_NOT_SHOWN = frozenset({"outcome", "comment"})


@dataclass(frozen=True, kw_only=True)
class Column:
    """A value that a rule met, and what the rule asks of it (``test``, empty for what a rule answers)."""

    label: str
    value: str
    test: str = ""


@dataclass(frozen=True, kw_only=True)
class RuleMet:
    """One line of a decision's trace. ``number`` is None where no rule matched; ``text`` then says what happened."""

    at: datetime
    table: str
    number: int | None
    text: str
    inputs: list[Column]
    outputs: list[Column]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A branch of a gateway on the way here, with the values that its condition reads."""

    name: str
    condition: str
    values: list[Column]


@dataclass(frozen=True, kw_only=True)
class Handed:
    """Somebody handed the task on."""

    action: str
    at: datetime
    who: str
    to: str
    comment: str


@dataclass(frozen=True, kw_only=True)
class Why:
    """``text`` takes ``values``; ``lane`` and ``department`` among them are words that have a translation."""

    reason: str
    text: str
    values: Mapping[str, str]
    absent: str
    """Whom the person who asks stands in for."""
    rules: list[RuleMet]
    branches: list[Taken]
    handed: list[Handed]
    version: int
    step: str
    ahead: list[Ahead]


def explain_task(session: Session, view: TaskView, *, now: datetime) -> Why:
    """The trace of a task that the person may see, and what each button leads to while it is open."""
    item, case = session.get_one(DbTask, view.id), session.get_one(DbCase, view.case.id)
    reason = view.why.get("reason", "post")
    is_open = item.state == "open" and view.case.running and not view.task.fills
    return Why(
        reason=reason,
        text=REASONS.get(reason, REASONS["post"]),
        values=_values(session, view, item, case),
        absent=view.absent,
        rules=_rules(view.case, view.created_at),
        branches=_branches(view.case, view.task.id),
        handed=_handed(session, view),
        version=view.case.version,
        step=view.task.id,
        ahead=look_ahead(session, case, item.engine_task, view.task, now=now) if is_open else [],
    )


def _values(session: Session, view: TaskView, item: DbTask, case: DbCase) -> dict[str, str]:
    lane = view.why.get("lane", item.lane)
    holders = holders_of(session, lane, starter_id=case.starter_id, department_id=case.department_id)
    names = names_of(session, [*holders, *_people(session, item)])
    return {
        "lane": lane,
        "department": view.case.department,
        "starter": view.case.starter.name,
        "holders": "、".join(names[person] for person in holders),
        "people": "、".join(names[person] for person in _people(session, item)),
    }


def _people(session: Session, item: DbTask) -> list[int]:
    """Whose task it is by itself, substitutes left out; of a closed one whoever closed it."""
    if item.state != "open":
        return [person for person in (item.assignee_id or item.closed_by,) if person is not None]
    query = select(DbInboxEntry.user_id).where(DbInboxEntry.task_id == item.id, DbInboxEntry.for_id.is_(None))
    return list(session.scalars(query.order_by(DbInboxEntry.user_id)))


def _rules(case: CaseView, opened_at: datetime) -> list[RuleMet]:
    """The newest answer of each decision before the task was opened, as the history has it."""
    lines = [line for line in case.history if line.action == "decision" and line.at <= opened_at]
    newest = {line.step: line for line in lines}
    shown = sorted(newest.values(), key=lambda line: line.at)[-_MOST_DECISIONS:]
    return [rule for line in shown for rule in _met(case.definition, line)]


def _met(definition: ProcessDefinition, line: HistoryLine) -> list[RuleMet]:
    model = definition.decisions.get(line.detail.get("decision", ""))
    return [_rule(model, line, fired) for fired in line.detail.get("trace") or []]


def _rule(model: DecisionModel | None, line: HistoryLine, fired: Mapping[str, Any]) -> RuleMet:
    table = _table(model, fired["decision"])
    number = fired.get("number")
    rule = next((each for each in table.rules if each.number == number), None) if table else None
    tests = (
        {
            column.label: test.source
            for column, test in zip(table.inputs, rule.tests, strict=True)
            if test.tree is not None
        }
        if table and rule
        else {}
    )
    labels = {output.name or fired["decision"]: output.label for output in table.outputs} if table else {}
    return RuleMet(
        at=line.at,
        table=fired["decision"],
        number=number,
        text=fired.get("description", ""),
        inputs=[
            Column(label=name, value=_shown(value), test=tests.get(name, "")) for name, value in fired["inputs"].items()
        ],
        outputs=[
            Column(label=labels.get(name) or name, value=_shown(value)) for name, value in fired["outputs"].items()
        ],
    )


def _table(model: DecisionModel | None, decision: str) -> DecisionTable | None:
    if model is None:
        return None
    try:
        logic = model.get_decision(decision).logic
    except WorkflowError:
        return None
    return logic if isinstance(logic, DecisionTable) else None


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, list):
        return "、".join(map(_shown, value))
    return str(value)


def _branches(case: CaseView, step: str) -> list[Taken]:
    found = branches_into(case.definition.diagram, step, {*case.passed, step})
    return [
        Taken(
            name=branch.name or branch.gateway_name or branch.condition,
            condition=branch.condition,
            values=_read(case, branch),
        )
        for branch in found
    ]


def _read(case: CaseView, branch: Branch) -> list[Column]:
    """What the condition reads, as the case has it now; the answer to a step is told by the branch's name."""
    if not branch.condition:
        return []
    try:
        names = free_names(parse_expression(branch.condition)) - _NOT_SHOWN
    except ExpressionError:
        return []
    labels = _labels(case.definition)
    known = sorted(name for name in names if name in case.variables)
    return [Column(label=labels.get(name, name), value=_shown(case.variables[name])) for name in known]


def _labels(definition: ProcessDefinition) -> dict[str, str]:
    """What people call the variables: by the forms that fill them, and by the tables that answer with them."""
    found = {
        name: about["title"]
        for form in definition.forms.values()
        for name, about in form.properties.items()
        if "title" in about
    }
    for model in definition.decisions.values():
        for decision in model.decisions:
            if isinstance(decision.logic, DecisionTable):
                found |= {
                    output.name: output.label for output in decision.logic.outputs if output.name and output.label
                }
    return found


def _handed(session: Session, view: TaskView) -> list[Handed]:
    """Who handed on a task of this step since it was opened."""
    lines = [
        line
        for line in view.case.history
        if line.action in HANDED and line.step == view.task.id and line.at >= view.created_at
    ]
    return [
        Handed(
            action=line.action,
            at=line.at,
            who=line.who.name if line.who else line.detail.get("from_name", ""),
            to=line.detail.get("to_name") or line.detail.get("names") or "",
            comment=line.comment,
        )
        for line in lines
    ]
