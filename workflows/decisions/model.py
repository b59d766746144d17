"""What a DMN file says once it is read. Nothing here changes after that."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from workflows.decisions.parsing import UnaryTests
from workflows.errors import WorkflowError


class UnknownDecision(WorkflowError):
    """The file has no decision of that name or id, or leaves open which one is meant."""


class HitPolicy(Enum):
    """DMN 1.3, 8.2.10: what the table answers when several rules match."""

    UNIQUE = "UNIQUE"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    FIRST = "FIRST"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"
    COLLECT = "COLLECT"

    @property
    def answers_with_list(self) -> bool:
        return self in (HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER, HitPolicy.COLLECT)


class Aggregation(Enum):
    """What COLLECT makes of the outputs of all rules that match."""

    SUM = "SUM"
    MIN = "MIN"
    MAX = "MAX"
    COUNT = "COUNT"


@dataclass(frozen=True, kw_only=True)
class FeelType:
    """A type of FEEL, or one that the file defines on top of it."""

    base: str = "Any"
    """What ``values.kind_of`` calls it, or ``Any``."""
    is_collection: bool = False
    components: Mapping[str, FeelType] = field(default_factory=dict)
    allowed: UnaryTests | None = None


ANY_TYPE = FeelType()


@dataclass(frozen=True, kw_only=True)
class Expression:
    source: str
    tree: ast.expr


@dataclass(frozen=True, kw_only=True)
class Input:
    """One input column."""

    id: str
    label: str
    expression: Expression
    type: FeelType
    allowed: UnaryTests | None
    line: int | None


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output column; ``name`` is empty where the table has a single one."""

    id: str
    name: str
    label: str
    type: FeelType
    ranking: tuple[Any, ...]
    """The listed output values, the most important first."""
    default: Expression | None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row. ``number`` counts from 1, as the editor shows it."""

    id: str
    number: int
    tests: tuple[UnaryTests, ...]
    outputs: tuple[Expression, ...]
    description: str
    line: int | None
    cells: tuple[str, ...] = ()
    """The ids of its cells, inputs first; a cell without one has the rule's."""


@dataclass(frozen=True, kw_only=True)
class DecisionTable:
    id: str
    hit_policy: HitPolicy
    aggregation: Aggregation | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    line: int | None


Logic = DecisionTable | Expression


@dataclass(frozen=True, kw_only=True)
class Decision:
    id: str
    name: str
    type: FeelType
    logic: Logic
    requires: tuple[str, ...]
    """The ids of the decisions whose results this one uses."""
    file: str
    line: int | None

    @property
    def output_names(self) -> tuple[str, ...]:
        """Under which names ``decide`` hands out the result."""
        if isinstance(self.logic, Expression):
            return (self.name,)
        return tuple(output.name or self.name for output in self.logic.outputs)


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """A business knowledge model: a function that decisions call by name."""

    id: str
    name: str
    parameters: tuple[tuple[str, FeelType], ...]
    logic: Logic


@dataclass(frozen=True, kw_only=True)
class DecisionModel:
    """One DMN file."""

    file: str
    name: str
    inputs: Mapping[str, FeelType]
    """The input data by name."""
    decisions: tuple[Decision, ...]
    """In an order in which each comes after those it requires."""
    knowledge: Mapping[str, Knowledge]

    def get_decision(self, name: str | None) -> Decision:
        """By name or id; None means the one that no other decision uses.

        Raises UnknownDecision.
        """
        used = {required for decision in self.decisions for required in decision.requires}
        found = [
            decision
            for decision in self.decisions
            if (decision.id not in used if name is None else name in (decision.name, decision.id))
        ]
        if len(found) == 1:
            return found[0]
        known = "、".join(decision.name for decision in self.decisions)
        wanted = f"没有决策“{name}”" if name is not None else "有不止一个决策，请写明是哪一个"
        raise UnknownDecision(f"{self.file} 中{wanted}；文件中有：{known}")

    def requirements(self, decision: Decision) -> tuple[Decision, ...]:
        """Everything the decision rests on, in order, itself last."""
        needed = {decision.id}
        for candidate in reversed(self.decisions):
            if candidate.id in needed:
                needed.update(candidate.requires)
        return tuple(candidate for candidate in self.decisions if candidate.id in needed)
