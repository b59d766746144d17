"""A way as a scenario would say it: who does what, when, with which values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.definition import ProcessDefinition, Task
from workflows.engine import OpenTask

COMMENT = "说明"
_COUNTED = {"approvals": "approve", "rejections": "reject", "abstentions": "abstain"}


def typed_in(definition: ProcessDefinition, step: Task, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of the values of a form those that somebody typed."""
    fields = definition.form_of(step.id).properties if values else {}
    return {name: value for name, value in values.items() if value is not None and not fields[name].get("readOnly")}


def entry_of(step: Task, task: OpenTask, outcome: str, at: datetime, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The step as a scenario says it."""
    entry: dict[str, Any] = {"step": step.id, "at": at}
    if task.branch:
        entry["branch"] = task.branch
    if len(step.outcomes) > 1:
        entry["outcome"] = outcome
    if step.policy is not None:
        entry["signatures"] = votes_of(step, outcome)
    return {**entry, "comment": COMMENT, **({"values": dict(typed)} if typed else {})}


def votes_of(step: Task, outcome: str) -> dict[str, int]:
    if step.policy is None:
        return {}
    return {name: int(outcome == word) for name, word in _COUNTED.items()}
