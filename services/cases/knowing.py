"""What is known while a form is filled in, beside what is typed: budgets, stock, what was given this year.

A form names its sources at the top level of its file, as ``"knows": ["benefits", "stock"]``. A source answers thrice:

- **names** for the form's rules (``"when": "benefits_over > 0 and not reason"``) and for ``comment_when`` of the steps
  that sign the form. They are asked under the action's own transaction, and only where something reads them: a form
  whose rules read nothing of a source costs no query at submit.
- **facts**, sentences for who fills the form in: shown beside it, refreshed with the forecast, and shown again when a
  submission is refused. A warning is a fact with ``alert``; it keeps nobody from submitting. What must keep somebody is
  a rule.
- **refusals** by the path of a field, where a sentence has to say what the register says (the customer's own hours).
  They are asked at submit once everything else is right.

To add a source: a function from ``Asking`` to ``Known`` in its subject's module, and a line in ``KNOWLEDGE``. While
somebody is typing, ``Asking.values`` holds only what is right so far; any field, row or column may be missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.cases import benefit_facts, budget_facts, gift_facts, order_facts
from services.cases.fact import Asking, Fact, Known
from services.cases.models import DbCase
from services.types import Actor
from services.visits import rules as visit_rules
from workflows.errors import WorkflowError
from workflows.expressions import ExpressionError, free_names, parse_expression
from workflows.expressions.interpreter import Functions
from workflows.forms import AnyCode, Form
from workflows.forms.submission import compute
from workflows.forms.validation import Errors, validate


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """A source: the names it gives, and how it is asked."""

    gives: frozenset[str] = frozenset()
    ask: Callable[[Asking], Known] = lambda _asking: Known()
    refuses: Callable[[Asking], Errors] = lambda _asking: {}


KNOWLEDGE: Mapping[str, Knowledge] = {
    "benefits": Knowledge(gives=frozenset({"benefits_over"}), ask=benefit_facts.know_benefits),
    "budget": Knowledge(gives=frozenset({"budget_short"}), ask=budget_facts.know_budget),
    "order_owner": Knowledge(ask=order_facts.know_order_owner),
    "stock": Knowledge(gives=frozenset({"stock_short"}), ask=gift_facts.know_stock),
    "visit_hours": Knowledge(refuses=visit_rules.appointment_problems),
    "visit_plan": Knowledge(ask=visit_rules.plan_facts, refuses=visit_rules.plan_problems),
}


def known_names(asking: Asking, wanted: Collection[str]) -> dict[str, Any]:
    """The values of those names that are wanted; sources that give none of them are not asked."""
    found: dict[str, Any] = {}
    for source in asking.form.knows:
        if not KNOWLEDGE[source].gives.isdisjoint(wanted):
            found |= KNOWLEDGE[source].ask(asking).names
    return found


def known_problems(asking: Asking) -> Errors:
    """What the form's sources refuse in values that are right by themselves."""
    found: Errors = {}
    for source in asking.form.knows:
        for path, sentences in KNOWLEDGE[source].refuses(asking).items():
            found.setdefault(path, []).extend(sentences)
    return found


def names_in(source: str) -> frozenset[str]:
    """The names that an expression reads; none if it cannot be read."""
    try:
        return frozenset(free_names(parse_expression(source)))
    except ExpressionError:
        return frozenset()


def facts_of_new(
    session: Session, actor: Actor, form: Form, values: Mapping[str, Any], *, functions: Functions, now: datetime
) -> list[Fact]:
    """What the actor should know about the form of a case that is not started yet."""
    if not form.knows:
        return []
    asking = Asking(session=session, form=form, values=values, department_id=actor.department_id, case_id=None, now=now)
    return facts_while_filling(asking, functions)


def facts_of_case(
    session: Session, case_id: int, form: Form, values: Mapping[str, Any], *, functions: Functions, now: datetime
) -> list[Fact]:
    """What whoever fills in a form of a running case should know about it."""
    if not form.knows:
        return []
    case = session.get_one(DbCase, case_id)
    asking = Asking(
        session=session, form=form, values=values, department_id=case.department_id, case_id=case_id, now=now
    )
    return facts_while_filling(asking, functions)


def facts_while_filling(asking: Asking, functions: Functions) -> list[Fact]:
    """What somebody should know about a form as it stands, right or wrong, full or half empty."""
    if not asking.form.knows:
        return []
    values = _right_so_far(asking)
    with suppress(WorkflowError):  # too little is filled in to reckon with
        values |= compute(asking.form, values, functions)
    asking = replace(asking, values=values)
    return [fact for source in asking.form.knows for fact in KNOWLEDGE[source].ask(asking).facts]


def _right_so_far(asking: Asking) -> dict[str, Any]:
    """The values without those that are wrong: a bad cell goes, its row stays."""
    wrong = validate(asking.form.schema, asking.values, AnyCode())
    return {
        name: kept
        for name, value in asking.values.items()
        if (kept := _without(value, [path.split("-")[1:] for path in wrong if path.split("-")[0] == name])) is not None
    }


def _without(value: Any, wrong: list[list[str]]) -> Any:
    """The value without what the paths lead to; None if that is the value itself."""
    if [] in wrong:
        return None
    if isinstance(value, Mapping):
        parts = {key: _without(part, _behind(wrong, key)) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part is not None}
    if isinstance(value, list):
        rows = [_without(row, _behind(wrong, str(number))) for number, row in enumerate(value)]
        return [row for row in rows if row is not None]
    return value


def _behind(paths: list[list[str]], first: str) -> list[list[str]]:
    return [path[1:] for path in paths if path[0] == first]
