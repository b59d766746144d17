"""Script tasks: assignments, conditions and loops that change everything or nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workflows.expressions import ExpressionError, NotAllowed, execute


def test_a_script_leaves_its_names_behind() -> None:
    script = """
total = amount * 1.06
level = "manager"
if amount > 1000:
    level = "gm"
for extra in extras:
    total += extra
"""
    names = execute(script, {"amount": 1500, "extras": [1, Decimal("0.5")]})
    assert names["total"] == Decimal("1591.5")
    assert names["level"] == "gm"


def test_fields_of_records_and_items_of_lists_can_be_set() -> None:
    names = execute("form.a = 2\nform['b'] = 0.5\nrows[0].n += 1", {"form": {"a": 1.5}, "rows": [{"n": 0.25}]})
    assert names == {"form": {"a": 2, "b": Decimal("0.5")}, "rows": [{"n": Decimal("1.25")}]}


@pytest.mark.parametrize(
    "script",
    [
        "form.a = 2\nrows[0].n = 5\nboom = 1 / 0",
        "form.a = 2\nform['me'] = form",
        "rows[0].n = 1\nlen = 5",
        "form.a = 2\nrows[9] = 1",
        "form[1] = 2",
        "form._hidden = 2",
    ],
)
def test_a_script_that_fails_changes_nothing(script: str) -> None:
    names: dict[str, Any] = {"form": {"a": 1}, "rows": [{"n": 0}]}
    with pytest.raises(ExpressionError):
        execute(script, names)
    assert names == {"form": {"a": 1}, "rows": [{"n": 0}]}


def test_a_script_works_on_copies_also_when_it_succeeds() -> None:
    given = {"form": {"a": 1}}
    assert execute("form.a = 2", given) == {"form": {"a": 2}}
    assert given == {"form": {"a": 1}}


@pytest.mark.parametrize(
    "script",
    ["for x in xs:\n  pass\nelse:\n  y = 1", "a, b = xs", "a = b = 1", "def f(): pass", "_x = 1", "x: int = 1"],
)
def test_statements_outside_the_language_are_refused(script: str) -> None:
    with pytest.raises(NotAllowed):
        execute(script, {"xs": [1, 2]})
