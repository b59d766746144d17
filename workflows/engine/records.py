"""The plain values that cross the border of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.branches import place_of


@dataclass(frozen=True, kw_only=True)
class Step:
    """A user task of the diagram."""

    id: str
    name: str
    lane: str
    properties: Mapping[str, str]
    multi_instance: bool
    line: int


@dataclass(frozen=True, kw_only=True)
class Element:
    """A flow node of the diagram, sub-processes included."""

    id: str
    kind: str
    """The local name of the BPMN tag, as ``userTask``."""
    name: str
    lane: str
    properties: Mapping[str, str]
    line: int
    attached_to: str | None = None
    """The activity that a boundary event sits on."""
    decision: str = ""
    """The decision table that a business rule task asks."""
    operation: str = ""
    """The operation that a service task runs."""


@dataclass(frozen=True, kw_only=True)
class OperationCall:
    """One run of a service task. When it is undone, ``variables`` hold what the operation returned as well."""

    element: str
    name: str
    operation: str
    parameters: Mapping[str, Any]
    variables: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What a decision table answered, and a trace that says why."""

    outputs: Mapping[str, Any]
    trace: Any = None


Operation = Callable[[OperationCall], Mapping[str, Any] | None]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Everything from outside that a process may touch. ``now`` is its only clock and must be aware."""

    now: datetime
    operations: Mapping[str, Operation]
    undo: Callable[[OperationCall], None]
    functions: Mapping[str, Callable[..., Any]]
    decide: Callable[[str, Mapping[str, Any]], Decided]
    held: frozenset[tuple[str, str | None]] = frozenset()
    """Elements, each in one branch or (None) in all, that this action leaves alone because they fail."""
    case: str = ""
    """What failures call the case; one action may drive several."""

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("now needs a time zone")


@dataclass(frozen=True, kw_only=True)
class OpenTask:
    """A task that waits for a person. ``item`` is the element of the collection that a multi-instance task is about."""

    id: str
    step: str
    name: str
    lane: str
    item: Any
    variables: dict[str, Any]
    branch: str = ""
    """The multi-instance sub-processes around it; see ``workflows.branches``."""

    @property
    def place(self) -> str:
        return place_of(self.step, self.branch)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A completed user task: one visit of its step. ``task_id`` is the id that it had while it was open."""

    step: str
    task_id: str
    branch: str = ""

    @property
    def place(self) -> str:
        return place_of(self.step, self.branch)


@dataclass(frozen=True, kw_only=True)
class JoinedStep:
    """A completed step whose branch was joined with others meanwhile.

    It opens again when the case returns to ``before``, the last step before the branches split, and runs on from there.
    ``later`` are the steps that were completed because it was.
    """

    step: str
    before: str
    later: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class WaitingTimer:
    """A timer that runs. ``due_at`` is in UTC; it fires in the first ``fire_timers`` at or after it."""

    id: str
    element: str
    name: str
    attached_to: str | None
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class HeldPlace:
    """An element that failed and is not run until somebody mends it. ``variables`` are those that it saw."""

    task_id: str
    element: str
    branch: str
    variables: dict[str, Any]
    ways: tuple[str, ...] = ()
    """Of a gateway: the elements that its ways out lead to."""


@dataclass(frozen=True, kw_only=True)
class StepCompleted:
    step: str


@dataclass(frozen=True, kw_only=True)
class OperationRan:
    call: OperationCall
    result: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class OperationUndone:
    call: OperationCall


@dataclass(frozen=True, kw_only=True)
class DecisionMade:
    element: str
    decision: str
    outputs: Mapping[str, Any]
    trace: Any


@dataclass(frozen=True, kw_only=True)
class TimerFired:
    element: str
    name: str
    attached_to: str | None


@dataclass(frozen=True, kw_only=True)
class MessageSent:
    name: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class EndReached:
    element: str
    name: str
    properties: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ElementPassed:
    element: str


Event = (
    StepCompleted
    | OperationRan
    | OperationUndone
    | DecisionMade
    | TimerFired
    | MessageSent
    | EndReached
    | ElementPassed
)
