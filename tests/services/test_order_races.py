"""Orders and their changes at the same moment: one wins, the other is told or waits, nobody is forgotten."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.order_races import RACES, OrderRace, run

ROUNDS = 3


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_never_both_and_nobody_waits_for_nothing(app: Flask, race: OrderRace) -> None:
    for _round in range(ROUNDS):
        run(app, race)
