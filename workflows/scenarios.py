"""Plays the scenarios of a process folder: what people type, what operations answer, and what should come of it.

The format is described in ``bpmn/README.md``. Nothing here needs a database: the engine, forms, decision tables and
calendar are the real ones, operations only answer what the scenario says. Process owners read what is refused here, so
every sentence is Chinese and calls steps by their names.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from workflows.branches import place_of
from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.decisions import decide
from workflows.definition import ProcessDefinition, Task
from workflows.engine import CannotReturn, Decided, Instance, OpenTask, OperationCall, Surroundings
from workflows.errors import WorkflowError
from workflows.expressions import FUNCTIONS, UnknownName, evaluate
from workflows.expressions.limits import exact_throughout
from workflows.forms import AnyCode, from_json, prefill, submit
from workflows.scenario_words import EXPECTED, check_scenario, check_step, difference, named, refusals

MAX_FIRINGS = 1_000
MAX_SECONDS = 5.0
"""Of computing, not of waiting: what else the machine does changes no result."""
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


class ScenarioError(WorkflowError):
    """The scenario cannot be played: it says something that the process cannot do."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """How the case stood after one step of the scenario."""

    at: datetime
    open: tuple[str, ...]
    operations: int
    """How many operations had been called by then."""


@dataclass(kw_only=True)
class Played:
    """What came of a scenario."""

    path: list[str] = field(default_factory=list)
    """Every step that was asked of somebody, in the order of asking."""
    open: list[str] = field(default_factory=list)
    status: str = "running"
    operations: list[dict[str, Any]] = field(default_factory=list)
    """Every call in order: its name as ``do``, and its parameters."""
    moments: list[Moment] = field(default_factory=list)
    """One for each step of the scenario that was played."""
    stopped: str = ""
    """Why it could not be played to its end; empty where it was."""
    ran_out: bool = False
    """It was stopped because it computed for too long."""


def play(definition: ProcessDefinition, scenario: Mapping[str, Any], *, seconds: float = MAX_SECONDS) -> Played:
    """Play a scenario from its start. Raises ScenarioError naming the step, and EngineFailed.

    One that takes longer than ``seconds`` of computing, or fires timers without end, is stopped with a ScenarioError.
    """
    played = attempt(definition, scenario, seconds=seconds)
    if played.stopped:
        raise ScenarioError(played.stopped)
    return played


def attempt(definition: ProcessDefinition, scenario: Mapping[str, Any], *, seconds: float = MAX_SECONDS) -> Played:
    """Play a scenario as far as it goes; ``stopped`` says why it went no further."""
    played = Played()
    place = ""
    try:
        if reason := check_scenario(scenario):
            raise ScenarioError(reason)
        player = _Player(definition, exact_throughout(_plain(scenario)), played, until=time.thread_time() + seconds)
        for number, step in enumerate(player.scenario["steps"], 1):
            place = f"第 {number} 步“{named(definition, step.get('step') or step.get('message') or '时间')}”："
            if reason := check_step(step):
                raise ScenarioError(reason)
            player.take(step)
    except WorkflowError as error:
        reason = str(error) if isinstance(error, ScenarioError) else f"流程在这里无法继续：{error}"
        played.stopped = f"{place}{reason}"
    except _UNREADABLE as error:
        played.stopped = f"{place}写法无法读懂（{type(error).__name__}），请检查填写的内容"
    return played


def differences(
    definition: ProcessDefinition, scenario: Mapping[str, Any], *, seconds: float = MAX_SECONDS
) -> list[str]:
    """What came otherwise than the scenario expects, one sentence each; empty when all is as it should be."""
    return compared(definition, scenario, attempt(definition, scenario, seconds=seconds))


def compared(definition: ProcessDefinition, scenario: Mapping[str, Any], played: Played) -> list[str]:
    """As ``differences``, of what was played already."""
    if played.stopped:
        return [played.stopped]
    expected, came = exact_throughout(_plain(scenario["expect"])), asdict(played)
    return [
        difference(definition, part, expected[part], came[part])
        for part in EXPECTED
        if part in expected and expected[part] != came[part]
    ]


def _plain(value: Any) -> Any:
    """TOML's own dates as the text that forms send."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


