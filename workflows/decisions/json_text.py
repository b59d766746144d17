"""Results as JSON text, every digit kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from workflows.decisions.values import iso_text, kind_of, number_text


def to_json(value: Any) -> str:
    """JSON for FEEL values, ``RuleFired`` and ``DecisionResult``.

    Numbers keep their exact digits (``0.10`` stays ``0.10``); dates, times and durations become ISO 8601 text.
    Raises TypeError for anything else.
    """
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float | Decimal):
        if not Decimal(value).is_finite():
            raise TypeError("JSON has no number for infinity")
        return number_text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(to_json(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{to_json(str(key))}: {to_json(item)}" for key, item in value.items()) + "}"
    if is_dataclass(value) and type(value).__module__ == "workflows.decisions.evaluation":
        return to_json({part.name: getattr(value, part.name) for part in fields(value)})
    if kind_of(value) == "unknown":
        raise TypeError(f"{type(value).__name__} is no FEEL value")
    return json.dumps(iso_text(value))
