"""The papers of a case: which there are, and what is on each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from services.cases.show_case import CaseView, HistoryLine
from services.cases.signatures import standing_signatures
from services.errors import NotFound
from services.registers.lookups import lookups
from workflows.branches import is_within, place_of, split_place
from workflows.forms import Form
from workflows.forms.fields import Field, leaves
from workflows.papers import Document, Filled, Paper, Registers, Signature, compose


@dataclass(frozen=True, kw_only=True)
class PaperLine:
    """One paper that can be printed now."""

    name: str
    title: str
    branch: str
    about: str
    """What tells a branch's paper from the others', as its work items say it."""


def papers_of(view: CaseView) -> list[PaperLine]:
    """The papers whose form was submitted, each branch's its own."""
    return [
        PaperLine(name=paper.key, title=paper.title, branch=branch, about=about_branch(view, branch))
        for paper in view.definition.papers.values()
        for form, branch in map(split_place, view.forms)
        if form == paper.form
    ]


def paper_of(session: Session, view: CaseView, name: str, branch: str = "") -> Document:
    """A paper of a case that the reader may see. Raises NotFound for one that there is not, or not yet."""
    paper = view.definition.papers.get(name)
    values = view.forms.get(place_of(paper.form, branch)) if paper else None
    if paper is None or values is None:
        raise NotFound("没有这份单据，或者它还没有填写")
    branches = _branches(view, paper, branch)
    filled = Filled(
        number=view.number,
        status=view.status,
        values=values,
        variables=view.variables,
        branches=branches,
        signatures=_signatures(view, branch),
        registers=registers_of(session, view.definition.forms, paper, values, branches),
    )
    return compose(paper, view.definition.forms, filled)


def about_branch(view: CaseView, branch: str) -> str:
    """The last that a work item of this branch said about itself."""
    if not branch:
        return ""
    names = [line.name for line in view.history if line.detail.get("branch") == branch]
    return next((about for name in reversed(names) if (about := name.partition(" · ")[2])), branch)


def _branches(view: CaseView, paper: Paper, around: str) -> dict[str, list[Mapping[str, Any]]]:
    """The values of each form that the paper lists branch by branch, in the order of the branches inside its own."""
    wanted = {block["branches"] for row in paper.rows for block in row if "branches" in block}
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for place, values in view.forms.items():
        form, branch = split_place(place)
        if form in wanted and branch and is_within(branch, around):
            found[form].append(values)
    return found


def _signatures(view: CaseView, branch: str) -> dict[str, list[Signature]]:
    """What stands of the signatures of this branch and of what is around it."""
    outside = {line.step for line in view.history if not line.detail.get("branch")}
    history = [
        line
        for line in view.history
        if is_within(branch, line.detail.get("branch", ""))
        # somebody in another branch returned the case to before there were any
        or (line.action == "returned" and line.detail.get("to") in outside)
    ]
    answers = view.definition.settings.outcomes
    return {step: [_signature(line, answers) for line in lines] for step, lines in standing_signatures(history).items()}


def _signature(line: HistoryLine, answers: Mapping[str, str]) -> Signature:
    return Signature(
        name=line.who.name if line.who else "",
        at=line.at,
        outcome=line.outcome,
        answer=answers.get(line.outcome, ""),
        comment=line.comment,
        on_behalf_of=line.on_behalf_of.name if line.on_behalf_of else "",
    )


def registers_of(
    session: Session,
    forms: Mapping[str, Form],
    paper: Paper,
    values: Mapping[str, Any],
    branches: Mapping[str, Iterable[Mapping[str, Any]]],
) -> Registers:
    """What the registers know of every code on the paper, each register asked once."""
    codes: dict[str, set[str]] = defaultdict(set)
    records = [(paper.form, values), *((form, each) for form, records in branches.items() for each in records)]
    for form, record in records:
        for source, code in _codes(forms[form].properties, record):
            codes[source].add(code)
    registers = lookups(session)
    more = any("of" in part for row in paper.rows for block in row for part in (block, *block.get("columns", ())))
    return Registers(
        labels={source: registers.labels(source, found) for source, found in codes.items()},
        entries={source: registers.entries(source, found) for source, found in codes.items()} if more else {},
    )


def _codes(properties: Mapping[str, Field], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for _path, field, value in leaves(properties, values):
        source = field.get("x-source") or field.get("items", {}).get("x-source")
        if source:
            yield from (
                (source, code) for code in (value if isinstance(value, list) else [value]) if isinstance(code, str)
            )
