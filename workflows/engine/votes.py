"""Multi-instance tasks that can count votes: all sign, any one, N of M, in parallel or one after the other.

The library evaluates the completion condition on the data of the last child, where the collected output is a copy
from the start; ``len(votes) >= 2`` never becomes true there. It cannot start a second round either, because the
output is not empty.
"""
# mypy: allow-subclassing-any

from __future__ import annotations

from typing import Any

from SpiffWorkflow.spiff.specs.defaults import ParallelMultiInstanceTask, SequentialMultiInstanceTask
from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask
from SpiffWorkflow.util.task import TaskState

from workflows.engine.places import holds
from workflows.engine.scripts import failure
from workflows.engine.values import merged

MAX_INSTANCES = 100
_HIDDEN = "hidden"
"""Internal data: variables of the process that bear the name of the loop's item or result while the loop runs."""


class Votes:
    """What both kinds share. The condition sees the collected output and the counters that BPMN 2.0 names."""

    data_input: Any
    data_output: Any
    input_item: Any
    output_item: Any
    cardinality: Any
    condition: str | None

    def check_completion_condition(self, my_task: Any) -> bool:
        if self.condition is None or not my_task.internal_data.get("merged") or holds(my_task):
            return False
        counters = self._counters(my_task)
        for name in counters:
            my_task.data.pop(name, None)
        return bool(my_task.workflow.script_engine.evaluate(my_task, self.condition, external_context=counters))

    def _counters(self, my_task: Any) -> dict[str, int]:
        instances = list(self._instances(my_task))  # type: ignore[attr-defined]
        to_come = len(my_task.internal_data.get("remaining", ()))
        if "cardinality" in my_task.internal_data:
            to_come = my_task.internal_data["cardinality"] - my_task.internal_data["current"]
        return {
            "nrOfInstances": to_come + sum(task.state != TaskState.CANCELLED for task in instances),
            "nrOfCompletedInstances": sum(task.state == TaskState.COMPLETED for task in instances),
            "nrOfActiveInstances": sum(not task.has_state(TaskState.FINISHED_MASK) for task in instances),
        }

    def _update_hook(self, my_task: Any) -> bool:
        if holds(my_task):
            SpiffBpmnTask._update_hook(self, my_task)
            my_task._set_state(TaskState.STARTED)
            return False
        return bool(super()._update_hook(my_task))  # type: ignore[misc]

    def create_child(self, my_task: Any, item: Any, key_or_index: Any = None) -> None:
        if len(my_task.children) > MAX_INSTANCES:
            raise failure(my_task, f"more than {MAX_INSTANCES} people cannot sign one step")
        for name in self._own_names():
            if name in my_task.data:
                my_task.internal_data.setdefault(_HIDDEN, {})[name] = my_task.data.pop(name)
        super().create_child(my_task, item, key_or_index)  # type: ignore[misc]

    def look_again(self, my_task: Any) -> None:
        """Ask the completion condition once more, on what was collected so far."""
        if self.check_completion_condition(my_task):
            for instance in self._instances(my_task):  # type: ignore[attr-defined]
                instance.cancel()
            my_task._set_state(TaskState.READY)

    def _own_names(self) -> list[str]:
        return [reference.bpmn_id for reference in (self.input_item, self.output_item) if reference is not None]

    def _run_hook(self, my_task: Any) -> bool:
        my_task.data = {**my_task.internal_data.pop(_HIDDEN, {}), **my_task.data}
        return bool(super()._run_hook(my_task))  # type: ignore[misc]

    def _collect(self, my_task: Any, child: Any) -> None:
        my_task.internal_data["merged"].append(str(child.id))
        if self.data_output is None or self.output_item is None:
            own = self._own_names()
            changed = {name: value for name, value in child.data.items() if name not in own}
            my_task.data = merged(my_task.parent.data, [my_task.data, changed])
            return
        if not self.output_item.exists(child):
            raise failure(child, f"the step must set {self.output_item.bpmn_id}")
        value, collected = self.output_item.get(child), self.data_output.get(my_task)
        if isinstance(collected, dict):
            collected = {**collected, child.internal_data["key_or_index"]: value}
        elif self._in_place():
            index = child.internal_data["key_or_index"]
            collected = [*collected[:index], value, *collected[index + 1 :]]
        else:
            collected = [*collected, value]
        self.data_output.set(my_task, collected)

    def _in_place(self) -> bool:
        return self.data_input is not None and self.data_input.bpmn_id == self.data_output.bpmn_id

    def _begin(self, my_task: Any) -> None:
        """A second round starts with an empty output."""
        if self.data_input is not None and not isinstance(self.data_input.get(my_task), list | dict):
            raise failure(my_task, f"{self.data_input.bpmn_id} is no list")
        if self.data_output is not None and not self._in_place():
            my_task.data.pop(self.data_output.bpmn_id, None)


class ParallelVotes(Votes, ParallelMultiInstanceTask):
    """All at once. A signer who was cancelled does not hold up the others."""

    def create_children(self, my_task: Any) -> None:
        self._begin(my_task)
        super().create_children(my_task)

    def merge_child(self, workflow: Any, child: Any) -> None:
        my_task = child.parent
        self._collect(my_task, child)
        if self.check_completion_condition(my_task):
            for instance in self._instances(my_task):
                instance.cancel()
            my_task._set_state(TaskState.READY)
        elif self.children_complete(my_task):
            my_task._set_state(TaskState.READY)

    def children_complete(self, my_task: Any) -> bool:
        return all(task.has_state(TaskState.FINISHED_MASK) for task in self._instances(my_task))


class SequentialVotes(Votes, SequentialMultiInstanceTask):
    """One after the other; whoever has not had their turn when the condition is met is not asked."""

    def init_remaining_items(self, my_task: Any) -> list[Any]:
        self._begin(my_task)
        remaining: list[Any] = super().init_remaining_items(my_task)
        return remaining

    def init_data_output_with_cardinality(self, my_task: Any) -> None:
        self._begin(my_task)
        super().init_data_output_with_cardinality(my_task)

    def merge_child(self, workflow: Any, child: Any) -> None:
        my_task = child.parent
        self._collect(my_task, child)
        if self.children_complete(my_task) or self.check_completion_condition(my_task):
            my_task._set_state(TaskState.READY)
        else:
            self.add_next_child(my_task)
