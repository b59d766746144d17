"""What is special about a task, said before its form: who asked for it, what came back, and what a rework changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from services.cases.attachments import describe
from services.cases.show_case import HistoryLine
from services.registers.lookups import Lookups, lookups
from services.tasks.show_task import TaskView
from services.types import Actor
from webapp.i18n import translate_text
from webapp.rendering import long_day
from workflows.definition import ProcessDefinition
from workflows.forms import shown
from workflows.forms.fields import columns_of
from workflows.forms.lookups import labels_by_path
from workflows.forms.printing import plain_number

STRAIGHT = "straight"


@dataclass(frozen=True, kw_only=True)
class Note:
    """Somebody did something that makes this task what it is. ``kind`` is the history's word for it."""

    kind: str
    who: str
    at: datetime
    comment: str
    outcome: str = ""
    place: str = ""
    """Of an added signer: ``before``, ``after`` or ``beside``."""
    straight: bool = False
    """Of a return: afterwards the case goes straight back to who returned it."""


@dataclass(frozen=True, kw_only=True)
class ChangedField:
    """``mark`` is added, removed, changed, or total for the sum of the amounts before it; amounts have a difference."""

    titles: Sequence[str]
    before: str
    after: str
    mark: str
    is_money: bool
    difference: Decimal | None
    row: int | None = None
    """The number of the row that it is in."""


@dataclass(frozen=True, kw_only=True)
class Rework:
    """What changed since the step was signed, or since this person returned the case (``mine``), and the return."""

    fields: list[ChangedField]
    note: Note | None
    mine: bool


def notes_on(view: TaskView, person: Actor) -> list[Note]:
    """In the order in which it happened."""
    people = {person.id, view.absent_id} - {None}
    newest: dict[str, HistoryLine] = {}
    answers: list[HistoryLine] = []
    for line in view.case.history:
        if line.who is not None and line.who.id in people and _finishes(line, view):
            answers = []
        elif line.action == "answered" and line.step == view.task.id and line.detail.get("to") in people:
            answers.append(line)
        elif _matters(line, view, people):
            newest[line.action] = line
    lines = sorted([*newest.values(), *answers], key=view.case.history.index)
    return [_note(line) for line in lines]


def _finishes(line: HistoryLine, view: TaskView) -> bool:
    return line.action in ("completed", "returned") and line.step == view.task.id


def _matters(line: HistoryLine, view: TaskView, people: set[int | None]) -> bool:
    """Whether this may be why the task is here; what the task says of itself is compared with the newest line."""
    detail = line.detail
    if line.who is None:
        return False
    if line.action == "returned":
        return bool(detail.get("to") == view.task.id) and not _done_since(line, view)
    if line.step != view.task.id:
        return False
    if line.action == "delegated":
        return view.owner_id is not None and view.owner_id in (line.who.id, detail.get("for"))
    if line.action == "transferred":
        return not view.owner and "transferred_by" in view.why and detail.get("to") in people
    return line.action == "signer_added" and _is_added(detail, view, people)


def _done_since(returned: HistoryLine, view: TaskView) -> bool:
    """Whether the step was done after the return, or the return was taken back."""
    for line in reversed(view.case.history):
        if line is returned:
            return False
        if line.action == "completed" and line.step == view.task.id:
            return True
        if line.action == "taken_back" and line.detail.get("what") == "returned" and line.step == returned.step:
            return True
    return False


def _is_added(detail: Mapping[str, Any], view: TaskView, people: set[int | None]) -> bool:
    return "added_by" in view.why and not people.isdisjoint(detail.get("users", ()))


def _note(line: HistoryLine) -> Note:
    assert line.who is not None
    return Note(
        kind=line.action,
        who=line.who.name,
        at=line.at,
        comment=line.comment,
        outcome=line.outcome,
        place=str(line.detail.get("when", "")),
        straight=line.detail.get("resume") == STRAIGHT,
    )


def comment_taken_back(view: TaskView, person: Actor) -> str:
    """What the person wrote with the action that they have just taken back; nothing if anything followed."""
    own = [line for line in view.case.history if line.step == view.task.id and line.who and line.who.id == person.id]
    if len(own) < 2 or own[-1].action != "taken_back":
        return ""
    return next((line.comment for line in reversed(own[:-1]) if line.action == own[-1].detail.get("what")), "")


