"""Rules that need more than the diagram: its expressions against its forms, tables and operations, place by place."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.checks.folder.choices import check_choices
from workflows.checks.folder.comparing import check_comparisons, check_due_times
from workflows.checks.folder.context import Folder
from workflows.checks.folder.naming import check_form_names, check_places, check_unknown
from workflows.checks.folder.using import check_operations, check_unused
from workflows.checks.known import Known
from workflows.definition.parts import read_parts
from workflows.errors import Problem

__all__ = ["Folder", "check_folder"]

_RULES = (
    check_unknown,
    check_operations,
    check_comparisons,
    check_due_times,
    check_choices,
    check_places,
    check_form_names,
    check_unused,
)


def check_folder(files: Mapping[str, bytes], known: Known) -> list[Problem]:
    """What these rules find in a folder, whatever its bytes are. Never raises; bounded by the size of a diagram."""
    folder = Folder(read_parts(files), known)
    for rule in _RULES:
        rule(folder)
    return folder.problems
