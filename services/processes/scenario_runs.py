"""What comes of the scenarios of a process, for every save and before publishing.

A run is remembered by what it depends on, so that saving a draft pays only for scenarios that the change could touch,
and everything is bounded: a scenario that runs for ever is stopped, and those that were not reached are named.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from datetime import time as clock_time
from decimal import Decimal
from enum import Enum
from threading import Lock
from typing import Any

from workflows.definition import ProcessDefinition
from workflows.errors import Problem
from workflows.scenario_words import title_of
from workflows.scenarios import MAX_SECONDS, Played, attempt, compared

TOTAL_SECONDS = 20.0
_KEPT = 1_000
_TEXTS = (str, bytes, int, float, Decimal, date, clock_time, Enum, type(None))


@dataclass(frozen=True, kw_only=True)
class ScenarioRun:
    """What came of one scenario. ``differences`` is empty where it came out as it says."""

    name: str
    title: str
    played: Played | None
    """None where there was no time left to play it."""
    differences: tuple[str, ...]
    took_ms: int
    at: float
    """When it was played, in seconds since 1970."""

    @property
    def passed(self) -> bool:
        return self.played is not None and not self.differences


_runs: OrderedDict[str, ScenarioRun] = OrderedDict()
_lock = Lock()


def run_scenarios(definition: ProcessDefinition, *, seconds: float = TOTAL_SECONDS) -> list[ScenarioRun]:
    """Every scenario of the definition with what came of it, by name; ``seconds`` is for all of them together."""
    around = _digest_around(definition)
    until = time.thread_time() + seconds
    return [_run(definition, name, around, until) for name in sorted(definition.scenarios)]


def run_scenario(definition: ProcessDefinition, name: str) -> ScenarioRun:
    """One of them."""
    return _run(definition, name, _digest_around(definition), time.thread_time() + MAX_SECONDS)


def scenario_problems(definition: ProcessDefinition) -> list[Problem]:
    """Every scenario that does not come out as it says, as an error that keeps the draft from being published."""
    return [problem for run in run_scenarios(definition) for problem in _problems(run)]


def uncovered_steps(definition: ProcessDefinition, runs: list[ScenarioRun]) -> list[str]:
    """The steps that no scenario asks anybody for, in the diagram's order."""
    asked = {step for run in runs if run.played for step in run.played.path}
    return [step for step in definition.tasks if step not in asked]


def _problems(run: ScenarioRun) -> Iterator[Problem]:
    for difference in run.differences:
        message = f"场景“{run.title}”没有按预期走完：{difference}"
        yield Problem(severity="error", file=f"scenarios/{run.name}.toml", element=run.name, message=message)


def _run(definition: ProcessDefinition, name: str, around: str, until: float) -> ScenarioRun:
    scenario = definition.scenarios[name]
    key = hashlib.sha256(f"{around}\n{name}\n{scenario!r}".encode()).hexdigest()
    with _lock:
        known = _runs.get(key)
    if known is not None:
        return known
    left = until - time.thread_time()
    if left <= 0:
        return _not_reached(name, scenario)
    began = time.thread_time()
    played = attempt(definition, scenario, seconds=min(left, MAX_SECONDS))
    took = round((time.thread_time() - began) * 1000)
    found = ScenarioRun(
        name=name,
        title=title_of(scenario, name),
        played=played,
        differences=tuple(compared(definition, scenario, played)),
        took_ms=took,
        at=time.time(),
    )
    if not played.ran_out:
        _keep(key, found)
    return found


def _not_reached(name: str, scenario: Mapping[str, Any]) -> ScenarioRun:
    said = "其他场景已用完运行时间，这一个没有来得及运行；请减少场景或步骤"
    return ScenarioRun(
        name=name, title=title_of(scenario, name), played=None, differences=(said,), took_ms=0, at=time.time()
    )


def _keep(key: str, run: ScenarioRun) -> None:
    with _lock:
        _runs[key] = run
        while len(_runs) > _KEPT:
            _runs.popitem(last=False)


def _digest_around(definition: ProcessDefinition) -> str:
    """What the scenarios of a process depend on besides their own text."""
    parts = (definition.settings, definition.diagram.xml, definition.forms, definition.decisions)
    return hashlib.sha256(repr(_written(parts)).encode()).hexdigest()


def _written(value: Any) -> Any:
    """A definition's part as plain values; what was compiled from its text says nothing more than the text."""
    if is_dataclass(value) and not isinstance(value, type):
        return [_written(getattr(value, each.name)) for each in fields(value)]
    if isinstance(value, Mapping):
        return [(_written(key), _written(item)) for key, item in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        items = [_written(item) for item in value]
        return sorted(items, key=repr) if isinstance(value, set | frozenset) else items
    return value if isinstance(value, _TEXTS) else str(type(value))