def rework_of(session: Session, view: TaskView, person: Actor) -> Rework | None:
    """None where the case did not come back to this step."""
    if view.changed is None or view.task.fills:
        return None
    returned = [line for line in view.case.history if line.action == "returned" and line.who is not None]
    last = _note(returned[-1]) if returned else None
    by = returned[-1].who if returned else None
    mine = by is not None and by.id == person.id and returned[-1].step == view.task.id
    # a return to this step is said above everything else
    told = bool(returned) and returned[-1].detail.get("to") == view.task.id
    definition = view.case.definition
    told_changes = [change for change in view.changed if not _is_sum(definition, change)]
    registers = _registers(session, definition, told_changes)
    fields = [_changed_field(session, definition, registers, change) for change in told_changes]
    return Rework(fields=_with_totals(view, fields), note=None if told else last, mine=mine)


def _registers(session: Session, definition: ProcessDefinition, changes: Sequence[Mapping[str, Any]]) -> Lookups:
    """The registers, asked once for every code that the changes name."""
    fields, values = {}, {}
    for number, change in enumerate(changes):
        for part in ("before", "after"):
            fields[f"{number}{part}"] = _field_of(definition, change)
            values[f"{number}{part}"] = _as_rows(change[part])
    registers = lookups(session)
    labels_by_path(fields, values, registers)
    return registers


def _as_rows(value: Any) -> Any:
    """A row that came or went is shown as a list of one."""
    return [value] if isinstance(value, Mapping) else value


def _is_sum(definition: ProcessDefinition, change: Mapping[str, Any]) -> bool:
    """Whether it is the sum of a table of amounts, which is told with the parts of that table."""
    form = definition.forms.get(change["form"])
    return form is not None and any(field.get("x-total") == change["field"] for field in form.properties.values())


def _with_totals(view: TaskView, fields: list[ChangedField]) -> list[ChangedField]:
    """After the last changed part of each table of amounts its sum, which says more than the parts."""
    found: list[ChangedField] = []
    for at, field in enumerate(fields):
        found.append(field)
        following = fields[at + 1] if at + 1 < len(fields) else None
        if len(field.titles) > 1 and (following is None or following.titles[0] != field.titles[0]):
            parts = [part for part in fields if part.titles[0] == field.titles[0]]
            found += _total(view, field.titles[0], parts)
    return found


def _total(view: TaskView, title: str, parts: list[ChangedField]) -> list[ChangedField]:
    for form in view.case.definition.forms.values():
        for field in form.properties.values():
            total = plain_number(view.case.data.get(field.get("x-total", ""), ""))
            if field.get("title") == title and field.get("x-total") and total is not None:
                difference = sum((part.difference or Decimal(0) for part in parts), Decimal(0))
                return [
                    ChangedField(
                        titles=[title],
                        before=f"{total - difference:,.2f}",
                        after=f"{total:,.2f}",
                        mark="total",
                        is_money=True,
                        difference=difference,
                    )
                ]
    return []


def _changed_field(
    session: Session, definition: ProcessDefinition, registers: Lookups, change: Mapping[str, Any]
) -> ChangedField:
    field = _field_of(definition, change)
    before, after = change["before"], change["after"]
    old, new = plain_number(before), plain_number(after)
    is_money = _is_money(field) and (old is not None or new is not None)

    def written(value: Any) -> str:
        if is_money and value != "":
            return f"{plain_number(value):,.2f}"
        if field.get("x-widget") == "files" and isinstance(value, list):
            return "\n".join(file.filename for file in describe(session, value))
        return _words(definition, registers, field, value)

    return ChangedField(
        titles=change["titles"],
        before=written(before),
        after=written(after),
        mark="added" if before == "" else "removed" if after == "" else "changed",
        is_money=is_money,
        difference=(new or Decimal(0)) - (old or Decimal(0)) if is_money else None,
        row=change.get("row"),
    )


def _field_of(definition: ProcessDefinition, change: Mapping[str, Any]) -> Mapping[str, Any]:
    """The field, or the part of it, that the titles lead to; nothing where the form has no such field any more."""
    properties = definition.forms[change["form"]].properties if change["form"] in definition.forms else {}
    field: Mapping[str, Any] = {}
    for title in change["titles"]:
        field = next((found for name, found in properties.items() if found.get("title", name) == title), {})
        properties = field.get("properties") or columns_of(field)
    return field


def _is_money(field: Mapping[str, Any]) -> bool:
    return field.get("type") == "number"


def _words(definition: ProcessDefinition, registers: Lookups, field: Mapping[str, Any], value: Any) -> str:
    if field.get("x-source") and value != "":
        label = registers.label(field["x-source"], str(value))
        return f"{label}（{value}）" if label else str(value)
    if field.get("x-widget") == "lines" and isinstance(value, list):
        return "\n".join(map(str, value))
    say = partial(translate_text, definition.english)
    return shown(field, _as_rows(value), label=registers.label, say=say, day=long_day)
