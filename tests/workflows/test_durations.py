"""ISO 8601 durations as timers write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflows.durations import find_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT8H", timedelta(hours=8)),
        ("P1D", timedelta(days=1)),
        ("P1W", timedelta(weeks=1)),
        ("P1M", timedelta(days=30)),
        ("P1Y2M10DT2H30M", timedelta(days=365 + 60 + 10, hours=2, minutes=30)),
        ("PT1.5H", timedelta(minutes=90)),
        ("P0,5D", timedelta(hours=12)),
        ("PT0S", timedelta(0)),
        ("P999999999Y", timedelta(days=1_000_000)),
    ],
)
def test_durations_have_a_length(text: str, expected: timedelta) -> None:
    assert find_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "-PT1H", "P1D1H", "1D", "p1d", "PT1H ", "P٣D", "R3/P1D", "P1W2D", "PT1.5H30M", "P0.5Y"],
)
def test_other_texts_are_no_durations(text: str) -> None:
    assert find_duration(text) is None
