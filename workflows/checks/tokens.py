"""Soundness by exploring tokens: every case can end, nobody waits in vain, nothing is done twice.

Sub-processes are explored on their own and then taken as one step. The number of situations grows with the product of
parallel branches, so it is bounded, and the answer says when the bound was hit.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from workflows.checks.model import Scope, drawn
from workflows.checks.net import Chain, Net, State, Step, build_net, chains_after
from workflows.checks.report import Report
from workflows.checks.sidepaths import Root, find_roots
from workflows.errors import Problem

MAX_STATES = 20_000
_WORK_PER_STATE = 50


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A problem, and the nodes on a shortest way that leads to it."""

    problem: Problem
    way: list[str]


@dataclass
class _Run:
    """What exploring from one root has seen."""

    first_visits: tuple[str, ...]
    came_from: dict[State, tuple[State, Step] | None] = field(default_factory=dict)
    before: dict[State, set[State]] = field(default_factory=lambda: defaultdict(set))
    doubled: dict[str, list[str]] = field(default_factory=dict)
    stuck: list[State] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)
    is_complete: bool = True

    def way_to(self, state: State) -> list[str]:
        """The nodes visited on a shortest way to the state."""
        parts: list[tuple[str, ...]] = []
        origin = self.came_from[state]
        while origin is not None:
            parts.append(origin[1].visits)
            origin = self.came_from[origin[0]]
        return [node_id for part in [self.first_visits, *reversed(parts)] for node_id in part]


def explore_scope(scope: Scope, report: Report, *, max_states: int = MAX_STATES) -> list[Finding]:
    """The findings about one scope without what is inside its sub-processes.

    The scope must be right in shape: one start event, and a way on from every node but the end events.
    """
    roots, detached = find_roots(scope)
    net = build_net(scope, detached)
    runs, left = [], max_states
    for root in roots:
        run = _explore(scope, net, root, left)
        if not run.is_complete:
            # breadth first gives the shortest ways, but sees only beginnings when cut off; depth first sees some ends
            runs.append(_explore(scope, net, root, left, depth_first=True))
        left = max(left - len(run.came_from), 1)
        runs.append(run)
    found = {(each.problem.element, each.problem.message): each for run in runs for each in _judge(scope, run, report)}
    findings = list(found.values())
    if not findings:
        findings = list(_never_visited(scope, runs, report))
    if not all(run.is_complete for run in runs):
        message = f"流程的并行分支太多，只检查了前 {max_states} 种情况，请减少同时进行的分支。"
        findings.append(Finding(problem=report.problem("warning", scope.element, message), way=[]))
    return findings


def _explore(scope: Scope, net: Net, root: Root, max_states: int, *, depth_first: bool = False) -> _Run:
    run = _begin(scope, root)
    queue = deque(run.came_from)
    work_left = max_states * _WORK_PER_STATE
    while queue:
        state = queue.pop() if depth_first else queue.popleft()
        can_move = False
        for step in net.possible(state):
            can_move = True
            # many tokens or many branches make each situation dear; work is bounded as well as number
            work_left -= 1 + len(state) // 4
            following = _follow(run, state, step)
            if following is not None:
                work_left -= len(following)
                queue.append(following)
            if len(run.came_from) >= max_states or work_left < 0:
                run.is_complete = False
                return run
        if state and not can_move:
            run.stuck.append(state)
    return run


def _begin(scope: Scope, root: Root) -> _Run:
    chains = chains_after(scope, root.node)
    run = _Run((*root.before, root.node, *(node_id for chain in chains for node_id in chain.visits)))
    run.visited.update(run.first_visits)
    run.came_from[frozenset(chain.token for chain in chains if not chain.vanishes)] = None
    return run


def _follow(run: _Run, state: State, step: Step) -> State | None:
    """Record one step; the state that it leads to if nobody has been there."""
    following, doubled = _after(state, step)
    run.visited.update(step.visits)
    if doubled is not None:
        if doubled.first not in run.doubled:
            run.doubled[doubled.first] = [*run.way_to(state), *step.visits]
        return None
    run.before[following].add(state)
    if following in run.came_from:
        return None
    run.came_from[following] = (state, step)
    return following


def _after(state: State, step: Step) -> tuple[State, Chain | None]:
    """The state that the step leads to, and the chain on which it would put a second token."""
    if step.ends_everything:
        return frozenset(), None
    tokens = set(state - step.needs - step.also_takes)
    for chain in step.puts:
        if chain.vanishes:
            continue
        if chain.token in tokens:
            return state, chain
        tokens.add(chain.token)
    return frozenset(tokens), None


def _judge(scope: Scope, run: _Run, report: Report) -> Iterator[Finding]:
    for node_id, way in run.doubled.items():
        node = scope.nodes[node_id]
        message = f"几条并行分支没有汇合就走到{node.title}，它会重复执行，请在它前面加并行网关汇合。"
        yield _found(scope, report, node.element, message, way)
    waiting: dict[str, State] = {}
    for state in run.stuck:
        for token in state & scope.flows.keys():
            waiting.setdefault(scope.flows[token].target, state)
    for node_id, state in waiting.items():
        node = scope.nodes[node_id]
        message = (
            f"{node.title}要等所有分支都到达，但有的分支不会到，流程会永远停住；请改用排他网关汇合，或让各分支都到达。"
        )
        yield _found(scope, report, node.element, message, run.way_to(state))
    if not run.doubled and not waiting and run.is_complete:
        yield from _judge_endings(scope, run, report)


def _found(scope: Scope, report: Report, element: etree._Element, message: str, way: list[str]) -> Finding:
    """The finding, whose problem carries the way with its flows, as it is drawn."""
    joins = [node.id for node in scope.of_kind("parallelGateway")]
    path = drawn(scope.flows.values(), way, joins=joins)
    return Finding(problem=report.problem("error", element, message, way=path), way=way)


def _judge_endings(scope: Scope, run: _Run, report: Report) -> Iterator[Finding]:
    """Only asked once nothing is stuck or doubled: what remains are circles without a way out."""
    good: set[State] = set()
    pending = [state for state in run.came_from if not state]
    if not pending:
        message = "无论怎样办理，流程都走不到结束事件，请补上通向结束的连线。"
        yield _found(scope, report, scope.element, message, list(run.first_visits))
        return
    while pending:
        state = pending.pop()
        if state not in good:
            good.add(state)
            pending.extend(run.before[state])
    lost = next((state for state in run.came_from if state not in good), None)
    if lost is not None:
        way = run.way_to(lost)
        node = scope.nodes[way[-1]]
        message = f"走过{node.title}以后就再也到不了结束事件，请补上通向结束的连线。"
        yield _found(scope, report, node.element, message, way)


def _never_visited(scope: Scope, runs: list[_Run], report: Report) -> Iterator[Finding]:
    if not all(run.is_complete for run in runs):
        return
    visited = {node_id for run in runs for node_id in run.visited}
    for node in scope.nodes.values():
        if node.id not in visited:
            message = f"{node.title}虽有连线，却永远轮不到，请检查它前面的汇合。"
            yield Finding(problem=report.problem("error", node.element, message), way=[])
