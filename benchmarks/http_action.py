"""One approval over HTTP: the CPU of every process it keeps busy, its latency and its statements."""

from __future__ import annotations

import time
from statistics import median, quantiles

from sqlalchemy import select

from benchmarks.cases import DECIDERS, hospitality
from benchmarks.client import API, Client, open_token, signed_in
from benchmarks.processes import tree_cpu_seconds
from benchmarks.product import Product
from benchmarks.results import Results
from benchmarks.service import open_application, open_task, start_cases
from benchmarks.statements import traffic
from services.database import db

CASES = 60
WARM_UP = 5
STEPS = ("manager_review", "gm_review", "finance_review")


def run(product: Product, results: Results) -> None:
    _cost(product, results)
    _statements(product, results)


def _cost(product: Product, results: Results) -> None:
    """Cases are approved to the end of their way; the budget's reservation and the timer's job are in the figure."""
    clients = {name: signed_in(product.port, name) for name in ("specialist", *DECIDERS.values())}
    cases = [_start(clients["specialist"]) for _number in range(CASES + WARM_UP)]
    for case in cases[:WARM_UP]:
        _approve_all(clients, case)
    roots = (product.run_pid, product.postmaster_pid)
    began, before = time.monotonic(), tree_cpu_seconds(*roots)
    seconds = [length for case in cases[WARM_UP:] for length in _approve_all(clients, case)]
    spent, lasted = tree_cpu_seconds(*roots) - before, time.monotonic() - began
    results.add("action_http_cpu_ms", 1000 * spent / len(seconds), unit="ms", goal=15)
    results.add("action_http_p50_ms", 1000 * median(seconds), unit="ms")
    results.add("action_http_p99_ms", 1000 * quantiles(seconds, n=100)[98], unit="ms")
    _idle(roots, lasted, len(seconds), results)
    for client in clients.values():
        client.close()


def _idle(roots: tuple[int, int], lasted: float, actions: int, results: Results) -> None:
    """What the same processes use in the same time without any approval; it is part of the figure above."""
    before = tree_cpu_seconds(*roots)
    time.sleep(lasted)
    results.add("idle_share_of_http_cpu_ms", 1000 * (tree_cpu_seconds(*roots) - before) / actions, unit="ms")


def _start(specialist: Client) -> dict[str, object]:
    answer = specialist.post(f"{API}/cases", {"process": "hospitality", "data": hospitality()})
    assert answer.status == 201, answer.body
    case: dict[str, object] = answer.json()
    return case


def _approve_all(clients: dict[str, Client], case: dict[str, object]) -> list[float]:
    seconds = []
    for step in STEPS:
        [task] = case["tasks"]  # type: ignore[misc]
        assert task["step"] == step
        began = time.perf_counter()
        answer = clients[DECIDERS[step]].post(
            f"{API}/tasks/{task['id']}/complete", {"outcome": "approve", "comment": "同意"}
        )
        seconds.append(time.perf_counter() - began)
        assert answer.status == 200, answer.body
        case = answer.json()
    return seconds


def _statements(product: Product, results: Results) -> None:
    """Counted in this process, by the same application; a first request teaches it what it learns once."""
    app = open_application(product)
    token = open_token(product.port, "manager")
    with app.app_context():
        engine = db.engine
    first, second = start_cases(app, 2)
    client = app.test_client()

    def approve(task_id: int) -> int:
        body = {"outcome": "approve", "comment": "同意"}
        headers = {"Authorization": f"Bearer {token}"}
        return client.post(f"{API}/tasks/{task_id}/complete", json=body, headers=headers).status_code

    assert approve(open_task(app, first)) == 200
    task_id = open_task(app, second)
    with traffic(engine) as seen:
        with engine.connect() as connection:
            connection.execute(select(1))
        seen.statements.clear()
        seen.commits = 0
        assert approve(task_id) == 200
    results.add("action_http_sql_statements", len(seen.statements))
    results.add("action_http_commits", seen.commits, goal=1)
    results.note("statements of manager's approval over HTTP", seen.statements)
