"""One approval at the level of the services: CPU against a bare transaction, statements, commits, bytes of state."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median

from flask import Flask
from sqlalchemy import Engine, select

from benchmarks import bare
from benchmarks.processes import thread_cpu_seconds
from benchmarks.product import Product
from benchmarks.results import Results
from benchmarks.service import actor_named, approve, open_application, open_task, start_cases
from benchmarks.statements import Traffic, traffic
from services.cases.models import DbCase
from services.database import db
from services.types import Actor, CaseId, TaskId

SAMPLES = 160
WARM_UP = 20
APPROVERS = ("manager", "gm")
"""Both approvals write the same kinds of rows; finance's also reserves money and is counted apart."""


def run(product: Product, results: Results) -> None:
    app = open_application(product)
    with app.app_context():
        engine = db.engine
    try:
        _count(app, engine, results)
        _measure(app, engine, results)
    finally:
        engine.dispose()


def _count(app: Flask, engine: Engine, results: Results) -> None:
    first, second = start_cases(app, 2)
    for name in (*APPROVERS, "finance"):
        actor = actor_named(app, name)
        approve(app, actor, open_task(app, first))  # what a process learns once is not the price of an action
        seen = _traffic_of(app, engine, actor, open_task(app, second))
        if name != "gm":
            results.note(f"statements of {name}'s approval", seen.statements)
        if name == "manager":
            results.add("action_sql_statements", len(seen.statements), goal=12)
            results.add("action_commits", seen.commits, goal=1)
        elif name == "finance":
            results.add("action_with_budget_sql_statements", len(seen.statements))
        else:
            results.add("action_bytes", _state_bytes(engine, second), unit="B")


def _traffic_of(app: Flask, engine: Engine, actor: Actor, task_id: TaskId) -> Traffic:
    with traffic(engine) as seen:
        with engine.connect():
            pass  # opening a connection asks things of its own
        seen.statements.clear()
        approve(app, actor, task_id)
    return seen


def _state_bytes(engine: Engine, case_id: CaseId) -> int:
    with engine.connect() as connection:
        return len(connection.execute(select(DbCase.state).where(DbCase.id == case_id)).scalar_one())


def _measure(app: Flask, engine: Engine, results: Results) -> None:
    """Alternately, so that whatever else the machine does hits both alike."""
    actors = [actor_named(app, name) for name in APPROVERS]
    [model, *cases] = start_cases(app, 2 * (SAMPLES + WARM_UP) + 1)
    patterns = [_pattern(app, engine, actor, model) for actor in actors]
    meter = _Meter(engine)
    real, plain = [], []
    gc.collect()
    for at in range(0, len(cases), 2):
        bare_task = open_task(app, cases[at + 1])
        for actor, rows in zip(actors, patterns, strict=True):
            real.append(meter.cost(_approval(app, actor, open_task(app, cases[at]))))
            cost, bare_task = _bare_cost(meter, engine, cases[at + 1], bare_task, rows)
            plain.append(cost)
    real, plain = real[2 * WARM_UP :], plain[2 * WARM_UP :]
    results.add("action_cpu_ms", 1000 * median(real), unit="ms")
    results.add("bare_transaction_cpu_ms", 1000 * median(plain), unit="ms")
    results.add("action_cpu_ratio", sum(real) / sum(plain), goal=3)


def _pattern(app: Flask, engine: Engine, actor: Actor, model: CaseId) -> bare.Written:
    before = bare.look(engine, model)
    approve(app, actor, TaskId(before.task["id"]))
    return bare.written_since(engine, before)


def _approval(app: Flask, actor: Actor, task_id: TaskId) -> Callable[[], None]:
    return lambda: approve(app, actor, task_id)


def _bare_cost(
    meter: _Meter, engine: Engine, case_id: CaseId, task_id: TaskId, rows: bare.Written
) -> tuple[float, TaskId]:
    opened: list[int] = []
    cost = meter.cost(lambda: opened.append(bare.write(engine, case_id, task_id, rows)))
    return cost, TaskId(opened[0])


class _Meter:
    """CPU seconds of this process and of its one database backend."""

    def __init__(self, engine: Engine) -> None:
        engine.dispose()
        self._engine = engine
        self._backend = self._backend_pid()

    def _backend_pid(self) -> int:
        with self._engine.connect() as connection:
            pid: int = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            return pid

    def cost(self, work: Callable[[], None]) -> float:
        backend, own = thread_cpu_seconds(self._backend), time.process_time()
        work()
        return time.process_time() - own + self._settled() - backend

    def _settled(self) -> float:
        """The backend still tidies up when the client has its answer already."""
        seen = thread_cpu_seconds(self._backend)
        while (now := self._after_a_moment()) != seen:
            seen = now
        return seen

    def _after_a_moment(self) -> float:
        time.sleep(0.001)
        return thread_cpu_seconds(self._backend)
