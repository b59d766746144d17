"""The trace of a task as JSON."""

from __future__ import annotations

from typing import Any

from services.tasks.why import Column, Why
from webapp.api.blueprint import instant
from webapp.i18n import translate


def why_json(why: Why) -> dict[str, Any]:
    """Why the task is somebody's, and what each outcome leads to."""
    return {
        "reason": why.reason,
        "text": translate(why.text, **{**why.values, "lane": translate(why.values["lane"])}),
        "lane": why.values["lane"],
        "department": why.values["department"] or None,
        "holders": why.values["holders"].split("、") if why.values["holders"] else [],
        "for": why.absent or None,
        "decisions": [
            {
                "table": rule.table,
                "rule": rule.number,
                "text": rule.text,
                "at": instant(rule.at),
                "inputs": [_column(column) for column in rule.inputs],
                "outputs": [_column(column) for column in rule.outputs],
            }
            for rule in why.rules
        ],
        "branches": [
            {"name": branch.name, "condition": branch.condition, "values": [_column(value) for value in branch.values]}
            for branch in why.branches
        ],
        "handed": [
            {"action": each.action, "at": instant(each.at), "who": each.who, "to": each.to, "comment": each.comment}
            for each in why.handed
        ],
        "version": why.version,
        "next": {
            way.outcome: {
                "steps": [{"name": name, "who": who} for name, who in way.steps],
                "end": way.end or None,
                "waits_until": instant(way.waits_until),
            }
            for way in why.ahead
        },
    }


def _column(column: Column) -> dict[str, str]:
    found = {"label": column.label, "value": column.value}
    return {**found, "test": column.test} if column.test else found
