"""How tests ask for findings."""

from __future__ import annotations

from tests.workflows.checks.diagrams import Diagram
from workflows.checks import check_diagram
from workflows.errors import Problem


def errors_of(diagram: Diagram | bytes) -> list[Problem]:
    return [each for each in _check(diagram) if each.severity == "error"]


def warnings_of(diagram: Diagram | bytes) -> list[Problem]:
    return [each for each in _check(diagram) if each.severity == "warning"]


def the_error(diagram: Diagram | bytes) -> tuple[str, str]:
    """Element and message of the only error."""
    (error,) = errors_of(diagram)
    return error.element, error.message


def the_warning(diagram: Diagram | bytes) -> tuple[str, str]:
    """Element and message of the only finding, a warning."""
    (warning,) = _check(diagram)
    assert warning.severity == "warning"
    return warning.element, warning.message


def _check(diagram: Diagram | bytes) -> list[Problem]:
    return check_diagram(diagram if isinstance(diagram, bytes) else diagram.xml(), file="p.bpmn")
