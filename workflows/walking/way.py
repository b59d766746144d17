"""A way through a process, as it was gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

FILLED, OUTCOME, ANSWERED, LATE, MESSAGE = "filled", "outcome", "answered", "late", "message"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Something that makes the way what it is: what was typed, a result, what an operation answered, a delay."""

    kind: str
    element: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Done:
    """A step that somebody does on the way."""

    task_id: str
    step: str
    name: str
    lane: str
    branch: str
    outcome: str
    opens_at: datetime
    done_at: datetime
    latest_at: datetime
    beside: bool
    """Whether another step was open at the same time."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way from the start to an end. ``path`` are its nodes and flows in order, to be drawn."""

    path: tuple[str, ...]
    steps: tuple[Done, ...]
    chosen: tuple[Chosen, ...]
    end: str
    end_name: str
    status: str
    begins_at: datetime
    ends_at: datetime
    latest_end: datetime
    departs: int
    """By how many choices it departs from the usual way."""
    entries: tuple[Mapping[str, Any], ...] = ()
    """What was done, as the steps of a scenario."""
    answers: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """What each operation answered, call by call."""


@dataclass(frozen=True, kw_only=True)
class Dead:
    """A way that stopped: the engine could not go on, or no example could be found for a form."""

    path: tuple[str, ...]
    element: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What was found. ``complete`` is False where a bound was hit; then ``tried`` situations were looked at."""

    ways: Sequence[Way]
    dead: Sequence[Dead]
    complete: bool
    tried: int
    took: timedelta
