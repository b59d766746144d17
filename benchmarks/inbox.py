"""Inbox pages with a hundred thousand open tasks: the query alone, and the page over HTTP."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from statistics import median, quantiles

from flask import Flask
from sqlalchemy import Engine, text

from benchmarks.cases import today
from benchmarks.client import Client
from benchmarks.pages import browser_cookie
from benchmarks.product import Product
from benchmarks.results import Results
from benchmarks.service import open_application, start_cases
from benchmarks.statements import traffic
from services.database import db, read_session
from services.tasks.list_tasks import InboxFilter, list_tasks
from services.types import UserId

TASKS = 100_000
PEOPLE = 500
BUSY_SHARE = 20
"""One person, ``gm``, holds one task in twenty: 5,000 of them."""
CALLS = 300
PAGES = 100
SEED = 1

FILTERS = {
    "todo": InboxFilter(),
    "claimable": InboxFilter(view="claimable"),
    "done": InboxFilter(view="done"),
    "started": InboxFilter(view="started"),
    "created": InboxFilter(sort="created"),
    "amount": InboxFilter(sort="-amount"),
    "text": InboxFilter(text="晨光"),
    "number": InboxFilter(text="BM-000077"),
    "process": InboxFilter(process="hospitality"),
    "due": InboxFilter(due_before=today() + timedelta(days=3)),
    "range": InboxFilter(amount_from=Decimal(100), amount_to=Decimal(200)),
}

_PEOPLE = """
INSERT INTO users (username, name, email, department_id, password_hash, active, demo)
SELECT 'bench' || n, '同事' || n, '', (SELECT min(id) FROM departments), '', true, false
FROM generate_series(1, :people) n"""
_CASES = """
INSERT INTO cases (number, process_key, version_id, status, title, amount, starter_id, department_id, created_at,
  timers, state, forms, variables, passed, history_length, history_head, row_version)
SELECT 'BM-' || to_char(n, 'FM000000'), process_key, version_id, status, title, n % 1000,
  (SELECT id FROM users WHERE username = 'bench' || (n * 7 % :people + 1)), department_id,
  created_at - n * interval '1 minute', timers, state, forms, variables, passed, 0, '', 1
FROM generate_series(1, :tasks) n, (SELECT * FROM cases WHERE id = :model) model"""
_TASKS = """
INSERT INTO tasks
  (case_id, engine_task, step, name, lane, outcomes, state, assignee_id, created_at, due_at, outcome, why)
SELECT c.id, m.engine_task, m.step, m.name, m.lane, m.outcomes, 'open', CASE WHEN n % 4 > 0 THEN holder.id END,
  c.created_at, c.created_at + n % 30 * interval '1 day', '', m.why
FROM (SELECT *, substr(number, 4)::int n FROM cases WHERE number LIKE 'BM-%') c
JOIN users holder ON holder.username = CASE WHEN n % :busy = 0 THEN 'gm' ELSE 'bench' || (n % :people + 1) END,
  (SELECT * FROM tasks WHERE case_id = :model ORDER BY id LIMIT 1) m"""
_DONE = """
INSERT INTO tasks (case_id, engine_task, step, name, lane, outcomes, state, assignee_id, created_at, due_at, closed_at,
  closed_by, outcome, why)
SELECT case_id, engine_task, step, t.name, lane, outcomes, 'done', holder.id, t.created_at, due_at, t.created_at,
  holder.id, 'approve', why
FROM tasks t JOIN users holder ON holder.username = 'bench' || (t.id * 3 % :people + 1)
WHERE case_id IN (SELECT id FROM cases WHERE number LIKE 'BM-%')"""
_INBOX = """
INSERT INTO inbox_entries (task_id, user_id, claimable, hidden, process_key, due_at)
SELECT t.id, holder.id, n % 4 = 0, false, t.process_key, t.due_at
FROM (SELECT t.*, c.process_key, substr(c.number, 4)::int n FROM tasks t JOIN cases c ON c.id = t.case_id
  WHERE c.number LIKE 'BM-%') t
