"""Prefixes of case numbers: two processes with the same would count on each other's numbers."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from services.processes.versions import list_current
from workflows.definition import ProcessDefinition
from workflows.errors import Problem


def find_prefix_owner(session: Session, prefix: str, *, besides: str) -> str | None:
    """The title of another process in force whose numbers begin like this."""
    for _version, definition in list_current(session):
        if definition.settings.number_prefix == prefix and definition.key != besides:
            return definition.settings.title
    return None


def prefix_problems(session: Session, definition: ProcessDefinition) -> Iterator[Problem]:
    """An error where the numbers of its cases would begin like those of another process."""
    owner = find_prefix_owner(session, definition.settings.number_prefix, besides=definition.key)
    if owner is not None:
        message = f"编号前缀“{definition.settings.number_prefix}”已由“{owner}”使用，请换一个"
        yield Problem(severity="error", file="process.toml", element="number", message=message)
