"""A fact: a figure or a warning in a sentence, for whoever decides and for whoever fills in a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workflows.forms import Form


@dataclass(frozen=True, kw_only=True)
class BudgetShare:
    """What a case still needs of a department's month, and what is left there for all cases that have nothing yet."""

    department_id: int | None
    month: str
    needed: Decimal
    left: Decimal


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A sentence with its values. ``alert`` marks what deserves a second look, ``unusual`` what nobody should sign
    without having opened it, ``lasts`` what is worth telling when the case has ended."""

    title: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    alert: bool = False
    unusual: bool = False
    lasts: bool = False
    share: BudgetShare | None = None
    """Of a budget: what the case needs of it."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A case as far as the facts ask for it. ``wanted`` names the facts of its process."""

    id: int
    process: str
    running: bool
    department_id: int | None
    amount: Decimal | None
    forms: Mapping[str, Mapping[str, Any]]
    wanted: Sequence[str]


Found = Mapping[int, list[Fact]]
"""Facts by case."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A form in somebody's hands, as the sources of ``services/cases/knowing.py`` are asked about it."""

    session: Session
    form: Form
    values: Mapping[str, Any]
    """What is filled in, computed fields included. While somebody is typing only what is right so far: any field, row
    or column may be missing."""
    department_id: int | None
    """The applicant's department."""
    case_id: int | None
    """None while the case is not started."""
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a source knows about a form: values for its rules by name, and sentences for who fills it in."""

    names: Mapping[str, Any] = field(default_factory=dict)
    facts: Sequence[Fact] = ()
