"""Drives a case through a test: a clock, recorded operations and undoing, and a reload between any two actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from workflows.engine import Decided, Diagram, Instance, OperationCall, Surroundings, read_diagram

BEGIN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


class World:
    """The surroundings of one test, with what they were asked for."""

    def __init__(self, **operations: Callable[[OperationCall], Mapping[str, Any] | None]) -> None:
        self.now = BEGIN
        self.operations = operations
        self.functions: dict[str, Callable[..., Any]] = {}
        self.undone: list[OperationCall] = []
        self.decisions: dict[str, Mapping[str, Any]] = {}

    def tick(self, **lengths: float) -> None:
        self.now += timedelta(**lengths)

    def surroundings(self) -> Surroundings:
        return Surroundings(
            now=self.now,
            operations=self.operations,
            undo=self.undone.append,
            functions=self.functions,
            decide=lambda key, variables: Decided(outputs=self.decisions[key], trace=f"rule 1 of {key}"),
        )


class Case:
    """A case that is reloaded from its bytes before every action, as in production."""

    def __init__(
        self, xml: bytes | Diagram, variables: Mapping[str, Any] | None = None, world: World | None = None
    ) -> None:
        self.diagram = xml if isinstance(xml, Diagram) else read_diagram(xml, file="test.bpmn")
        self.world = world or World()
        self.instance = Instance.start(self.diagram, variables or {}, self.world.surroundings())

    def reload(self) -> Instance:
        self.instance = Instance.load(self.diagram, self.instance.dump(), self.world.surroundings())
        return self.instance

    def open(self) -> list[str]:
        return [task.step for task in self.instance.open_tasks()]

    def task(self, step: str, item: Any = None) -> str:
        """The id of the open task at ``step``; of several the first, or the one about ``item``."""
        tasks = [task for task in self.instance.open_tasks() if task.step == step and item in (None, task.item)]
        return tasks[0].id

    def do(self, step: str, *, item: Any = None, **variables: Any) -> Case:
        self.reload().complete(self.task(step, item), variables)
        return self

    def walk(self, *steps: str) -> Case:
        for step in steps:
            self.do(step)
        return self

    def back(self, step: str, *, from_step: str) -> Case:
        self.reload().return_to(self.task(from_step), step)
        return self

    def after(self, **lengths: float) -> Case:
        self.world.tick(**lengths)
        self.reload().fire_timers()
        return self
