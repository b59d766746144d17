"""A scope as a net of tokens: what may happen next in each situation (BPMN 2.0, 13, Execution Semantics)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from workflows.checks.model import Boundary, Flow, Node, Scope

State = frozenset[str]
"""The tokens that are somewhere. No place ever holds two: that alone is a finding."""


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The way of a token from one decision to the next; ``token`` is the flow that it comes to rest on.

    Steps that can neither wait nor branch are passed at once. That keeps parallel branches of many tasks from
    multiplying, and hides nothing: whatever passes the first node of a chain rests at its end.
    """

    token: str
    first: str
    visits: tuple[str, ...] = ()
    vanishes: bool = False
    """The token is consumed at once by an end event that nothing else hangs on."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that can happen: takes tokens, puts tokens."""

    visits: tuple[str, ...]
    needs: State
    puts: tuple[Chain, ...] = ()
    also_takes: State = frozenset()
    unless: str = ""
    ends_everything: bool = False


@dataclass(frozen=True, kw_only=True)
class Net:
    """The steps of one scope, found by a token that each of them needs."""

    steps: Mapping[str, Sequence[Step]]

    def possible(self, state: State) -> Iterator[Step]:
        """Every step that can happen now."""
        for token in state:
            for step in self.steps.get(token, ()):
                if step.needs <= state and step.unless not in state:
                    yield step


def build_net(scope: Scope, detached: Set[str]) -> Net:
    """The net of a scope without the boundary events in ``detached``, whose paths run on their own."""
    found: dict[str, list[Step]] = defaultdict(list)
    for node in scope.nodes.values():
        boundaries = [each for each in scope.boundaries.get(node.id, ()) if each.node.id not in detached]
        for step in _steps_of(scope, node, boundaries):
            found[min(step.needs)].append(step)
    return Net(steps=dict(found))


def chain_from(scope: Scope, flow: Flow) -> Chain:
    """Where a token that is put on ``flow`` comes to rest."""
    passed: list[str] = []
    last = flow
    while _is_passed(scope, last.target) and last.target not in passed:
        passed.append(last.target)
        last = scope.outgoing[last.target][0]
    end = scope.nodes[last.target]
    merging = _merges_and_works(scope, flow.source)
    # a token that did something on its way rests before the end, so that a second one behind it is noticed
    vanishes = not passed and not merging and end.kind == "endEvent" and not end.ends_everything
    visits = (*passed, end.id) if vanishes else tuple(passed)
    return Chain(token=last.id, first=flow.source if merging else flow.target, visits=visits, vanishes=vanishes)


def chains_after(scope: Scope, node_id: str) -> tuple[Chain, ...]:
    """The chains of all flows that leave a node."""
    return tuple(chain_from(scope, flow) for flow in scope.outgoing.get(node_id, ()))


def _is_passed(scope: Scope, node_id: str) -> bool:
    ways = len(scope.incoming.get(node_id, ())), len(scope.outgoing.get(node_id, ()))
    return ways == (1, 1) and not scope.boundaries.get(node_id)


def _merges_and_works(scope: Scope, node_id: str) -> bool:
    """Whether tokens come together in something that is done for each of them."""
    return len(scope.incoming.get(node_id, ())) > 1 and not scope.nodes[node_id].is_gateway


def _steps_of(scope: Scope, node: Node, boundaries: list[Boundary]) -> Iterator[Step]:
    arriving = [flow.id for flow in scope.incoming.get(node.id, ())]
    after = chains_after(scope, node.id)
    if node.kind == "parallelGateway":
        if arriving:
            yield _step((node.id,), frozenset(arriving), after)
        return
    for token in arriving:
        needs = frozenset({token})
        if node.kind == "endEvent":
            yield Step(visits=(node.id,), needs=needs, ends_everything=node.ends_everything)
        elif node.kind == "exclusiveGateway":
            yield from (_step((node.id,), needs, (chain,)) for chain in after)
        elif boundaries:
            yield _step((node.id,), needs, (Chain(token=f"@{node.id}", first=node.id),))
        else:
            yield _step((node.id,), needs, after)
    if boundaries:
        yield from _steps_while_active(scope, node, boundaries)


def _steps_while_active(scope: Scope, node: Node, boundaries: list[Boundary]) -> Iterator[Step]:
    """An activity with boundary events rests on a token of its own until it is done or interrupted."""
    active = frozenset({f"@{node.id}"})
    fired = frozenset(f"!{each.node.id}" for each in boundaries)
    yield _step((), active, chains_after(scope, node.id), also_takes=fired)
    for each in boundaries:
        after = chains_after(scope, each.node.id)
        if each.interrupting:
            yield _step((each.node.id,), active, after, also_takes=fired)
        else:
            mark = f"!{each.node.id}"
            keep = Chain(token=f"@{node.id}", first=node.id), Chain(token=mark, first=each.node.id)
            yield _step((each.node.id,), active, (*keep, *after), unless=mark)


def _step(
    visits: tuple[str, ...],
    needs: State,
    puts: tuple[Chain, ...],
    *,
    also_takes: State = frozenset(),
    unless: str = "",
) -> Step:
    visited = visits + tuple(node_id for chain in puts for node_id in chain.visits)
    return Step(visits=visited, needs=needs, puts=puts, also_takes=also_takes, unless=unless)
