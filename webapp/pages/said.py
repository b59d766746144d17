"""What somebody typed into one of the small forms beside a case, and why it was refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash

from services.cases.show_case import HistoryLine
from services.errors import InvalidInput, ServiceError
from webapp.errors import sentence, status_of

_BETWEEN_NAMES = re.compile(r"[、，,;；\r\n]+")


@dataclass(frozen=True, kw_only=True)
class Said:
    """Nothing was said yet, or something that comes back filled in. ``verb`` names the form that was sent."""

    verb: str = ""
    task_id: int | None = None
    text: str = ""
    to: str = ""
    when: str = ""
    mode: str = ""
    resume: str = ""
    decision: str = ""
    """The comment that was typed for the decision meanwhile."""
    files: list[Any] = field(default_factory=list)
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    error: str = ""
    status: int = 200


@dataclass(frozen=True, kw_only=True)
class Missed:
    """An answer that came too late: why, what was typed, and what happened since the page was opened."""

    sentence: str
    comment: str
    filling: Mapping[str, Any] | None
    since: list[HistoryLine]


def flash_takeable(text: str, task_id: int) -> None:
    """A message about an action on the task that offers to take it back."""
    message: Any = {"text": text, "take_back": task_id}
    flash(message, "success")


def names_in(text: str) -> list[str]:
    """The names of a list as people type it."""
    return _BETWEEN_NAMES.split(text)


def refused(error: ServiceError, verb: str, **typed: Any) -> Said:
    """A refusal names its fields, or is one sentence about the whole."""
    errors = error.errors if isinstance(error, InvalidInput) else {}
    return Said(verb=verb, errors=errors, error="" if errors else sentence(error), status=status_of(error), **typed)
