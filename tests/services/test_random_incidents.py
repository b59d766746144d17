"""Whatever fails and however it is mended, a case comes to its end and nothing of it is half done."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.background.timers import fire_until
from services.cases.action import open_case
from services.cases.history import verify
from services.cases.models import DbCase
from services.database import db
from services.errors import ServiceError
from services.incidents.mending import move, retry, set_data, skip
from services.incidents.models import DbIncident
from services.incidents.queries import show_incident
from services.tasks.models import DbTask
from tests.conftest import MONDAY, find_actor
from tests.support.acting import asked, back, sign, status
from tests.support.shapes import FINANCE, GM, MANAGER, applying, signing, start_unchecked
from tests.workflows.engine.diagrams import Process, timer

ACTIONS = 30


def fragile() -> Process:
    """Two branches, a reminder, an operation, a wait and two gateways; most of it fails for an amount of 100."""
    process = applying().parallel("split").parallel("join")
    process.script("share", "share = 1 / (amount - 100)").service(
        "reserve", "reserve_budget", amount="amount", date="amount"
    )
    process.choice("dear", default="near").choice("worth", default="left").choice("merge").choice("near")
    process.node("intermediateCatchEvent", "wait", timer("timeDuration", "'PT1H' if 1 / (amount - 100) else ''"))
    process.boundary("late", "right", timer("timeDuration", "'PT2H' if 1 / (amount - 100) else ''"), interrupting=False)
    process.script("count", "late_by = missing + 1").end("counted")
    for step, lane in (("left", MANAGER), ("right", GM), ("second", GM), ("last", FINANCE)):
        signing(process, step, lane)
    process.line("start", "apply", "worth").flow("worth", "merge", "1 / (amount - 100) > 0").flow("worth", "left")
    process.line("left", "merge", "split")
    process.line("split", "share", "first", "join").line("split", "right", "reserve", "join", "wait", "dear")
    signing(process, "first", MANAGER)
    process.line("late", "count", "counted")
    process.flow("dear", "second", "amount > 1000 / (amount - 100)").flow("dear", "near").flow("second", "near")
    return process.line("near", "last", "end")


def open_incidents(case: DbCase) -> list[DbIncident]:
    query = select(DbIncident).where(DbIncident.case_id == case.id, DbIncident.state == "open")
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def check_whole(case: DbCase) -> None:
    """What is written about the case is what the engine knows."""
    db.session.expire_all()
    stored = db.session.get_one(DbCase, case.id)
    known = open_incidents(case)
    assert (stored.open_incidents, stored.held_up) == (len(known), any(each.holds for each in known))
    tasks = select(DbTask.engine_task).where(DbTask.case_id == case.id, DbTask.state == "open")
    if stored.status != "running":
        assert known == []
        assert db.session.scalars(tasks).all() == []
        return
    run = open_case(db.session, stored, actor=None, now=MONDAY)
    assert {each.task_id for each in run.instance.held()} == {each.engine_task for each in known if each.holds}
    assert sorted(db.session.scalars(tasks)) == sorted(task.id for task in run.instance.open_tasks())
    assert run.instance.held() or run.instance.open_tasks() or run.instance.timers(), "nobody can move this case"
    db.session.rollback()


def mend(chance: random.Random, incident: DbIncident) -> None:
    owner = find_actor(chance.choice(("owner", "admin")))
    remedies = show_incident(db.session, owner, incident.id, now=MONDAY).remedies
    amount = chance.choice((100, 50, 2000))
    way = chance.choice(remedies.ways)[0] if remedies.ways else None
    number = incident.id
    db.session.rollback()
    choices = [
        lambda: retry(owner, number, reason="更正", variables={"amount": amount}, now=MONDAY),
        lambda: retry(owner, number, reason="再试", now=MONDAY),
        lambda: set_data(owner, number, reason="更正", variables={"amount": amount, "missing": 1}, now=MONDAY),
        lambda: skip(owner, number, reason="跳过", way=way, now=MONDAY),
    ]
    if remedies.moves:
        step = chance.choice(remedies.moves)[0]
        choices.append(lambda: move(owner, number, step=step, reason="移动", now=MONDAY))
    chance.choice(choices)()


def work(chance: random.Random, case: DbCase) -> None:
    username, step = chance.choice(sorted(asked(case).items()))
    if chance.random() < 0.2 and step != "apply":
        back(case, username, step=step)
    else:
        sign(case, username, "submit" if step == "apply" else "approve", step=step)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("seed", range(4))
def test_whatever_fails_and_however_it_is_mended_the_case_can_finish(seed: int) -> None:
    chance = random.Random(f"incidents {seed}")
    case = start_unchecked(fragile())
    now = MONDAY
    for _action in range(ACTIONS):
        try:
            if open_incidents(case) and chance.random() < 0.5:
                mend(chance, chance.choice(open_incidents(case)))
            elif asked(case) and chance.random() < 0.8:
                work(chance, case)
            else:
                now += timedelta(hours=1)
                fire_until(now)
        except ServiceError:
            db.session.rollback()
        check_whole(case)
        if status(case) != "running":
            break
    _finish(case)
    assert status(case) == "completed"
    assert verify(db.session) == []
    db.session.rollback()


def _finish(case: DbCase) -> None:
    """Skip what fails and sign what is asked: from wherever the case stands that is enough."""
    until = MONDAY + timedelta(days=2)
    for _turn in range(40):
        if status(case) != "running":
            return
        for incident in open_incidents(case):
            view = show_incident(db.session, find_actor("owner"), incident.id, now=MONDAY)
            way, number = (view.remedies.ways[-1][0] if view.remedies.ways else None), incident.id
            db.session.rollback()
            skip(find_actor("owner"), number, reason="跳过", way=way, now=MONDAY)
        for username, step in asked(case).items():
            sign(case, username, "submit" if step == "apply" else "approve", step=step)
        until += timedelta(hours=3)
        fire_until(until)
        check_whole(case)
