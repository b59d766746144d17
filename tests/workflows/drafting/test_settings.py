"""Settings changed value by value."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from workflows.drafting.settings import edit_toml, read_toml, unknown_keys
from workflows.errors import DefinitionError

RAW = """# the process
key = "gift"
title = "礼品" # what people see
number = "LP"
own = 5

# what is known
[variables]
asked = false
# how many
count = 1

[cancel]
when = "count == 1"

[messages.paid]
about = "order"
""".encode()


def edited(**changes: object) -> str:
    return edit_toml(RAW, changes, "process.toml").decode()


def test_what_stays_is_left_as_it_is_written() -> None:
    same = {"title": "礼品", "variables": {"asked": False, "count": 1}, "messages": {"paid": {"about": "order"}}}
    assert edited(**same) == RAW.decode()


def test_a_change_keeps_comments_order_and_what_is_not_known() -> None:
    text = edited(title="赠礼", variables={"asked": True, "count": 1})
    assert text == RAW.decode().replace("礼品", "赠礼").replace("false", "true")


def test_new_values_come_before_the_tables_and_new_tables_behind() -> None:
    text = edited(
        day="date", outcomes={"given": "已送出"}, messages={"paid": {"about": "order"}, "sent": {"senders": ["a"]}}
    )
    document = tomllib.loads(text)
    assert (document["day"], document["outcomes"]) == ("date", {"given": "已送出"})
    assert document["messages"] == {"paid": {"about": "order"}, "sent": {"senders": ["a"]}}
    assert document["variables"] == {"asked": False, "count": 1}
    assert "# how many" in text


def test_what_is_taken_away_goes_with_its_empty_table() -> None:
    document = tomllib.loads(edited(cancel=None, own=None, variables={"count": 1}))
    assert "cancel" not in document
    assert "own" not in document
    assert document["variables"] == {"count": 1}


def test_yes_and_one_are_two_values() -> None:
    assert "count = true" in edited(variables={"asked": False, "count": True})


def test_unknown_keys_are_named() -> None:
    assert unknown_keys(tomllib.loads(RAW.decode())) == ["own"]


@pytest.mark.parametrize(
    ("raw", "said"), [(b"a = 1\nb = ?", "第 2 行"), (b"\xff\xfe", "无法读懂"), (b"a = " + b"[" * 5_000, "无法读懂")]
)
def test_what_cannot_be_read_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        edit_toml(raw, {"title": "x"}, "process.toml")


@pytest.mark.parametrize("path", sorted(Path("bpmn").glob("*/*.toml")), ids=str)
def test_shipped_files_come_back_as_they_were(path: Path) -> None:
    raw = path.read_bytes()
    assert edit_toml(raw, read_toml(raw, path.name), path.name) == raw
