"""Plays the scenarios of a process folder: what people type, what operations answer, and what should come of it.

The format is described in ``bpmn/README.md``. Nothing here needs a database: the engine, forms, decision tables and
calendar are the real ones, operations only answer what the scenario says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from workflows.branches import place_of
from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.decisions import decide
from workflows.definition import ProcessDefinition, Task
from workflows.engine import Decided, Instance, OpenTask, OperationCall, Surroundings
from workflows.errors import WorkflowError
from workflows.expressions import FUNCTIONS, UnknownName, evaluate
from workflows.expressions.limits import exact_throughout
from workflows.forms import AnyCode, from_json, prefill, submit

_PARTS = frozenset({"title", "begins", "knows", "operations", "steps", "expect"})
_STEP_PARTS = frozenset(
    {"step", "branch", "at", "outcome", "comment", "values", "refused", "message", "payload", "operations"}
)
_EXPECTED = ("path", "open", "status", "operations")


class ScenarioError(WorkflowError):
    """The scenario cannot be played: it says something that the process cannot do."""


@dataclass(kw_only=True)
class Played:
    """What came of a scenario."""

    path: list[str] = field(default_factory=list)
    """Every step that was asked of somebody, in the order of asking."""
    open: list[str] = field(default_factory=list)
    status: str = "running"
    operations: list[dict[str, Any]] = field(default_factory=list)
    """Every call in order: its name as ``do``, and its parameters."""


def play(definition: ProcessDefinition, scenario: Mapping[str, Any]) -> Played:
    """Play a scenario from its start. Raises ScenarioError naming the step, and EngineFailed."""
    _refuse_foreign(scenario, _PARTS, "the scenario")
    player = _Player(definition, exact_throughout(_plain(scenario)))
    for number, step in enumerate(player.scenario["steps"], 1):
        try:
            _refuse_foreign(step, _STEP_PARTS, "the step")
            player.take(step)
        except ScenarioError as error:
            raise ScenarioError(f"step {number} ({step.get('step') or step.get('message', 'at')}): {error}") from error
    return player.played


def differences(definition: ProcessDefinition, scenario: Mapping[str, Any]) -> list[str]:
    """What came otherwise than the scenario expects, one sentence each; empty when all is as it should be."""
    try:
        played = asdict(play(definition, scenario))
    except WorkflowError as error:
        return [str(error)]
    expected = exact_throughout(_plain(scenario["expect"]))
    _refuse_foreign(expected, frozenset(_EXPECTED), "expect")
    return [
        f"{part}: expected {_shown(expected[part])}, but it came to {_shown(played[part])}"
        for part in _EXPECTED
        if part in expected and expected[part] != played[part]
    ]


def _shown(value: Any) -> str:
    return "\n".join(["", *(f"  {item}" for item in value)]) if isinstance(value, list) else str(value)


def _refuse_foreign(record: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    if foreign := sorted(record.keys() - known):
        raise ScenarioError(f"{what} has no part called {', '.join(foreign)}")


def _plain(value: Any) -> Any:
    """TOML's own dates as the text that forms send."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


class _Player:
    def __init__(self, definition: ProcessDefinition, scenario: dict[str, Any]) -> None:
        self.definition = definition
        self.scenario = scenario
        self.played = Played()
        self.now: datetime = scenario["begins"]
        self.forms: dict[str, dict[str, Any]] = {}
        self._asked: set[str] = set()
        self.answers: dict[str, Any] = dict(scenario.get("operations", {}))
        self._operations = {each.operation for each in definition.diagram.elements.values() if each.operation}
        known = {**definition.settings.variables, **scenario.get("knows", {})}
        self.instance = Instance.start(definition.diagram, known, self._surroundings())
        self._look()

    def take(self, step: Mapping[str, Any]) -> None:
        """One entry of the scenario: somebody finishes a step, a message comes, or time passes."""
        self._pass_time(max(self.now, step.get("at", self.now)))
        self.answers |= step.get("operations", {})
        if "message" in step:
            self._send(step)
        if "step" in step:
            self._finish(step)
        self._look()

    def _pass_time(self, until: datetime) -> None:
        """As the worker does: every timer fires at its own moment, also those that earlier ones started."""
        self._reload()
        while (waiting := self.instance.timers()) and waiting[0].due_at <= until:
            self.now = max(self.now, waiting[0].due_at)
            self._reload().fire_timers()
            self._look()
        self.now = until
        self._reload()

    def _send(self, step: Mapping[str, Any]) -> None:
        waiting = self.instance.waiting_messages()
        if step["message"] not in waiting:
            raise ScenarioError(f"nothing waits for this message; awaited are: {', '.join(waiting) or 'none'}")
        self.instance.send_message(step["message"], step.get("payload", {}))

    def _finish(self, step: Mapping[str, Any]) -> None:
        waiting = [task for task in self.instance.open_tasks() if task.step == step["step"]]
        waiting = [task for task in waiting if step.get("branch", task.branch) == task.branch]
        if not waiting:
            raise ScenarioError(f"nobody is asked for it now; open are: {', '.join(self.played.open) or 'no steps'}")
        task = self.definition.tasks[step["step"]]
        outcome = step.get("outcome", task.outcomes[0])
        if outcome not in task.outcomes:
            raise ScenarioError(f"{outcome} is none of its outcomes: {', '.join(task.outcomes)}")
        variables = {"outcome": outcome, "comment": step.get("comment", "")}
        if self._lacks_reason(waiting[0], task, variables):
            if step.get("refused") != {"comment": [task.comment_refusal]}:
                raise ScenarioError(f"the step asks for a comment: {task.comment_refusal}")
            return
        if self.definition.fills_fields(task.id) or "values" in step:
            filled = self._filled(waiting[0], step)
            if filled is None:
                return
            variables |= filled
        self.instance.complete(waiting[0].id, variables)

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
        opened = {
            **prefill(form, waiting.variables, functions),
            **self.forms.get(place_of(form.key, waiting.branch), {}),
        }
        typed = from_json(form.properties, {**opened, **step.get("values", {})})
        context = {**waiting.variables, "comment": step.get("comment", "")}
        found = submit(form, typed, context=context, functions=functions, lookups=AnyCode())
        if found.errors != step.get("refused", {}):
            raise ScenarioError(f"the form is refused otherwise than expected: {found.errors or 'not at all'}")
        if found.errors:
            return None
        self.forms[place_of(form.key, waiting.branch)] = found.values
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
        answer: dict[str, Any] = self.answers.get(call.operation, {})
        return answer

    def _decide(self, name: str, variables: Mapping[str, Any]) -> Decided:
        outputs, trace = decide(self.definition.decisions[name], name, variables)
        return Decided(outputs=outputs, trace=[asdict(rule) for rule in trace])
