"""What is wrong with a process before it is published: everything that is known, and nothing is raised."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from services.processes.parts import problems_of_parts
from services.processes.people_checks import people_problems
from services.processes.scenario_runs import scenario_problems
from services.processes.words import KNOWN
from workflows.checks.folder import check_folder
from workflows.definition import ProcessDefinition, ProcessFiles
from workflows.definition.reading import examine_process
from workflows.errors import Problem

ERROR, WARNING, INFO = "error", "warning", "info"
_ORDER = {ERROR: 0, WARNING: 1, INFO: 2}


DIAGRAM, CONDITIONS, FORMS, TABLES = "diagram", "conditions", "forms", "tables"
PEOPLE, SCENARIOS, SETTINGS = "people", "scenarios", "settings"
_FOLDERS = (("forms/", FORMS), ("papers/", FORMS), ("decisions/", TABLES), ("scenarios/", SCENARIOS))


def check_files(files: ProcessFiles) -> list[Problem]:
    """Every problem of a process folder as it is on paper, whatever its bytes are; the worst first.

    Only ``error`` keeps it from being published; ``info`` says what is well to know.
    """
    _definition, drawn, meant = _examined(files)
    return in_order([*drawn, *meant])


def check_draft(session: Session, files: ProcessFiles, *, now: datetime) -> list[Problem]:
    """As ``check_files``, and against the company: its people, and what the scenarios expect. Reads only."""
    return in_order([problem for found in check_parts(session, files, now=now).values() for problem in found])


def check_parts(session: Session, files: ProcessFiles, *, now: datetime) -> dict[str, list[Problem]]:
    """The same by what it is about: diagram, conditions, forms, tables, settings, people, scenarios."""
    definition, drawn, meant = _examined(files)
    found: dict[str, list[Problem]] = {name: [] for name in (DIAGRAM, CONDITIONS, FORMS, TABLES, SETTINGS)}
    for problem in in_order([*drawn, *meant]):
        found.setdefault(_part_of(problem, CONDITIONS if problem in meant else DIAGRAM), []).append(problem)
    found |= {PEOPLE: [], SCENARIOS: found.pop(SCENARIOS, [])}
    if definition is not None:
        found[PEOPLE] = in_order(people_problems(session, definition, now=now))
        if not any(problem.severity == ERROR for problem in (*drawn, *meant)):
            found[SCENARIOS] += scenario_problems(definition)
    return found


def _part_of(problem: Problem, of_diagram: str) -> str:
    for folder, part in _FOLDERS:
        if problem.file.startswith(folder):
            return part
    return of_diagram if problem.file.endswith(".bpmn") else SETTINGS


def _examined(files: ProcessFiles) -> tuple[ProcessDefinition | None, list[Problem], list[Problem]]:
    """What is wrong with each part, and what is wrong with what they say to each other."""
    definition, problems = examine_process(files, names=False)
    if definition is not None:
        problems += problems_of_parts(definition)
    return definition, problems, check_folder(files, KNOWN)


def in_order(problems: list[Problem]) -> list[Problem]:
    """The worst first, then file by file and from top to bottom; each once."""
    once = {(each.file, each.element, each.message): each for each in reversed(problems)}
    return sorted(once.values(), key=lambda each: (_ORDER.get(each.severity, 1), each.file, each.line or 0))
