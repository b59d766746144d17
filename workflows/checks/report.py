"""Where rules put what they find."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from workflows.checks.reading import line_of
from workflows.errors import Problem


@dataclass(frozen=True)
class Report:
    """Collects the findings about one file, each with the element's id and line."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def error(self, element: etree._Element, message: str) -> None:
        """Record what keeps the diagram from being published."""
        self.problems.append(self.problem("error", element, message))

    def warning(self, element: etree._Element, message: str) -> None:
        """Record what the process owner should look at."""
        self.problems.append(self.problem("warning", element, message))

    def problem(self, severity: str, element: etree._Element, message: str, *, way: tuple[str, ...] = ()) -> Problem:
        """A finding at that element, not recorded; ``way`` are the nodes and flows that lead to it."""
        return Problem(
            severity=severity,
            file=self.file,
            element=element.get("id") or "",
            message=message,
            line=line_of(element),
            way=way,
        )

    @property
    def has_errors(self) -> bool:
        """Whether anything so far keeps the diagram from being published."""
        return any(problem.severity == "error" for problem in self.problems)
