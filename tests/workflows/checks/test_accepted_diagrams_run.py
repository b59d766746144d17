"""A diagram without errors never stops in the middle, whichever way a case takes through it."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.processes.words import KNOWN
from tests.conftest import MONDAY
from tests.support.folders import folder
from tests.workflows.checks.diagrams import Diagram, properties
from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.checks.folder import check_folder
from workflows.definition.reading import examine_process
from workflows.engine import Decided, Instance, Surroundings
from workflows.expressions import FUNCTIONS

MAX_STEPS = 60
BLOCKS = st.lists(
    st.tuples(st.sampled_from(["choice", "parallel"]), st.sampled_from(["choice", "parallel"]), st.booleans()),
    min_size=1,
    max_size=3,
)
CONDITIONS = st.sampled_from(["outcome == 'reject'", "amount > 100", "kind == 'gift'", "bonus > 1", "kind == 'gifts'"])


def drawn(blocks: list[tuple[str, str, bool]], condition: str) -> Diagram:
    """Blocks in a row, each split and joined by gateways that may or may not match; some lead back."""
    diagram = Diagram(lane="总经理").start().user("apply")
    before = "apply"
    for number, (split, join, back) in enumerate(blocks):
        opening, closing, left, right = (f"{name}{number}" for name in ("split", "join", "left", "right"))
        diagram.user(left, properties(form="apply", outcomes="approve,reject"))
        diagram.user(right, properties(form="apply", outcomes="approve,reject"))
        gate(diagram, opening, split, f"{opening}_{left}").flow(before, opening).flow(opening, left)
        diagram.flow(opening, right, condition if split == "choice" else "")
        gate(diagram, closing, join, "").flow(left, closing).flow(right, closing)
        before = closing
        if back:
            turn, again = f"turn{number}", f"again{number}"
            diagram.choice(turn, default=f"{turn}_{again}").user(again).flow(closing, turn).flow(turn, again)
            diagram.flow(turn, opening, "outcome == 'reject'")
            before = again
    return diagram.end().flow("start", "apply").flow(before, "end")


def gate(diagram: Diagram, node: str, kind: str, default: str) -> Diagram:
    return diagram.choice(node, default=default) if kind == "choice" else diagram.parallel(node)


@settings(max_examples=60)
@given(BLOCKS, CONDITIONS, st.integers(0, 10_000))
def test_a_case_always_goes_on(blocks: list[tuple[str, str, bool]], condition: str, seed: int) -> None:
    files = folder(drawn(blocks, condition))
    definition, problems = examine_process(files)
    problems += check_folder(files, KNOWN)
    if definition is None or any(problem.severity == "error" for problem in problems):
        return
    chance = random.Random(seed)
    surroundings = Surroundings(
        now=MONDAY,
        operations={},
        undo=lambda _call: None,
        functions={**FUNCTIONS, **calendar_functions(CompanyCalendar(), MONDAY)},
        decide=lambda _name, _variables: Decided(outputs={}),
    )
    instance = Instance.start(definition.diagram, {}, surroundings)
    for _step in range(MAX_STEPS):
        if instance.finished is not None:
            return
        waiting = instance.open_tasks()
        assert waiting, "the case stands still"
        task = chance.choice(waiting)
        values = {"subject": "x", "amount": chance.choice([1, 1000]), "kind": chance.choice(["gift", "meal"])}
        outcome = chance.choice(definition.tasks[task.step].outcomes)
        instance.complete(task.id, {**values, "outcome": outcome, "comment": ""})
