"""The errors of the core. Each says what is wrong, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


class WorkflowError(Exception):
    """Base of everything that the core refuses."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One finding about a process folder, as a process owner reads it."""

    severity: str
    """``error`` keeps the version from being published, ``warning`` does not."""
    file: str
    element: str
    message: str
    line: int | None = None
    way: tuple[str, ...] = ()
    """Elements of the diagram that lead to what is wrong, in order, where the finding is about a way through it."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} [{self.element}] {self.message}" if self.element else f"{place} {self.message}"


class DefinitionError(WorkflowError):
    """The process folder cannot be used; ``problems`` names file, element and line of everything found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
