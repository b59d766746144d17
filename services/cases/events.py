"""What the engine did, line by line into the history of its case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.cases.case_run import CaseRun
from services.cases.history import Entry
from workflows.engine import DecisionMade, Event, OperationCall, OperationRan, OperationUndone, TimerFired


def record_events(run: CaseRun) -> None:
    """Record what happened since this was last called, so that a later line about people comes after it."""
    events = run.instance.events
    for event in events[run.recorded :]:
        _record(run, event)
    run.recorded = len(events)


def _record(run: CaseRun, event: Event) -> None:
    match event:
        case OperationRan(call=call, result=result):
            run.record(Entry(action="operation", step=call.element, name=call.name, detail=_operation(call, result)))
        case OperationUndone(call=call):
            run.record(Entry(action="undone", step=call.element, name=call.name, detail=_operation(call, {})))
        case DecisionMade(element=element, decision=decision, outputs=outputs, trace=trace):
            name = run.definition.diagram.elements[element].name
            detail = {"decision": decision, "outputs": dict(outputs), "trace": _trace(trace)}
            run.record(Entry(action="decision", step=element, name=name, detail=detail))
        case TimerFired(element=element, name=name):
            run.record(Entry(action="timer", step=element, name=name))


def _operation(call: OperationCall, result: Mapping[str, Any]) -> dict[str, Any]:
    return {"operation": call.operation, "parameters": dict(call.parameters), "result": dict(result)}


def _trace(trace: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(rule) for rule in trace]
