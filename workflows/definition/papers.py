"""The papers of a process folder."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.errors import DefinitionError, Problem
from workflows.forms import Form
from workflows.papers import Paper, has_paper, paper_of_form, read_paper

_FOLDER, _SUFFIX = "papers/", ".json"


def read_papers(files: Mapping[str, bytes], forms: Mapping[str, Form]) -> tuple[dict[str, Paper], list[Problem]]:
    """The papers that forms declare, then those in ``papers/``, and what keeps some of the latter from being read."""
    papers = {key: paper_of_form(key, form) for key, form in forms.items() if has_paper(form)}
    problems: list[Problem] = []
    for name in sorted(files):
        if name.startswith(_FOLDER) and name.endswith(_SUFFIX):
            try:
                paper = read_paper(files[name], file=name)
            except DefinitionError as error:
                problems += error.problems
            else:
                papers[paper.key] = paper
    return papers, problems
