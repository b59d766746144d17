"""Anybody doing anything to orders and their changes, in any order: one change at a time, and nobody is forgotten."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.background.timers import fire_until
from services.cases.end_case import cancel_case, withdraw_case
from services.cases.history import verify
from services.cases.models import DbCase
from services.database import db
from services.errors import ServiceError
from services.people.models import DbUser
from services.registers import order_hooks
from services.registers.models import ORDER_STATES
from services.tasks.complete_task import complete_task
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.return_task import return_task
from services.tasks.withdraw_task import withdraw_task
from services.types import CaseId, TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.address_change import add_order, move, order, request, start, work
from tests.support.order_races import check

NUMBERS = ("DW1", "DW2")
STARTERS = ("specialist", "supervisor", "presales", "marketing")
ACTIONS = 50
WEIGHTS = {
    "ask": 5,
    "complete": 10,
    "back": 2,
    "take_back": 3,
    "withdraw": 1,
    "cancel": 1,
    "move": 4,
    "correct": 2,
    "courier": 3,
    "work": 4,
    "time": 1,
}


class OrderWalk:
    """Random actions on two orders. ``did`` counts what came of them."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)
        self.now: datetime = MONDAY
        self.did: Counter[str] = Counter()
        self.told: list[str] = []
        self.events = 0

    def go(self) -> None:
        for number in NUMBERS:
            add_order(number)
        for _action in range(ACTIONS):
            self.step()
            while work(self.now):
                continue
            check("; ".join(self.told[-8:]))
        assert verify(db.session) == []

    def step(self) -> None:
        verb = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        number = self.chance.choice(NUMBERS)
        self.told.append(f"{verb} {number}")
        try:
            getattr(self, verb)(number)
            self.did[verb] += 1
        except ServiceError as refusal:
            db.session.rollback()
            self.told[-1] += f" ({refusal})"
        db.session.expire_all()

    def ask(self, number: str) -> None:
        if order(number).state == "delivered":
            move("unprinted", number, reason="又一批", now=self.now)
        place = f"杭州市西湖区文三路 {self.chance.randrange(1000)} 号"
        replaces = self.chance.random() < 0.3
        start(self.chance.choice(STARTERS), number, now=self.now, address=place, replace=replaces)

    def complete(self, number: str) -> None:
        task, username = self._open(number)
        outcome = self.chance.choice(task.outcomes)
        typed = request(number, address=f"别处 {self.chance.randrange(1000)} 号") if outcome == "submit" else {}
        complete_task(find_actor(username), TaskId(task.id), outcome=outcome, comment="好", typed=typed, now=self.now)

    def back(self, number: str) -> None:
        task, username = self._open(number)
        return_task(find_actor(username), TaskId(task.id), to=None, comment="再看看", now=self.now)

    def take_back(self, number: str) -> None:
        done = [task for task in self._tasks(number) if task.closed_by is not None]
        task = self._one(done)
        username = db.session.get_one(DbUser, task.closed_by).username
        withdraw_task(find_actor(username), TaskId(task.id), now=self.now)

    def withdraw(self, number: str) -> None:
        case, username = self._case(number)
        withdraw_case(find_actor(username), CaseId(case.id), now=self.now)

    def cancel(self, number: str) -> None:
        case, _username = self._case(number)
        cancel_case(find_actor("admin"), CaseId(case.id), "不改了", now=self.now)

    def move(self, number: str) -> None:
        move(self.chance.choice(ORDER_STATES[1:]), number, now=self.now)

    def correct(self, number: str) -> None:
        move(self.chance.choice(ORDER_STATES), number, reason="登记错了", now=self.now)

    def courier(self, number: str) -> None:
        self.events += 1
        event = {"id": f"e{self.events}", "number": number, "state": self.chance.choice(ORDER_STATES)}
        order_hooks.take_events([event], now=self.now)

    def work(self, _number: str) -> None:
        work(self.now)

    def time(self, _number: str) -> None:
        self.now += timedelta(minutes=self.chance.choice((10, 60, 600)))
        fire_until(self.now)

    def _tasks(self, number: str) -> list[DbTask]:
        query = db.session.query(DbTask).join(DbCase, DbCase.id == DbTask.case_id)
        return query.filter(DbCase.title.contains(number)).order_by(DbTask.id).all()[-6:]

    def _open(self, number: str) -> tuple[DbTask, str]:
        task = self._one([task for task in self._tasks(number) if task.state == "open"])
        query = db.session.query(DbUser.username).join(DbInboxEntry, DbInboxEntry.user_id == DbUser.id)
        return task, self._one([name for (name,) in query.filter(DbInboxEntry.task_id == task.id)])

    def _case(self, number: str) -> tuple[DbCase, str]:
        query = db.session.query(DbCase).filter(DbCase.title.contains(number), DbCase.status == "running")
        case = self._one(query.order_by(DbCase.id).all())
        return case, db.session.get_one(DbUser, case.starter_id).username

    def _one(self, found: list[Any]) -> Any:
        if not found:
            raise ServiceError("there is none")
        return self.chance.choice(found)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_one_change_at_a_time(seed: int) -> None:
    walk = OrderWalk(f"orders {seed}")
    walk.go()
    assert walk.did["complete"]
    assert walk.did["ask"]
