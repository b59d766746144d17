"""The recipe for processes names what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cases.operations import OPERATIONS
from workflows.definition.names import ENGINE_NAMES, KNOWN_FUNCTIONS
from workflows.forms.checks import WIDGETS

README = (Path(__file__).parents[2] / "bpmn" / "README.md").read_text()


@pytest.mark.parametrize("word", sorted(KNOWN_FUNCTIONS | ENGINE_NAMES | WIDGETS))
def test_everything_that_a_process_may_use_is_in_the_recipe(word: str) -> None:
    assert word in README


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - {"release_budget"}))
def test_every_operation_is_in_the_recipe(operation: str) -> None:
    assert f"`{operation}(" in README
