"""Checks before publishing: what would go wrong in a running case is said while the diagram is still being drawn.

Messages are for process owners and therefore Chinese. Forms, decision tables and people are checked where known.
"""

from __future__ import annotations

from collections.abc import Collection

from lxml import etree

from workflows.checks.elements import check_elements, check_kinds, check_pools, supported_elements
from workflows.checks.expressions import ExpressionUse, check_expressions, expressions_of
from workflows.checks.ids import check_ids
from workflows.checks.model import Node, Scope, read_scope
from workflows.checks.reading import bpmn_children, read_diagram
from workflows.checks.report import Report
from workflows.checks.structure import (
    check_automatic_loops,
    check_boundaries,
    check_entries,
    check_exits,
    check_flows,
    check_merges,
    check_starts_and_ends,
)
from workflows.checks.tasks import UserTask, check_lanes, check_messages, check_tasks, check_timers, user_tasks
from workflows.checks.tokens import MAX_STATES, Finding, explore_scope
from workflows.errors import DefinitionError, Problem

__all__ = [
    "MAX_STATES",
    "ExpressionUse",
    "Finding",
    "UserTask",
    "check_diagram",
    "explore",
    "expressions_of",
    "supported_elements",
    "user_tasks",
]

_SHAPE_RULES = (check_kinds, check_flows, check_starts_and_ends, check_exits, check_boundaries)


def check_diagram(xml: bytes, *, file: str, functions: Collection[str] | None = None) -> list[Problem]:
    """Everything that can be said about a diagram alone, by line. Never raises, whatever the bytes.

    ``functions`` are the names that expressions may call; without it, calls are not checked.
    """
    try:
        root = read_diagram(xml, file)
    except DefinitionError as error:
        return error.problems
    report = Report(file)
    scopes, merges = _check_shape(root, report)
    shape_is_right = not report.has_errors
    check_merges(merges, report)
    check_lanes(root, report)
    check_messages(root, report)
    check_expressions(root, functions, report)
    for process in scopes[:1]:
        check_tasks(root, process, report)
        for scope in process.and_inner():
            check_timers(scope, report)
            check_automatic_loops(scope, report)
    if shape_is_right:
        report.problems.extend(finding.problem for finding in _explore(scopes, report, MAX_STATES))
    return sorted(report.problems, key=lambda problem: problem.line or 0)


def explore(xml: bytes, *, file: str, max_states: int = MAX_STATES) -> list[Finding]:
    """The findings of the token exploration with the way that leads to each.

    Empty for a diagram whose shape is wrong already: tokens cannot follow flows that lead nowhere.
    """
    try:
        root = read_diagram(xml, file)
    except DefinitionError:
        return []
    report = Report(file)
    scopes, _ = _check_shape(root, report)
    return [] if report.has_errors else _explore(scopes, report, max_states)


def _check_shape(root: etree._Element, report: Report) -> tuple[list[Scope], list[Node]]:
    """The rules that all others rely on."""
    check_pools(root, report)
    check_elements(root, report)
    check_ids(root, report)
    processes = [read_scope(process) for process in bpmn_children(root, "process")]
    merges: list[Node] = []
    for process in processes:
        for scope in process.and_inner():
            for rule in _SHAPE_RULES:
                rule(scope, report)
            merges += check_entries(scope, report)
    return processes, merges


def _explore(processes: list[Scope], report: Report, max_states: int) -> list[Finding]:
    scopes = [scope for process in processes for scope in process.and_inner()]
    return [finding for scope in scopes for finding in explore_scope(scope, report, max_states=max_states)]
