"""Eight people work on 200 cases while web server, worker and database are killed again and again."""

from __future__ import annotations

import os
import random
import re
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from benchmarks.cases import DECIDERS, hospitality, today
from benchmarks.client import Client, open_token
from benchmarks.product import Product
from tests.faults import database
from tests.faults.clients import Acknowledged, approve, say, show, start
from tests.faults.killer import Killer

CASES = 200
THREADS = 8
LAST_START_SECONDS = 75.0
"""Cases begin spread over this time, so that the kills hit every kind of moment."""
HOSTING_DAYS = 2


def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(product: Product) -> None:
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(1_000_000))
    say(f"FAULTS_SEED={seed}")
    tokens = {name: open_token(product.port, name) for name in ("specialist", *DECIDERS.values())}
    acknowledged, numbers = _work_under_fire(product, tokens, seed)
    product.wait_ready()
    _check_numbers(product, numbers)
    _check_history(product, tokens["specialist"], acknowledged)
    _check_rows(product)
    _check_timers(product)
    _fire_twice(product)
    assert database.verified(product), product.log()[-2000:]


def _work_under_fire(product: Product, tokens: dict[str, str], seed: int) -> tuple[Acknowledged, dict[int, str]]:
    acknowledged, numbers = Acknowledged(), dict[int, str]()
    killer = Killer(product, seed)
    began = time.monotonic()
    killer.start()
    try:
        with ThreadPoolExecutor(THREADS) as people:
            lanes = [range(first, CASES, THREADS) for first in range(THREADS)]
            jobs = [people.submit(_work, product, tokens, seed, lane, acknowledged, numbers) for lane in lanes]
            for job in jobs:
                job.result()
    finally:
        killer.stop()
    lasted = time.monotonic() - began
    say(f"{lasted:.0f} s, killed {dict(killer.killed)}")
    say(f"{len(acknowledged.comments)} approvals acknowledged; {acknowledged.retried} had lost their answer")
    assert {"web", "worker", "postmaster"} <= set(killer.killed), "too few kills to say anything"
    return acknowledged, numbers


def _work(
    product: Product,
    tokens: dict[str, str],
    seed: int,
    lane: range,
    acknowledged: Acknowledged,
    numbers: dict[int, str],
) -> None:
    """One person's share of the cases, one after the other, each from the application to the hosting day."""
    clients = {name: Client(product.port, token=token, timeout=15) for name, token in tokens.items()}
    chance = random.Random(seed * 1000 + lane.start)
    began = time.monotonic()
    for at, _number in enumerate(lane):
        time.sleep(max(0.0, began + LAST_START_SECONDS * at / len(lane) - time.monotonic()))
        # some are beyond what is left of the month, so that over_budget_approval is on the way too
        data = hospitality(meal=chance.randrange(50, 400), days=HOSTING_DAYS)
        case = start(clients["specialist"], "hospitality", data, key=str(uuid.UUID(int=chance.getrandbits(128))))
        numbers[case["id"]] = case["number"]
        while case["tasks"]:
            [task] = case["tasks"]
            decider = clients[DECIDERS[task["step"]]]
            case = approve(decider, case["id"], task["id"], f"同意 {case['id']} {task['id']}", acknowledged)
    for client in clients.values():
        client.close()


def _check_numbers(product: Product, numbers: dict[int, str]) -> None:
    """Every acknowledged start is there with its number; numbers have no gap and no double; nothing started twice."""
    stored = dict(database.rows(product, "SELECT id, number FROM cases"))
    assert stored == numbers
    assert len(stored) == CASES
    order = sorted(int(re.sub(r".*-", "", number)) for number in stored.values())
    assert order == list(range(1, CASES + 1))


def _check_history(product: Product, token: str, acknowledged: Acknowledged) -> None:
    """As the API tells it, each acknowledged approval exactly once, and no other approval."""
    told: Counter[tuple[int, str]] = Counter()
    with Client(product.port, token=token) as client:
        for case_id in set(acknowledged.comments.values()):
            lines = show(client, case_id)["history"]
            told.update((case_id, line["comment"]) for line in lines if line["action"] == "completed")
            assert sum(line["action"] == "started" for line in lines) == 1
    assert told == Counter((case_id, comment) for comment, case_id in acknowledged.comments.items())


def _check_rows(product: Product) -> None:
    assert database.rows(product, database.STUCK) == []
    assert database.rows(product, database.HALF_DONE) == []
    assert database.rows(product, database.BUDGETS) == []
    assert database.rows(product, database.UNRESERVED) == []
    [(reserved,)] = database.rows(product, "SELECT count(*) FROM reservations WHERE state = 'reserved'")
    assert reserved == CASES


def _check_timers(product: Product) -> None:
    """Every case waits for the day after the dinner, with that one timer."""
    found = database.rows(product, "SELECT timers, next_due, status FROM cases")
    assert [len(timers) for timers, _due, _status in found] == [1] * CASES
    assert {timers[0]["element"] for timers, _due, _status in found} == {"hosting_day"}
    assert {status for _timers, _due, status in found} == {"running"}
    assert len({due for _timers, due, _status in found}) == 1


def _fire_twice(product: Product) -> None:
    """Two catch-ups at once: each case gets its one report task."""
    as_of = (today() + timedelta(days=HOSTING_DAYS + 1)).isoformat() + "T12:00:00+08:00"
    both = [product.command("timers", "fire", "--as-of", as_of) for _number in range(2)]
    assert [firing.wait(180) for firing in both] == [0, 0], product.log()[-2000:]
    counts = "SELECT case_id, count(*) FROM {} GROUP BY case_id"
    reports = database.rows(product, counts.format("tasks WHERE step = 'report' AND state = 'open'"))
    fired = database.rows(product, counts.format("history WHERE action = 'timer' AND step = 'hosting_day'"))
    assert Counter(count for _case, count in reports) == {1: CASES}
    assert Counter(count for _case, count in fired) == {1: CASES}
