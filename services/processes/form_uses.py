"""Where a process speaks of a form or of a field, and a field's name changed everywhere as one revision."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import Conflict, InvalidInput, NotFound
from services.processes.checking import ERROR, check_files
from services.processes.drafts import Draft, change_files, find_overtaking, get_draft
from services.processes.scenario_runs import scenario_problems
from services.processes.versions import list_current
from services.processes.words import KNOWN
from services.types import Actor
from workflows.checks import expressions_of
from workflows.definition import ProcessDefinition, ProcessFiles, read_process
from workflows.definition.parts import Parts, read_parts
from workflows.drafting.field_names import NameRefused, Use, named_together, rename_field, rows_given_to, uses_of_field
from workflows.errors import DefinitionError, Problem
from workflows.expressions import ExpressionError, parse_expression

READ_WHILE_FILLING: Mapping[str, frozenset[str]] = {
    "budget": frozenset({"date", "budget_total"}),
    "order_owner": frozenset({"order", "customer"}),
    "stock": frozenset({"lines", "lines/gift", "lines/quantity", "lines/value"}),
    "visit_hours": frozenset({"appointed_customer", "appointed_date", "appointed_time"}),
    "visit_plan": frozenset({"from", "to", "visits", "visits/customer", "visits/date", "visits/time"}),
}
"""What the sources of ``knows`` read of the form by name, whatever it is called by people."""
READ_BY_FACTS: Mapping[str, frozenset[tuple[str, str]]] = {
    "budget": frozenset({("application", "date")}),
    "order": frozenset({("request", "order")}),
    "recent_cases": frozenset({("application", "customer")}),
    "spending": frozenset({("report", "spend_total")}),
    "stock": frozenset({("application", name) for name in ("lines", "lines/gift", "lines/quantity", "lines/value")}),
}
"""What facts beside a form read: form and field."""
READ_BY_OPERATIONS: Mapping[tuple[str, str], frozenset[str]] = {
    ("reserve_gifts", "lines"): frozenset({"gift", "quantity"}),
    ("confirm_gifts", "lines"): frozenset({"gift", "quantity", "value"}),
    ("confirm_gifts", "returned"): frozenset({"line", "quantity"}),
    ("plan_visits", "visits"): frozenset({"customer", "date", "time", "contact", "purpose", "place"}),
}
"""The columns that operations read of rows which they get as they are."""
_OFFERED: Mapping[str, frozenset[str]] = {
    "visit_proposal": frozenset({"region", "from", "to", "visits", "visits/customer", "visits/contact"})
}


def find_uses(session: Session, actor: Actor, key: str, form: str, path: str) -> list[Use]:
    """Every place of the draft that speaks of the field. Raises NotFound, NotPermitted."""
    try:
        return uses_of_field(get_draft(session, actor, key).files, form, path)
    except NameRefused as error:
        raise NotFound("没有“{name}”这个字段，它可能已经改名或删除", name=path) from error


def rename_form_field(actor: Actor, key: str, form: str, *, old: str, new: str, revision: int, now: datetime) -> int:
    """Another name for a field or a column, wherever the process speaks of it; the draft's new revision.

    Raises InvalidInput by ``new`` where it cannot be, Conflict where a draft was changed by somebody else since,
    NotFound, NotPermitted.
    """
    with transaction() as session:
        draft = get_draft(session, actor, key)
        path = f"forms/{form}.json"
        if path not in draft.files:
            raise NotFound("没有“{name}”这张表单，它可能已经改名或删除", name=form)
        if find_overtaking(session, key, path, revision):
            raise Conflict("这张表单刚刚有人改过，没有改名；请刷新页面再试")
        try:
            changes = rename_field(draft.files, form, old, new)
            for other, field in named_together(draft.files, form, old):
                _refuse_read_by_program(draft, other, field)
                _refuse_read_elsewhere(session, draft, other, field)
        except NameRefused as error:
            raise InvalidInput({"new": [str(error)]}) from error
    _refuse_breaking(draft.files, {**draft.files, **changes})
    # what others changed meanwhile was read just now; whoever is quicker from here on is still told
    return change_files(actor, key, changes, revision=draft.revision, now=now, note=f"字段 {old} 改名为 {new}")


def _refuse_read_by_program(draft: Draft, form: str, path: str) -> None:
    """Raises InvalidInput where the program itself asks for the field by this name."""
    reader = _reader(read_parts(draft.files), form, path) or _operation(draft.files, form, path)
    if reader:
        message = f"系统的“{reader}”按“{path}”这个名称读取，不能改名；人们看到的标题可以随意改"
        raise InvalidInput({"new": [message]})


def _reader(parts: Parts, form: str, path: str) -> str:
    read = parts.forms.get(form)
    for source in read.knows if read else ():
        if path in READ_WHILE_FILLING.get(source, ()):
            return KNOWN.knowledge.get(source, source)
    for section in read.layout if read else ():
        if path in _OFFERED.get(str(section.get("offers", "")), ()):
            return "拜访建议"
    facts = parts.settings.get("facts")
    for fact in facts if isinstance(facts, list) else ():
        if (form, path) in READ_BY_FACTS.get(str(fact), ()):
            return KNOWN.facts.get(str(fact), str(fact))
    return ""


def _operation(files: ProcessFiles, form: str, path: str) -> str:
    column = path.partition("/")[2]
    given = rows_given_to(files, form, path) if column else frozenset()
    reading = [name for name, parameter in given if column in READ_BY_OPERATIONS.get((name, parameter), ())]
    return KNOWN.operations[reading[0]].title if reading else ""


def _refuse_read_elsewhere(session: Session, draft: Draft, form: str, path: str) -> None:
    """Raises InvalidInput where another process in force fills or reads the field by this name."""
    first = _first_form(draft.files)
    for _version, definition in list_current(session):
        if definition.key != draft.key:
            filled = form == first and path in _started_with(definition, draft.key)
            if filled or path in _taken_by(definition, draft.key):
                message = (
                    f"流程“{definition.settings.title}”按“{path}”这个名称读写本流程的数据，改名后那边会出错；"
                    "请先在那个流程中去掉这一项并发布"
                )
                raise InvalidInput({"new": [message]})


def _first_form(files: ProcessFiles) -> str:
    try:
        return read_process(files, checked=False).first_task.form
    except (DefinitionError, StopIteration):
        return ""


def _started_with(definition: ProcessDefinition, key: str) -> set[str]:
    """The fields that a process fills in where it starts a case of another."""
    uses = [use for use in expressions_of(definition.diagram.xml) if use.kind == "parameter"]
    starting = {use.element for use in uses if use.source in (f"'{key}'", f'"{key}"')}
    found = (_tree(use.source) for use in uses if use.element in starting)
    return {
        str(entry.value)
        for tree in found
        if isinstance(tree, ast.Dict)
        for entry in tree.keys
        if isinstance(entry, ast.Constant)
    }


def _taken_by(definition: ProcessDefinition, key: str) -> set[str]:
    """The fields, and columns as ``lines/value``, that the forms of a process take from cases of another."""
    taking = [form.takes["into"] for form in definition.forms.values() if form.takes.get("process") == key]
    return {name for into in taking for source in into.values() for name in _mentioned(str(source))}


def _mentioned(source: str) -> Iterator[str]:
    """Each name, and each with every key that is looked up: too many rather than one too few."""
    tree = _tree(source)
    nodes = list(ast.walk(tree)) if tree is not None else []
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    keys = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    keys |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    yield from names
    yield from (f"{name}/{key}" for name in names for key in keys)


def _tree(source: str) -> Any:
    try:
        return parse_expression(source)
    except ExpressionError:
        return None


def _refuse_breaking(before: ProcessFiles, after: ProcessFiles) -> None:
    """Raises InvalidInput where the process was right before and would not be so any more."""
    known = {(each.file, each.message) for each in _errors(before)}
    broken = [each for each in _errors(after) if (each.file, each.message) not in known]
    if broken and not known:
        raise InvalidInput({"new": [f"改名后流程会出错（{broken[0].message}），所以没有改；请先检查用到它的地方"]})


def _errors(files: ProcessFiles) -> list[Problem]:
    found = [problem for problem in check_files(files) if problem.severity == ERROR]
    if found:
        return found
    try:
        return [problem for problem in scenario_problems(read_process(files)) if problem.severity == ERROR]
    except DefinitionError as error:
        return list(error.problems)
