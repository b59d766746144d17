"""What a browser or an integrator sends, as values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.forms.forms import form
from workflows.forms import from_fields, from_json

FORM = form()


def fields(**controls: str | list[str]) -> dict[str, Any]:
    """Underscores between names stand for the hyphens of the page's controls."""
    sent = {name.replace("__", "-"): [text] if isinstance(text, str) else text for name, text in controls.items()}
    return from_fields(FORM.properties, lambda name: sent.get(name, []), set(sent))


def test_nested_controls_become_nested_values() -> None:
    sent = fields(customer=" C001 ", budget__meal="12.50", budget__gift="")
    assert sent == {"customer": "C001", "budget": {"meal": Decimal("12.50")}}


@pytest.mark.parametrize(
    "text", ["1200.50", "１，２００．５０", "1,200.50", "¥1200.50", "￥1,200.50", " 1200.50 ", "+1200.5"]
)
def test_amounts_are_read_as_people_type_them(text: str) -> None:
    assert fields(budget__meal=text)["budget"] == {"meal": Decimal("1200.50")}


@pytest.mark.parametrize("text", ["1e999999", "NaN", "Infinity", "0x10", "1_000", "一百", "1.2.3", "9" * 400])
def test_what_is_no_written_number_stays_text_to_be_refused(text: str) -> None:
    assert fields(people=text)["people"] == text
    assert from_json(FORM.properties, {"people": text})["people"] == text


def test_rows_keep_their_order_and_empty_ones_are_left_out() -> None:
    sent = {"lines__10__item": "画册", "lines__2__item": "茶叶", "lines__2__count": "３", "lines__5__item": " "}
    assert fields(**sent)["lines"] == [{"item": "茶叶", "count": 3}, {"item": "画册"}]


def test_lines_are_split_at_line_ends_and_enumeration_marks() -> None:
    assert fields(guests="周总\r\n钱工、孙工；李工\n\n")["guests"] == ["周总", "钱工", "孙工", "李工"]


def test_boxes_and_empty_controls() -> None:
    sent = fields(urgent="on", customer="", day="")
    assert sent["urgent"] is True
    assert "customer" not in sent
    assert "day" not in sent


def test_computed_fields_and_unknown_controls_never_get_in() -> None:
    sent = fields(total="1", applicant="别人", secret="x", budget__secret="1", lines__0__secret="1")
    assert not {"total", "applicant", "secret", "lines"} & sent.keys()
    assert not sent.get("budget")


def test_json_numbers_are_exact_and_null_is_absent() -> None:
    data = {"customer": None, "people": 3.0, "budget": {"meal": 19.99, "gift": "1,200"}, "total": 5, "other": 1}
    assert from_json(FORM.properties, data) == {
        "people": 3,
        "budget": {"meal": Decimal("19.99"), "gift": Decimal("1200")},
        "other": 1,
    }
    assert type(from_json(FORM.properties, {"people": 3.0})["people"]) is int
