"""What operations answer on the way: as scenarios let them, and so that conditions come out each way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from workflows.checks.folder.context import Folder
from workflows.checks.folder.environment import BOOLEAN, LIST, NUMBER, TEXT
from workflows.checks.folder.trying import OTHER
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
        plain = {name: _EMPTY[kind] for name, kind in kinds.items() if kind in _EMPTY and name in folder.env}
        # what no scenario answers for needs no answer; without scenarios it is made up
        answers = _plainest_first(written.get(operation, ())) or [{} if written else plain]
        for name, value in list(answers[0].items()):
            if name in deciding.names and not isinstance(value, list | dict):
                answers += [{**answers[0], name: other} for other in _tried(deciding.values.get(name, ()))]
        found[operation] = _different(answers, deciding)[:MAX_ANSWERS]
    return found


def _tried(values: Sequence[Any]) -> list[Any]:
    """Of texts those that something speaks of: an operation answers in words that are known."""
    spoken = [value for value in values if value not in (OTHER, "")]
    return spoken if len(spoken) > 1 else list(values)


def _plainest_first(answers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What most scenarios let it answer; of lists the shorter one."""
    counted = Counter(map(str, answers))
    lists = any(isinstance(value, list) for answer in answers for value in answer.values())
    return sorted(answers, key=lambda answer: len(str(answer)) if lists else -counted[str(answer)])


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
    """The operations of one dry run. Each call of an operation may be answered otherwise than the one before."""

    def __init__(self, answers: Answers, chosen: Mapping[str, Any], made: Mapping[str, int]) -> None:
        self._answers = answers
        self._chosen = chosen
        self.made = Counter(made)
        """How often each operation was called by now."""
        self.calls: list[str] = []
        """What was called in this run, as ``read_order#2`` for the second call of it."""

    def __call__(self, call: OperationCall) -> Mapping[str, Any]:
        self.made[call.operation] += 1
        key = f"{call.operation}#{self.made[call.operation]}"
        self.calls.append(key)
        if key in self._chosen:
            answer: Mapping[str, Any] = self._chosen[key]
            return answer
        usual = self._answers.get(call.operation, ({},))
        return usual[0] if usual else {}
