"""What a published process consists of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.decisions import DecisionModel
from workflows.engine import Diagram
from workflows.forms import Form
from workflows.papers import Paper
from workflows.signing import APPROVE, Policy

SUBMIT = "submit"
NOBODY_SUPERIOR, NOBODY_ADMINISTRATOR, NOBODY_USER = "superior", "administrator", "user:"


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """A message that cases of the process may wait for."""

    about: str = ""
    """Expression: what of the world the message is about, as an order's number; empty: the case alone."""
    senders: tuple[str, ...] = ()
    """Posts whose people may send it by hand, besides administrators."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``process.toml``: what is not in the diagram."""

    key: str
    title: str
    description: str
    category: str
    number_prefix: str
    subject: str
    """Names the case in lists; ``{field}`` is replaced by the field's value, look-ups by their label."""
    amount: str
    """The variable that lists show as money, or nothing."""
    day: str
    """The variable that holds the day a case is about, which boards and calendars show, or nothing."""
    starters: tuple[str, ...]
    """Posts and departments whose people may start a case; ``*`` is everybody."""
    cancel_when: str
    """Expression: may the case still be cancelled?"""
    cancel_refusal: str
    facts: tuple[str, ...]
    """What approvers see beside the form, by the names of the providers that compute it."""
    provides: tuple[str, ...]
    """The variables that the operations of service tasks bring into the case."""
    variables: Mapping[str, Any]
    """What the case knows before anything is filled in."""
    same_approver: str
    """``once``: who has just signed does not sign the next step as well. ``again``: they do."""
    compensation: tuple[str, ...]
    """Operations that take the case's effects back when it is rejected, withdrawn or cancelled."""
    outcomes: Mapping[str, str]
    """What people call the process's own outcomes, by name: ``{"given": "已送出"}``."""
    messages: Mapping[str, Awaited]
    """The messages that registers and people may send to a case, by name."""
    nobody: str
    """Who gets a task whose lane has nobody: ``superior`` of the applicant, ``administrator``, or ``user:<name>``."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A user task as its step, form and outcomes."""

    id: str
    name: str
    lane: str
    form: str
    shows: tuple[str, ...]
    """Further forms that are shown, read-only, beside the step's own."""
    outcomes: tuple[str, ...]
    due: str
    policy: Policy | None = None
    """How several people sign the step together; None where one signature is enough."""
    signers: str = ""
    """Expression that gives the user names or posts of those who sign together; empty: everybody of the lane."""
    performer: str = ""
    """Expression that gives the user name or post of whoever does the step, or a list of them; empty: its lane."""
    about: str = ""
    """Expression whose text is added to the name of the work item, to tell one branch from another."""
    signed_fields: tuple[str, ...] = ()
    """The fields that this step answers for: while they stay as they were, its signature outlives a rework."""
    comment_when: str = ""
    """Expression over the case and what its form knows: whether whoever finishes the step with ``outcome`` says why."""
    comment_refusal: str = ""
    """What is said where that is missing."""

    @property
    def fills(self) -> bool:
        """The step fills its form; otherwise it signs what others filled."""
        return SUBMIT in self.outcomes

    @property
    def signs(self) -> bool:
        """The step decides on the request, which nobody does on their own; work such as a delivery anybody may do."""
        return APPROVE in self.outcomes


@dataclass(frozen=True, kw_only=True)
class ProcessDefinition:
    settings: Settings
    diagram: Diagram
    tasks: Mapping[str, Task]
    forms: Mapping[str, Form]
    decisions: Mapping[str, DecisionModel]
    scenarios: Mapping[str, Mapping[str, Any]]
    english: Mapping[str, str] = field(default_factory=dict)
    papers: Mapping[str, Paper] = field(default_factory=dict)
    """What can be printed, in the order of the forms; then the further papers of the folder."""

    @property
    def key(self) -> str:
        return self.settings.key

    @property
    def first_task(self) -> Task:
        """The step whose form starts a case."""
        return next(iter(self.tasks.values()))

    def form_of(self, step: str) -> Form:
        return self.forms[self.tasks[step].form]

    def fills_fields(self, step: str) -> bool:
        """The step is work with a form: it submits it, or has outcomes of its own and some fields to fill in."""
        task = self.tasks[step]
        return task.fills or bool(not task.signs and self.form_of(step).rights_at(step).editable)

    def texts(self) -> Iterator[str]:
        """Every text a person reads, for the catalogues."""
        yield from (self.settings.title, self.settings.description, self.settings.category)
        yield from self.settings.outcomes.values()
        yield from (element.name for element in self.diagram.elements.values() if element.name)
        yield from (task.comment_refusal for task in self.tasks.values() if task.comment_refusal)
        for form in self.forms.values():
            yield from form.texts()
        yield from (paper.title for paper in self.papers.values())
