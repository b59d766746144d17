"""Thousands of random actions with every verb, on every shape of process."""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from tests.services.test_random_verbs import SHAPES
from tests.support.random_walk import Walk
from tests.support.shapes import start_shape

ACTIONS = int(os.environ.get("ACTIONS", "400"))
"""Per shape and seed."""
SEEDS = int(os.environ.get("SEEDS", "2"))


@pytest.mark.usefixtures("app", "second_finance_clerk")
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("shape", SHAPES)
def test_thousands_of_actions(shape: str, seed: int) -> None:
    walk = Walk(random.Random(f"{shape}/{seed}"), lambda: start_shape(SHAPES[shape](), same_approver="once"))
    walk.go(ACTIONS)
    print(f"\n{shape}/{seed}: {_told(walk.did)}; refused: {_told(walk.refused)}")  # noqa: T201 - the run reports


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{verb} {count}" for verb, count in sorted(counts.items()))
