"""What is to be told, before anybody decides how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Message:
    """One thing to tell several people. ``kind`` chooses the sentence, ``values`` fill it."""

    people: Iterable[int]
    kind: str
    task_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
