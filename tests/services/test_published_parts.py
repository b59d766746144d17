"""A process that names what the program does not have is refused, with the place and what there is to choose from."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.processes.parts import read_checked
from workflows.definition import read_folder
from workflows.errors import DefinitionError

GIFT = Path("bpmn/gift")


@pytest.mark.parametrize(
    ("file", "old", "new", "element", "offered"),
    [
        ("forms/application.json", '"x-source": "gifts"', '"x-source": "presents"', "lines/gift", "customers"),
        ("forms/application.json", '"knows": ["', '"knows": ["weather", "', "knows", "benefits"),
        ("gift.bpmn", 'serviceTaskOperator id="reserve_gifts"', 'serviceTaskOperator id="steal"', "", "reserve_gifts"),
        ("process.toml", 'facts = ["benefits"', 'facts = ["weather"', "facts", "benefits"),
        ("process.toml", 'operations = ["release_gifts"]', 'operations = ["keep"]', "compensation", "release_gifts"),
    ],
)
def test_what_is_not_there_is_named(file: str, old: str, new: str, element: str, offered: str) -> None:
    files = dict(read_folder(GIFT))
    text = files[file].decode()
    assert old in text
    files[file] = text.replace(old, new).encode()
    with pytest.raises(DefinitionError) as refusal:
        read_checked(files)
    problem = refusal.value.problems[0]
    assert problem.file == file
    assert element in problem.element
    assert offered in problem.message
