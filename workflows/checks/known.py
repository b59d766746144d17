"""What a process may use of the program: operations with their parameters, and registers, facts and sources by name.

The core knows none of them; whoever checks a process says what there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    title: str
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class OperationWords:
    """An operation in a process owner's words. ``gives`` are the variables it brings, by what they are called."""

    title: str
    parameters: tuple[Parameter, ...] = ()
    gives: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    """What kind of value each of ``gives`` is, as ``workflows.checks.kinds`` calls them; left out where it varies."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """Everything of the program that a process can name, each with what people call it."""

    operations: Mapping[str, OperationWords] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    knowledge: Mapping[str, str] = field(default_factory=dict)
    knowledge_names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The names that each source of knowledge gives to rules."""
    sources: Mapping[str, str] = field(default_factory=dict)
