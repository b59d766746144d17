"""Everything a use case refuses, as sentences for the person who asked.

The sentence is a Chinese template with named values, so that the web layer can show it in another language.
Not one of these knows HTTP; ``webapp.errors`` maps the classes to status codes in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ServiceError(Exception):
    """Base of all refusals. Raising one rolls the transaction back."""

    def __init__(self, template: str, **values: Any) -> None:
        self.template = template
        self.values = values
        super().__init__(template.format(**values))


class NotFound(ServiceError):
    """It is not there, or not visible to this person; which of the two is nobody's business."""


class NotPermitted(ServiceError):
    """The person may see it, but may not do this."""


class Conflict(ServiceError):
    """Somebody was faster, or the state does not allow it; the sentence says who and what."""


class InvalidInput(ServiceError):
    """The values cannot be accepted. ``errors`` maps a field's path (``budget-meal``) to sentences."""

    def __init__(self, errors: Mapping[str, list[str]], template: str = "有 {count} 处需要修改", **values: Any) -> None:
        self.errors = dict(errors)
        super().__init__(template, count=len(self.errors), **values)


class RateLimited(ServiceError):
    """Too many attempts; the sentence says when to try again."""


class TooLarge(ServiceError):
    """An upload above the limit."""


class Unavailable(ServiceError):
    """The database did not answer, or a row stayed locked for too long; trying again helps."""
