"""A case that lives on and its twin that is reloaded before every action must never differ, and never get stuck."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.workflows.engine.diagrams import Process, timer, votes
from tests.workflows.engine.driving import World
from workflows.engine import Diagram, Instance, OpenTask, read_diagram

SEEDS = 60
STEPS = 25


def branches_with_timers() -> Process:
    return (
        Process()
        .start()
        .user("a")
        .service("book", "book")
        .parallel("split")
        .user("b")
        .boundary("remind", "b", timer("timeCycle", "R3/PT8H"), interrupting=False)
        .script("note", "reminded = True")
        .end("reminded")
        .user("c")
        .boundary("late", "c", timer("timeDuration", "PT20H"))
        .user("escalated")
        .choice("meet")
        .parallel("join")
        .choice("gate", default="z")
        .user("z")
        .end()
        .line("start", "a", "book", "split", "b", "join", "gate", "z", "end")
        .line("split", "c", "meet", "join")
        .line("late", "escalated", "meet")
        .line("remind", "note", "reminded")
        .flow("gate", "a", "again")
    )


def votes_with_timer() -> Process:
    return (
        Process()
        .start()
        .user("a")
        .user("sign", votes(condition="nrOfCompletedInstances >= 2"))
        .boundary("late", "sign", timer("timeDuration", "PT30H"))
        .user("chase")
        .choice("gate", default="z")
        .user("z")
        .end()
        .line("start", "a", "sign", "gate", "z", "end")
        .line("late", "chase", "gate")
        .flow("gate", "a", "again")
    )


def votes_in_turn() -> Process:
    return (
        Process()
        .start()
        .user("a")
        .user("sign", votes(sequential=True, condition="len(votes) >= 2"))
        .choice("gate", default="z")
        .user("z")
        .end()
        .line("start", "a", "sign", "gate", "z", "end")
        .flow("gate", "a", "again")
    )


def inner_process_with_timers() -> Process:
    inner = (
        Process("inner")
        .start("inner_start")
        .user("u1")
        .boundary("nudge", "u1", timer("timeCycle", "R2/PT5H"), interrupting=False)
        .service("mark", "mark")
        .end("nudged")
        .user("u2")
        .choice("inner_gate", default="inner_end")
        .end("inner_end")
        .line("inner_start", "u1", "u2", "inner_gate", "inner_end")
        .line("nudge", "mark", "nudged")
        .flow("inner_gate", "u1", "again")
    )
    return (
        Process()
        .start()
        .user("a")
        .inner("part", inner)
        .boundary("late", "part", timer("timeDuration", "PT40H"))
        .user("z")
        .end()
        .user("x")
        .end("x_end")
        .line("start", "a", "part", "z", "end")
        .line("late", "x", "x_end")
    )


def signature(instance: Instance) -> Any:
    workflow = instance._workflow
    return (
        [(task.step, task.item, task.variables) for task in instance.open_tasks()],
        [instance.returnable_to(task.id) for task in instance.open_tasks()],
        [(timer.element, timer.due_at) for timer in instance.timers()],
        [(task.task_spec.name, task.state) for task in workflow.all_tasks()],
        sorted(task.task_spec.name for task in workflow.event_manager.tasks.values()),
        instance.variables(),
        instance.finished,
    )


class Twins:
    """The same case twice: once alive all the time, once thrown away and reloaded before every action."""

    def __init__(self, diagram: Diagram, seed: int) -> None:
        self.diagram = diagram
        self.random = random.Random(seed)
        self.world = World(book=lambda call: {"booked": True}, mark=lambda call: {"marked": call.variables})
        self.alive = Instance.start(diagram, {}, self.world.surroundings())
        self.twin = Instance.load(diagram, self.alive.dump(), self.world.surroundings())
        self.log: list[Any] = []
        self.forms: dict[tuple[str, int], dict[str, Any]] = {}

    def compare(self) -> None:
        self.twin = Instance.load(self.diagram, self.twin.dump(), self.world.surroundings())
        self.alive._workflow.surroundings = self.world.surroundings()
        assert signature(self.alive) == signature(self.twin), self.log
        assert self.alive.finished or self.alive.open_tasks() or self.alive.timers(), ("stuck", self.log)

    def both(self, action: Callable[[Instance, list[OpenTask]], None]) -> None:
        for instance in (self.alive, self.twin):
            action(instance, instance.open_tasks())

    def act(self, number: int) -> None:
        tasks = self.alive.open_tasks()
        kind = self.random.choice(["do", "do", "do", "tick", "return"])
        if kind == "tick" or not tasks:
            self.tick()
        elif kind == "do":
            self.complete(self.random.randrange(len(tasks)), number)
        else:
            self.return_from(self.random.randrange(len(tasks)))

    def tick(self) -> None:
        hours = self.random.choice([3, 9, 21])
        self.log.append(("tick", hours))
        self.world.tick(hours=hours)
        for instance in (self.alive, self.twin):
            instance._workflow.surroundings = self.world.surroundings()
            instance.fire_timers()

    def complete(self, index: int, number: int) -> None:
        form: dict[str, Any] = {
            "again": self.random.random() < 0.4,
            "approvers": ["p1", "p2", "p3"],
            "vote": number,
            f"key{number % 5}": {"list": [number, True, 1, 1.0]},
        }
        task = self.alive.open_tasks()[index]
        form[f"form_{task.step}"] = number
        self.forms[task.step, number] = task.variables | form
        self.log.append(("do", index))
        self.both(lambda instance, tasks: instance.complete(tasks[index].id, form))

    def return_from(self, index: int) -> None:
        steps = self.alive.returnable_to(self.alive.open_tasks()[index].id)
        if steps:
            step = self.random.choice(steps)
            self.log.append(("return", index, step))
            self.both(lambda instance, tasks: instance.return_to(tasks[index].id, step))
            (opened, *others) = [task for task in self.alive.open_tasks() if task.step == step]
            if opened.item is None:
                assert not others
                assert opened.variables == self.forms[step, opened.variables[f"form_{step}"]], self.log


@pytest.mark.parametrize("process", [branches_with_timers, votes_with_timer, votes_in_turn, inner_process_with_timers])
def test_alive_and_reloaded_never_differ(process: Callable[[], Process]) -> None:
    diagram = read_diagram(process().xml(), file="walk.bpmn")
    finished = 0
    for seed in range(SEEDS):
        twins = Twins(diagram, seed)
        for number in range(STEPS):
            twins.compare()
            if twins.alive.finished:
                finished += 1
                break
            twins.act(number)
    assert finished > SEEDS // 10
