"""Eight connections click on the same task at the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from benchmarks.cases import hospitality
from benchmarks.client import API, Client, open_token, signed_in
from benchmarks.product import Product
from tests.faults import database

TASKS = 100
CLICKS = 8


def test_one_of_eight_simultaneous_clicks_wins(product: Product) -> None:
    with signed_in(product.port, "specialist") as specialist:
        body = {"process": "hospitality", "data": hospitality()}
        cases = [specialist.post(f"{API}/cases", body).json() for _number in range(TASKS)]
    token = open_token(product.port, "manager")
    barrier = threading.Barrier(CLICKS, timeout=60)
    tasks = [case["tasks"][0]["id"] for case in cases]
    with ThreadPoolExecutor(CLICKS) as hands:
        clicks = [hands.submit(_click_all, product.port, token, tasks, barrier) for _hand in range(CLICKS)]
        answers = [click.result() for click in clicks]
    for at in range(TASKS):
        assert Counter(statuses[at] for statuses in answers) == {200: 1, 409: CLICKS - 1}, f"task {tasks[at]}"
    _check_that_all_went_on(product)


def _click_all(port: int, token: str, tasks: list[int], barrier: threading.Barrier) -> list[int]:
    statuses = []
    with Client(port, token=token) as client:
        for task in tasks:
            barrier.wait()
            answer = client.post(f"{API}/tasks/{task}/complete", {"outcome": "approve", "comment": "同意"})
            statuses.append(answer.status)
    return statuses


def _check_that_all_went_on(product: Product) -> None:
    steps = database.rows(product, "SELECT step, count(*) FROM tasks WHERE state = 'open' GROUP BY step")
    assert steps == [("gm_review", TASKS)]
    done = database.rows(product, "SELECT count(*) FROM history WHERE action = 'completed'")
    assert done == [(TASKS,)]
    assert database.rows(product, database.HALF_DONE) == []
    assert database.verified(product), product.log()[-2000:]
