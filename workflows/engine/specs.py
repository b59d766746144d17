"""Task specifications in place of the library's where those are wrong, or where they would reach outside."""
# mypy: allow-subclassing-any

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway
from SpiffWorkflow.spiff.specs.defaults import ServiceTask
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask
from SpiffWorkflow.util.task import TaskState

from workflows.engine.errors import RefusedValue
from workflows.engine.records import DecisionMade, OperationCall, OperationRan
from workflows.engine.scripts import failure
from workflows.engine.values import accepted, accepted_record, merged

CONSUMED = "consumed"
"""Internal data of a join: its token went on with a join that fired."""
TOOK = "took"
"""Internal data of a join that fired: the ids of the other joins whose tokens it took."""
OPERATION = "operation"
"""Internal data of a completed service task: its parameters and its place in the order of all operations."""


class RoundJoin(ParallelGateway):
    """A parallel join that forgets the tokens it has consumed, so that it also waits in the next round of a loop.

    The library takes the joins of earlier rounds as arrived, fires too early and skips a branch without a word. It also
    lets the last branch overwrite what the others changed; here each contributes what it changed since the split.
    """

    def arrived(self, my_task: Any) -> list[Any]:
        """The other joins of this round: their branch has arrived and its token was not consumed yet."""
        return [task for task in my_task.workflow.tasks.values() if task is not my_task and self.holds_token(task)]

    def holds_token(self, task: Any) -> bool:
        return (
            task.task_spec is self
            and task.has_state(TaskState.WAITING | TaskState.CANCELLED)
            and CONSUMED not in task.internal_data
            and task.parent is not None
            and task.parent.state == TaskState.COMPLETED
        )

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        branches = [task.parent for task in self.arrived(my_task)]
        if my_task.parent.state == TaskState.COMPLETED:
            branches.append(my_task.parent)
        return set(self._inputs) <= {branch.task_spec.name for branch in branches}

    def _run_hook(self, my_task: Any) -> bool:
        others = self.arrived(my_task)
        merge_branches(my_task, others)
        for task in (*others, my_task):
            task.internal_data[CONSUMED] = True
        my_task.internal_data[TOOK] = [str(task.id) for task in others]
        return True


class MergingEnd(_EndJoin):
    """The end of a process or sub-process, where what all branches changed comes together."""

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        own = (self.name, "End")
        return not any(
            task.has_state(TaskState.NOT_FINISHED_MASK) and task.task_spec.name not in own
            for task in my_task.workflow.tasks.values()
        )

    def _run_hook(self, my_task: Any) -> bool:
        others = [
            task
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self and task is not my_task and task.parent.state == TaskState.COMPLETED
        ]
        merge_branches(my_task, others)
        my_task.workflow.data.update(my_task.data)
        return True


def merge_branches(my_task: Any, others: Iterable[Any]) -> None:
    """Give ``my_task`` what its branch and the branches of ``others`` changed since they split."""
    branches = [task.parent for task in sorted(others, key=lambda task: task.parent.last_state_change)]
    branches.append(my_task.parent)
    split = _common_ancestor(branches)
    my_task.data = merged(split.data, [branch.data for branch in branches])


def _common_ancestor(tasks: list[Any]) -> Any:
    common = [task.id for task in ancestors(tasks[0])]
    for task in tasks[1:]:
        line = {above.id for above in ancestors(task)}
        common = [task_id for task_id in common if task_id in line]
    return tasks[0].workflow.tasks[common[0]]


def ancestors(task: Any) -> Iterable[Any]:
    """``task``, its parent, and so on up to the root of its workflow."""
    tasks = task.workflow.tasks
    while task is not None:
        yield task
        task = tasks.get(task._parent)


class OperationTask(ServiceTask):
    """Calls an operation of the surroundings and merges what it returns into the variables."""

    def _execute(self, task: Any) -> bool:
        engine, workflow = task.workflow.script_engine, task.workflow.top_workflow
        parameters = {
            name: engine.evaluate(task, parameter["value"]) for name, parameter in self.operation_params.items()
        }
        operation = workflow.surroundings.operations.get(self.operation_name)
        if operation is None:
            raise failure(task, f"there is no operation {self.operation_name}")
        call = self.call(parameters, accepted(task.data))
        result = brought(task, workflow.foreign(operation, call))
        task.data = {**task.data, **result}
        task.internal_data[OPERATION] = {"parameters": parameters, "order": workflow.next_number()}
        workflow.record(OperationRan(call=call, result=result))
        return True

    def call(self, parameters: dict[str, Any], variables: dict[str, Any]) -> OperationCall:
        return OperationCall(
            element=self.bpmn_id,
            name=self.bpmn_name or "",
            operation=self.operation_name,
            parameters=parameters,
            variables=variables,
        )


class DecisionTask(SpiffBpmnTask):
    """Asks the surroundings for a decision; the library's own evaluation reads Python instead of FEEL."""

    def __init__(self, wf_spec: Any, name: str, decision: str, **details: Any) -> None:
        super().__init__(wf_spec, name, **details)
        self.decision = decision

    def _run_hook(self, my_task: Any) -> bool:
        workflow = my_task.workflow.top_workflow
        decide = partial(workflow.surroundings.decide, self.decision)
        decided = workflow.foreign(decide, accepted(my_task.data))
        outputs = brought(my_task, decided.outputs)
        my_task.data = {**my_task.data, **outputs}
        workflow.record(
            DecisionMade(element=self.bpmn_id, decision=self.decision, outputs=outputs, trace=decided.trace)
        )
        return True


def brought(task: Any, values: Any) -> dict[str, Any]:
    """The variables that ``task`` got from outside. Raises EngineFailed if they cannot be kept."""
    try:
        return accepted_record(values)
    except RefusedValue as error:
        raise failure(task, str(error)) from error


class CaseMessage(MessageEventDefinition):
    """A message whose payload goes to its variable, or to the top level if it has none."""

    def update_task_data(self, my_task: Any) -> None:
        payload = my_task.internal_data.pop(self.name, None) or {}
        my_task.data = {**my_task.data, **({self.message_var: payload} if self.message_var else payload)}


def case_message(definition: MessageEventDefinition) -> CaseMessage:
    """Our message in place of one that the library parsed."""
    return CaseMessage(
        definition.name,
        definition.correlation_properties,
        definition.expression,
        definition.message_var,
        definition.process_correlations,
        description=definition.description,
    )
