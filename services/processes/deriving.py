"""From a case to a scenario: what people submitted, when, what operations answered, and how it came out.

The history of a case says who did what in which order, and what an earlier round of a form said before it was
overwritten. What it does not say is named in the scenario's remarks, and the scenario is played before it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.action import surroundings
from services.cases.case_run import CaseRun
from services.cases.history import WAS
from services.cases.models import RUNNING, DbCase, DbHistory
from services.database import read_session
from services.errors import InvalidInput, NotFound
from services.processes.drafts import EDITED, change_files, get_draft, require_owner
from services.processes.masking import masked as without_names
from services.processes.scenario_files import path_of, written
from services.processes.versions import get_definition
from services.types import Actor, CaseId, VersionId
from workflows.branches import place_of
from workflows.calendar import COMPANY_ZONE
from workflows.definition import ProcessDefinition
from workflows.engine import Instance
from workflows.forms import Form
from workflows.scenarios import Played, attempt

MAX_TITLE = 120
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")
_MONEY = re.compile(r"-?\d+\.\d{2}")
_ABOUT_STARTER = ("starter_name", "starter_department", "started_on")
_ENDED_BY_HAND = {"withdrawn": "撤回", "cancelled": "撤销", "failed": "出错中止"}
_LEFT_OUT = {
    "transferred": "转办",
    "delegated": "委派",
    "added": "加签",
    "removed": "减签",
    "taken_back": "撤回任务",
    "reassigned": "改派",
    "mended": "处理异常",
}


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A scenario as it would be written, and what of the case it cannot say."""

    title: str
    scenario: Mapping[str, Any]
    remarks: tuple[str, ...]
    """What is left out or only nearly so, and what came otherwise when it was played."""
    is_green: bool


def scenario_from_case(session: Session, case_id: CaseId, *, title: str = "", masked: bool = False) -> Derived:
    """The scenario that a case, running or ended, plays again; ``masked`` replaces names, telephones and addresses.

    The caller has made sure that the person may see the case. Raises NotFound.
    """
    case = session.get(DbCase, case_id)
    if case is None:
        raise NotFound("没有这件事，或您无权查看")
    definition = get_definition(session, VersionId(case.version_id))
    lines = session.scalars(select(DbHistory).where(DbHistory.case_id == case_id).order_by(DbHistory.position)).all()
    teller = _Teller(definition, case, list(lines), _variables(session, case, definition))
    scenario = teller.scenario(title.strip()[:MAX_TITLE] or case.title)
    if masked:
        scenario = without_names(session, scenario)
    played = attempt(definition, scenario)
    expected, remarks = teller.expected(played)
    scenario = {**scenario, "expect": expected}
    return Derived(
        title=scenario["title"], scenario=scenario, remarks=(*teller.remarks, *remarks), is_green=not remarks
    )


def scenario_from_closed_case(session: Session, actor: Actor, key: str, case_id: CaseId, *, masked: bool) -> Derived:
    """The same of an ended case of the process, for a process owner. Raises NotFound, NotPermitted."""
    require_owner(actor)
    case = session.get(DbCase, case_id)
    if case is None or case.process_key != key or case.status == RUNNING:
        raise NotFound("没有这件已办结的事项")
    return scenario_from_case(session, case_id, masked=masked)


def keep_scenario(actor: Actor, key: str, derived: Derived, *, now: datetime) -> str:
    """Write the scenario into the draft of the process under a name that is free; its name.

    Raises NotPermitted, NotFound, InvalidInput.
    """
    draft = get_draft(read_session(), actor, key)
    name = next(free for free in _names() if path_of(free) not in draft.files)
    content = written(derived.scenario, remarks=list(derived.remarks))
    read_session().rollback()
    note = f"场景：{derived.title}"
    change_files(actor, key, {path_of(name): content}, revision=draft.revision, now=now, kind=EDITED, note=note)
    return name


def _names() -> Iterator[str]:
    return (f"recorded_{number}" for number in range(1, 1_000))


def _variables(session: Session, case: DbCase, definition: ProcessDefinition) -> dict[str, Any]:
    """What the case knows now, with the types that the history's text has lost."""
    run = CaseRun(session=session, case=case, definition=definition, now=case.created_at, actor=None)
    return Instance.load(definition.diagram, case.state, surroundings(run)).variables()


