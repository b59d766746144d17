"""What somebody typed into one of the small forms beside a case, and why it was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.errors import InvalidInput, ServiceError
from webapp.errors import sentence, status_of


@dataclass(frozen=True, kw_only=True)
class Said:
    """Nothing was said yet, or something that comes back filled in. ``verb`` is comment, copy or urge."""

    verb: str = ""
    task_id: int | None = None
    text: str = ""
    to: str = ""
    files: list[Any] = field(default_factory=list)
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    error: str = ""
    status: int = 200


def refused(error: ServiceError, verb: str, **typed: Any) -> Said:
    """A refusal names its fields, or is one sentence about the whole."""
    errors = error.errors if isinstance(error, InvalidInput) else {}
    return Said(verb=verb, errors=errors, error="" if errors else sentence(error), status=status_of(error), **typed)
