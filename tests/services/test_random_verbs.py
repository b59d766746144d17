"""Anybody doing anything in any order: cases stay whole, and what is refused changes nothing."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from sqlalchemy import select

from services.cases.models import DbCase
from services.database import db
from services.visits.models import DbVisit
from tests.support import complaint, gift, hospitality, visits
from tests.support.acting import CAST
from tests.support.random_walk import Walk
from tests.support.shapes import branches, part, row, start_shape, together

SHAPES = {
    "row": lambda: row(first={"signed_fields": "amount"}),
    "all": lambda: together(signing="all"),
    "any": lambda: together(signing="any"),
    "in turn": lambda: together(signing="in_turn"),
    "vote": lambda: together(signing="vote", vote_needed=">50%", abstention="excluded"),
    "branches": branches,
    "vote in a branch": lambda: branches(signing="vote", vote_needed="2", signers="['gm', 'supervisor', 'office']"),
    "part": part,
}
ACTIONS = 50


@pytest.mark.usefixtures("app", "second_finance_clerk")
@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_people_do_no_case_is_lost(shape: str) -> None:
    walk = Walk(
        random.Random(shape), lambda: start_shape(SHAPES[shape](), same_approver="once"), people=(*CAST, "finance2")
    )
    walk.go(ACTIONS)
    assert walk.did["complete"]


@pytest.mark.usefixtures("app", "second_finance_clerk")
def test_whatever_people_do_no_money_is_lost() -> None:
    walk = Walk(random.Random("hospitality"), hospitality.start, people=(*CAST, "finance2"))
    walk.go(ACTIONS)
    assert walk.did["complete"]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("seed", range(3))
def test_whatever_people_do_no_gift_is_lost(seed: int) -> None:
    def begin() -> DbCase:
        lines = gift.line(gift="G008", value=Decimal(900)), gift.line(gift="G004", value=Decimal(700))
        return gift.start(*lines, reason="年度答谢")

    walk = Walk(random.Random(f"gift {seed}"), begin, people=(*CAST, "gifts", "deputy"))
    walk.go(2 * ACTIONS)
    assert walk.did["complete"]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("seed", range(3))
def test_whatever_people_do_no_complaint_is_forgotten(seed: int) -> None:
    chance = random.Random(f"complaint {seed}")

    def begin() -> DbCase:
        kind = chance.choice(("质量问题", "其他", "服务态度", "投诉维权"))
        return complaint.register(type=kind, urgency=chance.choice(("high", "normal")))

    walk = Walk(chance, begin, people=(*CAST, "presales", "courier"))
    walk.go(2 * ACTIONS)
    assert walk.did["complete"]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("seed", range(2))
def test_whatever_people_do_no_visit_is_lost(seed: int) -> None:
    walk = Walk(random.Random(f"visit {seed}"), visits.start, people=(*CAST, "presales"))
    walk.go(2 * ACTIONS)
    assert walk.did["complete"]
    to_come = select(DbVisit.id).where(DbVisit.state.in_(("planned", "appointed", "postponed")))
    ended = to_come.join(DbCase, DbCase.id == DbVisit.case_id).where(DbCase.status != "running")
    assert db.session.scalars(ended).all() == [], "a plan that ended has visits to come"
