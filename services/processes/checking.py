"""What is wrong with a process before it is published: everything that is known, and nothing is raised."""

from __future__ import annotations

from services.processes.parts import read_checked
from workflows.definition import ProcessFiles
from workflows.errors import DefinitionError, Problem


def check_files(files: ProcessFiles) -> list[Problem]:
    """Every problem of a process folder, whatever its bytes are; empty when it may be published."""
    try:
        read_checked(files)
    except DefinitionError as error:
        return error.problems
    return []
