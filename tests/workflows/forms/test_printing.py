"""Amounts in words against the bank's own examples, and read back by a reader that knows no writing rules."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.forms import amount_in_words

WRITTEN = {
    # the examples of 正确填写票据和结算凭证的基本规定
    "1409.50": "壹仟肆佰零玖元伍角整",
    "6007.14": "陆仟零柒元壹角肆分",
    "1680.32": "壹仟陆佰捌拾元叁角贰分",
    "107000.53": "壹拾万柒仟元伍角叁分",
    "16409.02": "壹万陆仟肆佰零玖元零贰分",
    "325.04": "叁佰贰拾伍元零肆分",
    # and the edges
    "0": "零元整",
    "0.05": "伍分",
    "0.50": "伍角整",
    "10": "壹拾元整",
    "100010": "壹拾万零壹拾元整",
    "100000001": "壹亿零壹元整",
    "100000000000": "壹仟亿元整",
    "-3.20": "负叁元贰角整",
    "0.004": "零元整",
    "0.005": "壹分",
    "10000000000000000": "壹京元整",
}
_DIGITS = {character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
_SMALL = {"拾": 10, "佰": 100, "仟": 1_000}
_LARGE = {"万": 10**4, "亿": 10**8, "兆": 10**12}


@pytest.mark.parametrize("amount", WRITTEN)
def test_amounts_are_written_as_the_bank_wants_them(amount: str) -> None:
    assert amount_in_words(Decimal(amount)) == WRITTEN[amount]


def read_back(words: str) -> int:
    """The amount in cents, by adding up what each character says."""
    cents = total = section = digit = 0
    for character in words:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _SMALL:
            section, digit = section + digit * _SMALL[character], 0
        elif character in _LARGE:
            total, section, digit = total + (section + digit) * _LARGE[character], 0, 0
        elif character in "元角分":
            worth = {"元": 100, "角": 10, "分": 1}[character]
            cents, total, section, digit = cents + (total + section + digit) * worth, 0, 0, 0
    return cents


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**16 - 1) | st.integers(min_value=0, max_value=10**6))
def test_every_amount_can_be_read_back_and_has_no_zero_too_many(cents: int) -> None:
    words = amount_in_words(Decimal(cents).scaleb(-2))
    assert read_back(words) == cents
    assert "零零" not in words
    assert not re.search(r"零[万亿兆角分]", words)
    assert words.startswith("零元整") == (cents == 0)
    assert words.endswith("整") != words.endswith("分")


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=10**12))
def test_a_gap_inside_of_four_digits_is_always_written(thousands: int) -> None:
    assert "仟零" in amount_in_words(Decimal(thousands * 10_000 + 1_001))


def test_an_amount_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        amount_in_words(Decimal(10) ** 20)
