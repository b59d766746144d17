"""Verbs at the same moment: one wins, the other is told what happened, and the case is whole."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.racing import RACES, Race, run

ROUNDS = 2


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_one_wins_and_the_case_stays_whole(app: Flask, race: Race) -> None:
    for _round in range(ROUNDS):
        run(app, race)