JOIN users holder ON holder.username = CASE WHEN n % :busy = 0 THEN 'gm' ELSE 'bench' || (n % :people + 1) END"""


def run(product: Product, results: Results) -> None:
    app = open_application(product)
    with app.app_context():
        engine = db.engine
    [model] = start_cases(app, 1)
    _fill(engine, model)
    people, busy = _people(engine)
    results.add("inbox_tasks", _count(engine))
    _queries(app, engine, people[0], results)
    _lists(app, people, busy, results)
    engine.dispose()
    _pages(product, results)


def _fill(engine: Engine, model: int) -> None:
    """By SQL, because a hundred thousand services would take hours. ANALYZE is what autovacuum would do soon after."""
    known = {"people": PEOPLE, "tasks": TASKS, "busy": BUSY_SHARE, "model": model}
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in (_PEOPLE, _CASES, _TASKS, _INBOX, _DONE):
            wanted = {name: value for name, value in known.items() if f":{name}" in statement}
            connection.execute(text(statement), wanted)
        connection.execute(text("ANALYZE"))


def _people(engine: Engine) -> tuple[list[UserId], UserId]:
    with engine.connect() as connection:
        ids = connection.execute(text("SELECT id FROM users WHERE username LIKE 'bench%' ORDER BY id")).scalars()
        busy = connection.execute(text("SELECT id FROM users WHERE username = 'gm'")).scalar_one()
        return [UserId(user_id) for user_id in ids], UserId(busy)


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM tasks WHERE state = 'open'")).scalar_one()
        return found


def _queries(app: Flask, engine: Engine, person: UserId, results: Results) -> None:
    with traffic(engine) as seen:
        with engine.connect():
            pass
        seen.statements.clear()
        _list(app, person, InboxFilter())
    asked = [statement for statement in seen.statements if statement != ";"]  # the pool's ping
    results.add("inbox_queries", len(asked), goal=1)


def _list(app: Flask, person: UserId, wanted: InboxFilter) -> int:
    with app.app_context():
        return len(list_tasks(read_session(), person, wanted).lines)


def _lists(app: Flask, people: list[UserId], busy: UserId, results: Results) -> None:
    chosen = random.Random(SEED).choices(people, k=CALLS)
    todo = _timed([lambda person=person: _list(app, person, InboxFilter()) for person in chosen])
    results.add("inbox_p50_ms", median(todo), unit="ms")
    results.add("inbox_p99_ms", _p99(todo), unit="ms", goal=50)
    worst: dict[str, float] = {}
    for name, wanted in FILTERS.items():
        calls = [
            lambda person=person, wanted=wanted: _list(app, person, wanted) for person in [*chosen[:30], busy, busy]
        ]
        worst[name] = max(_timed(calls)[1:])
    results.add("inbox_any_filter_worst_ms", max(worst.values()), unit="ms", goal=50)
    results.note("slowest call of each filter", [f"{name:12} {length:8.1f} ms" for name, length in worst.items()])


def _pages(product: Product, results: Results) -> None:
    with Client(product.port, cookie=browser_cookie(product, "gm")) as browser:
        seconds = _timed([lambda: _page(browser) for _number in range(PAGES + 1)])[1:]
    results.add("inbox_page_p50_ms", median(seconds), unit="ms")
    results.add("inbox_page_p99_ms", _p99(seconds), unit="ms", goal=50)


def _page(browser: Client) -> None:
    answer = browser.get("/inbox")
    assert answer.status == 200
    assert answer.body.count(b"/tasks/") >= 50


def _timed(calls: list[Callable[[], object]]) -> list[float]:
    """Milliseconds of each call; the first is not counted by those who measure what a process learns once."""
    lengths = []
    for call in calls:
        began = time.perf_counter()
        call()
        lengths.append(1000 * (time.perf_counter() - began))
    return lengths


def _p99(lengths: list[float]) -> float:
    return quantiles(lengths, n=100)[98]
