"""Two workers, and many timers that come due at the same moment."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from benchmarks.client import API, signed_in
from benchmarks.product import Product
from tests.faults import database
from tests.faults.clients import say

TIMERS = 500
UNTIL_DUE = timedelta(seconds=25)
"""Long enough to start them all before."""
PATIENCE_SECONDS = 90.0
FOLDER = Path(__file__).parent / "alarm"


def test_two_workers_fire_each_timer_once(product: Product) -> None:
    publishing = product.command("processes", "publish", str(FOLDER))
    assert publishing.wait(60) == 0, product.log()[-2000:]
    second = product.command("worker")
    try:
        due = datetime.now(UTC) + UNTIL_DUE
        _start_all(product, due)
        assert datetime.now(UTC) < due, "the machine was too slow to start them all before they are due"
        _wait_until_fired(product)
        time.sleep(5)  # whoever fires a second time has had the chance
    finally:
        second.terminate()
        second.wait(30)
    _check_once_each(product)
    _say_how_late(product, due)


def _start_all(product: Product, due: datetime) -> None:
    body = {"process": "alarm", "data": {"at": due.isoformat()}}
    with signed_in(product.port, "specialist") as client:
        for _number in range(TIMERS):
            assert client.post(f"{API}/cases", body).status == 201
    workers = database.rows(product, "SELECT count(*) FROM heartbeats WHERE seen_at > now() - interval '5 seconds'")
    assert workers == [(2,)]


def _wait_until_fired(product: Product) -> None:
    deadline = time.monotonic() + UNTIL_DUE.total_seconds() + PATIENCE_SECONDS
    waiting = "SELECT count(*) FROM cases WHERE next_due IS NOT NULL"
    while database.rows(product, waiting) != [(0,)]:
        assert time.monotonic() < deadline, product.log()[-2000:]
        time.sleep(0.5)


def _check_once_each(product: Product) -> None:
    fired = database.rows(product, "SELECT case_id, count(*) FROM history WHERE action = 'timer' GROUP BY case_id")
    asked = database.rows(product, "SELECT case_id, count(*) FROM tasks WHERE step = 'wake' GROUP BY case_id")
    assert Counter(count for _case, count in fired) == {1: TIMERS}
    assert Counter(count for _case, count in asked) == {1: TIMERS}
    failed = database.rows(product, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
    assert failed == [(0,)]
    assert database.verified(product), product.log()[-2000:]


def _say_how_late(product: Product, due: datetime) -> None:
    moments = database.rows(product, "SELECT at FROM history WHERE action = 'timer' ORDER BY at")
    late = [(at - due).total_seconds() for (at,) in moments]
    assert late[0] >= 0, "fired before it was due"
    tenths = quantiles(late, n=10)
    say(f"{TIMERS} due at once: first {late[0]:.2f} s late, median {tenths[4]:.2f} s, last {late[-1]:.2f} s\n")
