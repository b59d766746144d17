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


def check_files(files: ProcessFiles) -> list[Problem]:
    """Every problem of a process folder as it is on paper, whatever its bytes are; the worst first.

    Only ``error`` keeps it from being published; ``info`` says what is well to know.
    """
    return _examined(files)[1]


def check_draft(session: Session, files: ProcessFiles, *, now: datetime) -> list[Problem]:
    """As ``check_files``, and against the company: its people, and what the scenarios expect. Reads only."""
    definition, problems = _examined(files)
    if definition is not None:
        problems += people_problems(session, definition, now=now)
        problems += scenario_problems(definition)
    return in_order(problems)


def _examined(files: ProcessFiles) -> tuple[ProcessDefinition | None, list[Problem]]:
    definition, problems = examine_process(files, names=False)
    if definition is not None:
        problems += problems_of_parts(definition)
    problems += check_folder(files, KNOWN)
    return definition, in_order(problems)


def in_order(problems: list[Problem]) -> list[Problem]:
    """The worst first, then file by file and from top to bottom; each once."""
    once = {(each.file, each.element, each.message): each for each in reversed(problems)}
    return sorted(once.values(), key=lambda each: (_ORDER.get(each.severity, 1), each.file, each.line or 0))
