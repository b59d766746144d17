"""The races of the verbs, hundreds of rounds each."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from flask import Flask

from tests.support.racing import RACES, Race, run

ROUNDS = int(os.environ.get("ROUNDS", "25"))


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_hundreds_of_rounds(app: Flask, race: Race) -> None:
    won = Counter(run(app, race) for _round in range(ROUNDS))
    print(f"\n{race.name}: {ROUNDS} rounds, winners {dict(won)}")  # noqa: T201 - the run reports