class _Player:
    def __init__(
        self, definition: ProcessDefinition, scenario: dict[str, Any], played: Played, *, until: float
    ) -> None:
        self.definition = definition
        self.scenario = scenario
        self.played = played
        self.now: datetime = scenario["begins"]
        self.forms: dict[str, dict[str, Any]] = {}
        self._until = until
        self._fired = 0
        self._asked: set[str] = set()
        self.answers: dict[str, Any] = dict(scenario.get("operations", {}))
        self._operations = {each.operation for each in definition.diagram.elements.values() if each.operation}
        known = {**definition.settings.variables, **scenario.get("knows", {})}
        self.instance = Instance.start(definition.diagram, known, self._surroundings())
        self._look()

    def take(self, step: Mapping[str, Any]) -> None:
        """One entry of the scenario: somebody finishes a step, a message comes, or time passes."""
        self.answers |= step.get("operations", {}) if "step" not in step and "message" not in step else {}
        self._pass_time(max(self.now, step.get("at", self.now)))
        self.answers |= step.get("operations", {})
        if "message" in step:
            self._send(step)
        if "step" in step:
            self._finish(step)
        self._look()
        moment = Moment(at=self.now, open=tuple(self.played.open), operations=len(self.played.operations))
        self.played.moments.append(moment)

    def _pass_time(self, until: datetime) -> None:
        """As the worker does: every timer fires at its own moment, also those that earlier ones started."""
        self._reload()
        while (waiting := self.instance.timers()) and waiting[0].due_at <= until:
            self._spend()
            self.now = max(self.now, waiting[0].due_at)
            self._reload().fire_timers()
            self._look()
        self.now = until
        self._reload()

    def _spend(self) -> None:
        self._fired += 1
        if self._fired > MAX_FIRINGS:
            raise ScenarioError(f"定时反复触发，超过 {MAX_FIRINGS} 次后停止了；请检查流程中重复的定时")
        self._require_time()

    def _require_time(self) -> None:
        if time.thread_time() > self._until:
            self.played.ran_out = True
            raise ScenarioError("运行时间过长，已经停止；请检查流程中是否有走不完的循环，或减少步骤")

    def _send(self, step: Mapping[str, Any]) -> None:
        waiting = self.instance.waiting_messages()
        if step["message"] not in waiting:
            raise ScenarioError(f"这时没有环节在等这条消息；在等的消息是：{'、'.join(waiting) or '没有'}")
        self.instance.send_message(step["message"], step.get("payload", {}))

    def _finish(self, step: Mapping[str, Any]) -> None:
        waiting = self._waiting(step)
        task = self.definition.tasks[step["step"]]
        if "return_to" in step:
            self._return(waiting, step["return_to"])
            return
        outcome = step.get("outcome", task.outcomes[0])
        if outcome not in task.outcomes:
            names = "、".join(task.outcomes)
            raise ScenarioError(f"没有“{outcome}”这种处理方式；可用的是：{names}")
        variables = {"outcome": outcome, "comment": step.get("comment", ""), **step.get("signatures", {})}
        if self._lacks_reason(waiting, task, variables):
            if step.get("refused") != {"comment": [task.comment_refusal]}:
                raise ScenarioError(f"这一步要求填写意见：{task.comment_refusal}")
            return
        if self.definition.fills_fields(task.id) or "values" in step:
            filled = self._filled(waiting, step)
            if filled is None:
                return
            variables |= filled
        self._require_time()
        self.instance.complete(waiting.id, variables)

    def _waiting(self, step: Mapping[str, Any]) -> OpenTask:
        found = [task for task in self.instance.open_tasks() if task.step == step["step"]]
        found = [task for task in found if step.get("branch", task.branch) == task.branch]
        if found:
            return found[0]
        names = "、".join(f"“{named(self.definition, open_step)}”" for open_step in dict.fromkeys(self.played.open))
        raise ScenarioError(f"这时不在任何人的待办里；正在等人处理的是：{names or '没有'}")

    def _return(self, waiting: OpenTask, target: str) -> None:
        """退回: as services/tasks/return_task.py does it, steps of joined branches included."""
        joined = self.instance.joined_steps(waiting.id).get(target)
        # a step that is opened again is asked of people once more, under the id that it had before
        self._asked = {task.id for task in self.instance.open_tasks()}
        try:
            self.instance.return_to(waiting.id, joined.before if joined else target)
        except CannotReturn as error:
            raise ScenarioError(f"不能退回到“{named(self.definition, target)}”") from error

    def _lacks_reason(self, waiting: OpenTask, task: Task, variables: Mapping[str, Any]) -> bool:
        if not task.comment_when or variables["comment"]:
            return False
        try:
            return bool(
                evaluate(task.comment_when, {**waiting.variables, **variables}, {**FUNCTIONS, **self._calendar()})
            )
        except UnknownName:
            return False  # the scenario says nothing of it

    def _filled(self, waiting: OpenTask, step: Mapping[str, Any]) -> dict[str, Any] | None:
        """The variables of the submitted form; None where it is refused as the scenario expects."""
        form = self.definition.form_of(waiting.step)
        functions = {**FUNCTIONS, **self._calendar()}
        place = place_of(form.key, waiting.branch)
        opened = {**prefill(form, waiting.variables, functions), **self.forms.get(place, {})}
        typed = from_json(form.properties, {**opened, **step.get("values", {})})
        context = {**waiting.variables, "comment": step.get("comment", "")}
        found = submit(form, typed, context=context, functions=functions, lookups=AnyCode())
        if found.errors != step.get("refused", {}):
            raise ScenarioError(refusals(form, found.errors, step.get("refused", {})))
        if found.errors:
            return None
        self.forms[place] = found.values
        return {**dict.fromkeys(form.properties), **found.values}

    def _look(self) -> None:
        """Note what is asked of people now, and how the case stands."""
        waiting = self.instance.open_tasks()
        self.played.path += [task.step for task in waiting if task.id not in self._asked]
        self._asked |= {task.id for task in waiting}
        self.played.open = [task.step for task in waiting]
        end = self.instance.finished
        self.played.status = end.properties.get("status", "completed") if end else "running"

    def _reload(self) -> Instance:
        """Between any two actions a case is written down and read again."""
        self.instance = Instance.load(self.definition.diagram, self.instance.dump(), self._surroundings())
        return self.instance

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            now=self.now,
            operations=dict.fromkeys(self._operations, self._operate),
            undo=lambda call: self.played.operations.append({"undo": call.operation}),
            functions=self._calendar(),
            decide=self._decide,
        )

    def _calendar(self) -> dict[str, Any]:
        return dict(calendar_functions(CompanyCalendar(), self.now))

    def _operate(self, call: OperationCall) -> dict[str, Any]:
        self.played.operations.append({"do": call.operation, **call.parameters})
        answer = self.answers.get(call.operation, {})
        if isinstance(answer, list):
            # one answer a call, the last of them for good
            self.answers[call.operation] = answer[1:] or answer
            answer = answer[0] if answer else {}
        found: dict[str, Any] = answer
        return found

    def _decide(self, name: str, variables: Mapping[str, Any]) -> Decided:
        outputs, trace = decide(self.definition.decisions[name], name, variables)
        return Decided(outputs=outputs, trace=[asdict(rule) for rule in trace])
