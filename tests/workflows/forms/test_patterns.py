"""Patterns of forms are matched in bounded time, or refused."""

from __future__ import annotations

import pytest

from tests.support.folders import REQUEST, form
from workflows.errors import DefinitionError
from workflows.forms import read_form
from workflows.forms.patterns import find_in_pattern


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a*)*", "(.*a){25}b?", "(x+x+)+y", "([a-z]+)*!", "(a|aa)+$", "(?:a{1,30}){1,30}"]
)
def test_a_pattern_that_may_never_end_is_refused(pattern: str) -> None:
    assert "可能永远比不完" in find_in_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", [r"^1\d{10}$", r"^[A-Z]{2}-\d{4}$", r"^\d+(\.\d{1,2})?$", r"^[\d +()-]{6,20}$", r"^(SF|YT)\d+$"]
)
def test_ordinary_patterns_are_fine(pattern: str) -> None:
    assert find_in_pattern(pattern) == ""


@pytest.mark.parametrize("pattern", ["(", "a" * 500, 5])
def test_what_is_no_pattern_is_refused(pattern: object) -> None:
    assert find_in_pattern(pattern)


def test_a_form_with_such_a_pattern_names_the_field() -> None:
    fields = {**REQUEST, "code": {"type": "string", "title": "编号", "pattern": "(a+)+$"}}
    with pytest.raises(DefinitionError) as refused:
        read_form(form(fields=fields), file="forms/apply.json")
    assert [problem.element for problem in refused.value.problems] == ["code"]
