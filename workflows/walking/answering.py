"""What operations answer on the way: as scenarios let them, and so that conditions come out each way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workflows.checks.folder.context import Folder
from workflows.checks.folder.environment import BOOLEAN, LIST, NUMBER, TEXT
from workflows.definition import ProcessDefinition
from workflows.engine import OperationCall
from workflows.walking.deciding import Deciding

MAX_ANSWERS = 8
_EMPTY: Mapping[str, Any] = {NUMBER: 0, TEXT: "", BOOLEAN: False, LIST: []}

Answers = Mapping[str, Sequence[Mapping[str, Any]]]
"""What each operation may answer, the usual answer first."""


def answers_of(folder: Folder, definition: ProcessDefinition, deciding: Deciding) -> Answers:
    """The answers worth trying. Operations on whose answer nothing depends have a single one."""
    written = _written(definition)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for operation in sorted({each.operation for each in definition.diagram.elements.values() if each.operation}):
        words = folder.known.operations.get(operation)
        kinds = words.kinds if words else {}
        gives = [name for name in (words.gives if words else ()) if name in folder.env]
        usual = {name: _EMPTY.get(kinds.get(name, "")) for name in gives}
        answers = [{**usual, **answer} for answer in written.get(operation, ())] or [usual]
        for name in gives:
            if name in deciding.names:
                answers += [{**answers[0], name: value} for value in deciding.values.get(name, ())]
        found[operation] = _different(answers, deciding)[:MAX_ANSWERS]
    return found


def _different(answers: Sequence[Mapping[str, Any]], deciding: Deciding) -> list[Mapping[str, Any]]:
    """Those that differ in what decides."""
    found: dict[str, Mapping[str, Any]] = {}
    for answer in answers:
        decisive = {name: value for name, value in sorted(answer.items()) if name in deciding.names}
        found.setdefault(str(decisive), answer)
    return list(found.values())


def _written(definition: ProcessDefinition) -> dict[str, list[Mapping[str, Any]]]:
    """What scenarios let operations answer, at their beginning and later."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for scenario in definition.scenarios.values():
        steps = scenario.get("steps")
        places = [scenario, *(step for step in (steps if isinstance(steps, list) else ()) if isinstance(step, dict))]
        for place in places:
            operations = place.get("operations")
            for name, answer in operations.items() if isinstance(operations, dict) else ():
                for each in answer if isinstance(answer, list) else [answer]:
                    if isinstance(each, dict):
                        found.setdefault(name, []).append(each)
    return found


class Answering:
    """The operations of one dry run; notes which of them were asked."""

    def __init__(self, answers: Answers, chosen: Mapping[str, Any], calls: list[str]) -> None:
        self._answers = answers
        self._chosen = chosen
        self._calls = calls

    def __call__(self, call: OperationCall) -> Mapping[str, Any]:
        self._calls.append(call.operation)
        if call.operation in self._chosen:
            answer: Mapping[str, Any] = self._chosen[call.operation]
            return answer
        usual = self._answers.get(call.operation, ({},))
        return usual[0] if usual else {}
