"""Files of process folders that were made to break their reader: refused with a reason, and at once."""

from __future__ import annotations

import pytest

from workflows.definition import title_of
from workflows.json import JsonError, read_json
from workflows.toml import TomlError, read_document, read_toml


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a" + ".a" * 100_000 + " = 1",
        '"a"' + '."a"' * 50_000 + " = 1",
        "a = " + "9" * 10_000,
        'a = "\\u0000"',
        "a = 1\n" * 60_000,
        "[" + "a." * 50_000 + "a]",
    ],
    ids=["nested", "dotted", "quoted", "digits", "nul", "large", "table"],
)
def test_hostile_toml_is_refused_by_every_reader(text: str) -> None:
    raw = text.encode()
    with pytest.raises(TomlError):
        read_toml(raw)
    with pytest.raises(TomlError):
        read_document(raw)
    assert title_of({"process.toml": raw}, "was called so") == "was called so"


def test_a_mistake_in_toml_says_its_line() -> None:
    with pytest.raises(TomlError) as caught:
        read_toml(b"a = 1\nb = = 2\n")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "[" * 70 + "]" * 70,
        '{"a": ' + "9" * 10_000 + "}",
        '{"a": "\\ud800"}',
        '{"a\\ud800": 1}',
        '{"a": "\\u0000"}',
        '{"a": NaN}',
    ],
    ids=["nested", "deep", "digits", "half", "half in a name", "nul", "nan"],
)
def test_hostile_json_is_refused(text: str) -> None:
    with pytest.raises(JsonError):
        read_json(text)