@dataclass(kw_only=True)
class _Told:
    """What the history has told so far."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    at: datetime
    calls: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)


class _Teller:
    """One case being told."""

    def __init__(
        self, definition: ProcessDefinition, case: DbCase, lines: list[DbHistory], variables: Mapping[str, Any]
    ) -> None:
        self.definition, self.case, self.lines, self.variables = definition, case, lines, variables
        self.remarks: list[str] = []
        self.submitted = self._submitted()
        self.told = _Told(at=_second(lines[0].at if lines else case.created_at))

    def scenario(self, title: str) -> dict[str, Any]:
        for number, line in enumerate(self.lines):
            self._tell(number, line)
        self._remark_on_what_is_left_out()
        steps = [
            {name: _answers(value) if name == "operations" else value for name, value in step.items()}
            for step in self.told.steps
        ]
        knows = {name: self.variables[name] for name in _ABOUT_STARTER if name in self.variables}
        begins = _second(self.lines[0].at if self.lines else self.case.created_at)
        return {"title": title, "begins": begins, "knows": knows, "steps": steps, "expect": {}}

    def expected(self, played: Played) -> tuple[dict[str, Any], list[str]]:
        """What the case came to, as the scenario's expectation, and where playing it came to something else."""
        expect: dict[str, Any] = {"path": list(played.path), "open": list(played.open), "status": self.case.status}
        if self.case.status in _ENDED_BY_HAND:
            expect["status"] = "running"
        remarks = [f"没有走完：{played.stopped}"] if played.stopped else []
        if not played.stopped and played.status != expect["status"]:
            remarks.append(f"这件事的结果是“{expect['status']}”，重走的结果是“{played.status}”")
        calls = [str(call.get("do") or f"undo {call.get('undo')}") for call in played.operations]
        if not played.stopped and calls != self.told.calls:
            remarks.append("系统执行的操作与这件事的记录不同，请核对后再用")
        elif not _holds_nothing(played.operations):
            expect["operations"] = list(played.operations)
        return expect, remarks

    def _tell(self, number: int, line: DbHistory) -> None:
        match line.action:
            case "started" | "completed":
                if not self._is_signature(number, line):
                    self._step(line, values=self.submitted.get(line.position))
            case "decided":
                self._step(line, signatures={name: line.detail[name] for name in _COUNTS if name in line.detail})
            case "kept":
                self._step(line, comment="")
            case "returned":
                self._step(line, outcome="", return_to=line.detail.get("to", ""))
            case "timer":
                self._time(line)
            case "message":
                self._message(line)
            case "operation":
                self._operation(line)
            case "undone":
                self.told.calls.append(f"undo {line.detail['operation']}")

    def _step(self, line: DbHistory, **more: Any) -> None:
        task = self.definition.tasks[line.step]
        told = {
            "step": line.step,
            "branch": line.detail.get("branch", ""),
            "at": self._moved_to(line.at),
            "outcome": line.outcome if line.outcome != task.outcomes[0] else "",
            "comment": line.comment,
            **more,
        }
        self.told.steps.append({name: value for name, value in told.items() if value not in ("", None, {})})

    def _time(self, line: DbHistory) -> None:
        at = self._moved_to(line.at)
        if at is not None:
            self.told.steps.append({"at": at})

    def _message(self, line: DbHistory) -> None:
        told = {"message": line.detail["message"], "at": self._moved_to(line.at), "payload": line.detail.get("payload")}
        # what a register tells a case is read by an operation; only what a person sent is handed over
        if line.user_id is None:
            told.pop("payload")
        self.told.steps.append({name: value for name, value in told.items() if value not in (None, {})})

    def _operation(self, line: DbHistory) -> None:
        name = line.detail["operation"]
        self.told.calls.append(name)
        answer = {key: self._typed(key, value) for key, value in line.detail.get("result", {}).items()}
        if not self.told.steps or not (answer or name in self.told.answered):
            return
        self.told.answered.add(name)
        self.told.steps[-1].setdefault("operations", {}).setdefault(name, []).append(answer)

    def _moved_to(self, at: datetime) -> datetime | None:
        moment = _second(at)
        if moment == self.told.at:
            return None
        self.told.at = moment
        return moment

    def _is_signature(self, number: int, line: DbHistory) -> bool:
        """Whether it is one of several signatures, which count only together."""
        for later in self.lines[number + 1 :]:
            if later.step == line.step and later.action == "decided":
                return True
            elsewhere = later.action == "completed" and later.step != line.step
            if elsewhere or later.action in ("returned", "ended", "kept"):
                return False
        return False

    def _submitted(self) -> dict[int, dict[str, Any]]:
        """The values of each submission by the line's position, from the newest back to the first."""
        now = {place: dict(values) for place, values in self.case.forms.items()}
        found: dict[int, dict[str, Any]] = {}
        later: set[str] = set()
        for line in reversed(self.lines):
            place = self._form_place(line)
            if place is None or place not in now:
                continue
            form = self.definition.form_of(line.step)
            found[line.position] = self._values(form, line.step, now[place], before=line.detail.get(WAS, {}))
            if place in later and WAS not in line.detail and self._is_unknown_before(line, place):
                self.remarks.append(f"“{line.name}”较早一次提交的内容没有留下，用的是最后一次的内容")
            later.add(place)
            for name, value in line.detail.get(WAS, {}).items():
                now[place][name] = value
        return found

    def _is_unknown_before(self, line: DbHistory, place: str) -> bool:
        """Whether a later submission of the form overwrote this one without saying what it said."""
        after = (other for other in self.lines if other.position > line.position)
        return any(self._form_place(other) == place and WAS not in other.detail for other in after)

    def _form_place(self, line: DbHistory) -> str | None:
        if line.action not in ("started", "completed") or line.step not in self.definition.tasks:
            return None
        form = self.definition.form_of(line.step)
        task = self.definition.tasks[line.step]
        if not (task.fills or form.rights_at(line.step).editable):
            return None
        return place_of(form.key, line.detail.get("branch", ""))

    def _values(self, form: Form, step: str, stored: Mapping[str, Any], *, before: Mapping[str, Any]) -> dict[str, Any]:
        rights, found = form.rights_at(step), {}
        for name, what in form.properties.items():
            typed = rights.may_edit(name)
            if not typed or what.get("x-compute") or what.get("x-widget") == "files":
                continue
            value = stored.get(name)
            if value in (None, "", []):
                # an emptied field is only said where the form would open with something else
                if what.get("x-default") or before.get(name):
                    found[name] = [] if what.get("type") == "array" else ""
                continue
            found[name] = value
        return found

    def _typed(self, name: str, value: Any) -> Any:
        """Text that was an exact number before the history wrote it down."""
        if isinstance(value, Mapping):
            return {key: self._typed(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._typed(name, item) for item in value]
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            return value
        known = self.variables.get(name)
        is_number = isinstance(known, int | Decimal) and not isinstance(known, bool)
        if is_number or (known is None and _MONEY.fullmatch(value)):
            return Decimal(value)
        return value

    def _remark_on_what_is_left_out(self) -> None:
        found = {line.action for line in self.lines} & _LEFT_OUT.keys()
        if found:
            names = "、".join(_LEFT_OUT[action] for action in sorted(found))
            self.remarks.append(f"场景只写走法：{names}没有写进去")
        forms = self.definition.forms.values()
        if any(what.get("x-widget") == "files" for form in forms for what in form.properties.values()):
            self.remarks.append("附件没有写进场景")
        if self.case.status in _ENDED_BY_HAND:
            self.remarks.append(f"这件事被{_ENDED_BY_HAND[self.case.status]}，场景停在那之前")
        elif self.case.status == RUNNING:
            self.remarks.append("这件事还在进行，场景停在当时")


_COUNTS = ("approvals", "rejections", "abstentions")


def _answers(by_name: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {name: found[0] if len(found) == 1 else found for name, found in by_name.items()}


def _second(moment: datetime) -> datetime:
    """On the company's clock, rounded up: whatever was due by then is due by the full second too."""
    whole = moment.replace(microsecond=0)
    return (whole if whole == moment else whole + timedelta(seconds=1)).astimezone(COMPANY_ZONE)


def _holds_nothing(value: Any) -> bool:
    """Whether a None is anywhere in it, which a file cannot say."""
    if isinstance(value, Mapping):
        return any(_holds_nothing(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_nothing(item) for item in value)
    return value is None


def require_title(title: str) -> str:
    """Raises InvalidInput without one."""
    if not title.strip():
        raise InvalidInput({"title": ["请给场景起一个名称"]})
    return title.strip()[:MAX_TITLE]
