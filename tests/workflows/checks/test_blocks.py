"""Processes built out of whole blocks are sound; exchange one join for the wrong kind and they are not."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.checks.diagrams import Diagram
from tests.workflows.checks.findings import errors_of
from workflows.checks import explore

LEAF = st.just(("task",))
BLOCKS = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.tuples(st.just("sequence"), inner, inner),
        st.tuples(st.just("choice"), inner, inner),
        st.tuples(st.just("parallel"), inner, inner),
        st.tuples(st.just("loop"), inner),
    ),
    max_leaves=8,
)


@dataclass
class Builder:
    """Draws blocks from left to right; ``wrong`` is the number of the join to exchange."""

    wrong: int | None = None
    diagram: Diagram = field(default_factory=Diagram)
    count: int = 0
    joins: int = 0

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def draw(self, block: tuple, before: str, condition: str = "", flow_id: str = "") -> str:
        """Draw the block behind ``before``; returns the node that leads on."""
        kind, *inner = block
        if kind == "sequence":
            return self.draw(inner[1], self.draw(inner[0], before, condition, flow_id))
        return {"task": self.task, "loop": self.loop}.get(kind, self.fork)(block, before, condition, flow_id)

    def task(self, block: tuple, before: str, condition: str, flow_id: str) -> str:
        task = self.name("task")
        self.diagram.user(task).flow(before, task, condition, flow_id)
        return task

    def fork(self, block: tuple, before: str, condition: str, flow_id: str) -> str:
        is_choice = block[0] == "choice"
        split, join = self.name("split"), self.name("join")
        default = f"default_{split}"
        self.gateway(split, is_choice, default).flow(before, split, condition, flow_id)
        self.joins += 1
        self.gateway(join, is_choice != (self.joins == self.wrong), "")
        for number, inner in enumerate(block[1:]):
            flow = default if number == 0 else ""
            self.diagram.flow(self.draw(inner, split, "x" if is_choice and number else "", flow), join)
        return join

    def loop(self, block: tuple, before: str, condition: str, flow_id: str) -> str:
        entry, leave = self.name("entry"), self.name("leave")
        self.diagram.choice(entry).choice(leave, default=f"default_{leave}").flow(before, entry, condition, flow_id)
        last = self.draw(block[1], entry)
        self.diagram.flow(last, leave).flow(leave, entry, "again")
        passed = self.name("task")
        self.diagram.user(passed).flow(leave, passed, flow_id=f"default_{leave}")
        return passed

    def gateway(self, node_id: str, is_choice: bool, default: str) -> Diagram:
        return self.diagram.choice(node_id, default) if is_choice else self.diagram.parallel(node_id)


def drawn(block: tuple, wrong: int | None = None) -> Builder:
    builder = Builder(wrong)
    last = builder.draw(block, "start")
    builder.diagram.start().user("last").end().chain(last, "last", "end")
    return builder


@given(BLOCKS)
def test_whole_blocks_are_sound(block: tuple) -> None:
    assert errors_of(drawn(block).diagram) == []


@given(BLOCKS, st.data())
def test_a_join_of_the_wrong_kind_is_always_found(block: tuple, data: st.DataObject) -> None:
    joins = drawn(block).joins
    if joins:
        wrong = data.draw(st.integers(1, joins))
        findings = explore(drawn(block, wrong).diagram.xml(), file="p.bpmn")
        # what can never be reached has no way that leads there
        ways = [finding.way for finding in findings if finding.way]
        assert ways
        assert all(way[0] == "start" for way in ways)
