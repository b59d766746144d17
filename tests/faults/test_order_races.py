"""The races of orders and their changes, a hundred rounds each."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from flask import Flask

from tests.conftest import clear
from tests.support.order_races import RACES, OrderRace, run

ROUNDS = int(os.environ.get("ROUNDS", "100"))


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_a_hundred_rounds(app: Flask, race: OrderRace) -> None:
    came: Counter[str] = Counter()
    for number in range(ROUNDS):
        came[run(app, race)] += 1
        if number % 20 == 19:
            clear()
    print(f"\n{race.name}: {dict(came)}")  # noqa: T201 - the run reports
