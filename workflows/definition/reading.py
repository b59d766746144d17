"""From the files of a process folder to its definition, with every problem named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from workflows.checks import check_diagram
from workflows.checks.near import near_names, perhaps
from workflows.decisions import DecisionModel, check_table, read_decisions
from workflows.definition.names import KNOWN_FUNCTIONS, check_names
from workflows.definition.papers import read_papers
from workflows.definition.process import (
    NOBODY_ADMINISTRATOR,
    NOBODY_SUPERIOR,
    NOBODY_USER,
    SUBMIT,
    Awaited,
    ProcessDefinition,
    Settings,
    Task,
)
from workflows.engine import Diagram, Step, read_diagram
from workflows.errors import DefinitionError, Problem
from workflows.expressions import ExpressionError, parse_expression
from workflows.forms import Form, read_form
from workflows.papers import check_papers
from workflows.signing import APPROVE, REJECT, PolicyError, read_policy
from workflows.toml import TomlError, read_toml

ProcessFiles = Mapping[str, bytes]
T = TypeVar("T")

_MANIFEST = "process.toml"
_NAMED_PERSON = re.compile(rf"{NOBODY_USER}\S{{1,80}}")
ONCE, AGAIN = "once", "again"


def read_process(files: ProcessFiles, *, checked: bool = True) -> ProcessDefinition:
    """Read a process folder. Raises DefinitionError with every problem that keeps it from running.

    A version that was published before is read with ``checked=False``: running cases must not stop because a later
    release of the program checks more.
    """
    definition, problems = examine_process(files, checked=checked)
    if definition is None:
        raise DefinitionError([problem for problem in problems if problem.severity == "error"])
    return definition


def examine_process(
    files: ProcessFiles, *, checked: bool = True, names: bool = True
) -> tuple[ProcessDefinition | None, list[Problem]]:
    """The definition, None where errors keep it from running, and everything found, warnings too. Never raises.

    Without ``names`` the names that expressions read are not looked at: whoever examines them more closely says so.
    """
    problems: list[Problem] = []
    settings = _collect(problems, lambda: _settings(files))
    if settings is None:
        return None, problems + _of_diagrams(files, checked=checked)
    diagram = _collect(problems, lambda: _diagram(files, f"{settings.key}.bpmn", problems, checked=checked))
    forms = _by_folder(files, problems, "forms/", ".json", lambda raw, file: read_form(raw, file=file))
    papers, unreadable = read_papers(files, forms)
    problems += unreadable
    decisions = _by_folder(files, problems, "decisions/", ".dmn", lambda raw, file: read_decisions(raw, file=file))
    scenarios = _by_folder(files, problems, "scenarios/", ".toml", _toml)
    english = _collect(problems, lambda: _toml(files.get("en.toml", b""), "en.toml"))
    if checked and diagram is not None:
        problems += check_papers(papers, forms, diagram.steps)
        problems += _check_parts(problems, settings, diagram, forms, decisions, names=names)
    if diagram is None or any(problem.severity == "error" for problem in problems):
        return None, problems
    definition = ProcessDefinition(
        settings=settings,
        diagram=diagram,
        tasks={step.id: _task(step) for step in diagram.steps.values()},
        forms=forms,
        decisions=decisions,
        scenarios=scenarios,
        english=english or {},
        papers=papers,
    )
    return definition, problems


def _of_diagrams(files: ProcessFiles, *, checked: bool) -> list[Problem]:
    """What is wrong with diagrams that no readable manifest speaks of."""
    drawn = [file for file in files if file.endswith(".bpmn") and checked]
    return [problem for file in drawn for problem in check_diagram(files[file], file=file, functions=KNOWN_FUNCTIONS)]


def _check_parts(
    problems: list[Problem],
    settings: Settings,
    diagram: Diagram,
    forms: Mapping[str, Form],
    decisions: Mapping[str, DecisionModel],
    *,
    names: bool,
) -> list[Problem]:
    """What is wrong between the parts; names are only looked at once everything else is right."""
    found = [problem for model in decisions.values() for each in model.decisions for problem in check_table(each)]
    found += check_references(diagram, forms, decisions)
    if not names or any(problem.severity == "error" for problem in (*problems, *found)):
        return found
    return found + check_names(settings, diagram, forms, decisions)


def _collect(problems: list[Problem], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except DefinitionError as error:
        problems += error.problems
        return None


def _by_folder(
    files: ProcessFiles, problems: list[Problem], folder: str, suffix: str, read: Callable[[bytes, str], T]
) -> dict[str, T]:
    found: dict[str, T] = {}
    for name in sorted(files):
        if name.startswith(folder) and name.endswith(suffix):
            part = _collect(problems, lambda name=name: read(files[name], name))  # type: ignore[misc]
            if part is not None:
                found[name.removeprefix(folder).removesuffix(suffix)] = part
    return found


def _diagram(files: ProcessFiles, file: str, found: list[Problem], *, checked: bool) -> Diagram:
    """Warnings are added to ``found``; errors are raised."""
    if file not in files:
        raise DefinitionError([_error(file, "", f"缺少流程图，文件名应为 {file}")])
    problems = check_diagram(files[file], file=file, functions=KNOWN_FUNCTIONS) if checked else []
    if any(problem.severity == "error" for problem in problems):
        raise DefinitionError(problems)
    found += problems
    return read_diagram(files[file], file=file)


def _toml(raw: bytes, file: str) -> dict[str, Any]:
    try:
        return read_toml(raw)
    except TomlError as error:
        problem = _error(file, "", f"不是有效的 TOML：{error}", error.line)
        raise DefinitionError([problem]) from error


def _settings(files: ProcessFiles) -> Settings:
    if _MANIFEST not in files:
        raise DefinitionError([_error(_MANIFEST, "", "缺少 process.toml")])
    document = _toml(files[_MANIFEST], _MANIFEST)
    problems = list(settings_problems(document))
    if problems:
        raise DefinitionError(problems)
    return Settings(
        key=document["key"],
        title=document["title"],
        description=document.get("description", ""),
        category=document.get("category", ""),
        number_prefix=document["number"],
        subject=document["subject"],
        amount=document.get("amount", ""),
        day=document.get("day", ""),
        starters=tuple(document["starters"]),
        cancel_when=document.get("cancel", {}).get("when", "True"),
        cancel_refusal=document.get("cancel", {}).get("refusal", ""),
        facts=tuple(document.get("facts", ())),
        provides=tuple(document.get("provides", ())),
        variables=document.get("variables", {}),
        same_approver=document.get("same_approver", AGAIN),
        compensation=tuple(document.get("compensation", {}).get("operations", ())),
        outcomes=document.get("outcomes", {}),
        messages={name: _awaited(rule) for name, rule in document.get("messages", {}).items()},
        nobody=document.get("nobody", NOBODY_SUPERIOR),
    )


_KINDS = (
    *((key, str, "文字") for key in ("description", "category", "amount", "day", "nobody")),
    *((key, list, "列表") for key in ("facts", "provides")),
    *((key, dict, "一节") for key in ("variables", "cancel", "compensation", "outcomes", "messages")),
)


def settings_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    """What keeps a ``process.toml`` from being used; the element of each is the key it is about."""
    for key in ("key", "title", "number", "subject"):
        if not isinstance(document.get(key), str) or not document[key]:
            yield _error(_MANIFEST, key, f"缺少“{key}”")
    if not isinstance(document.get("starters"), list) or not document["starters"]:
        yield _error(_MANIFEST, "starters", '请写明谁可以发起：岗位或部门的列表，或 ["*"]')
    for key, kind, word in _KINDS:
        if not isinstance(document.get(key, kind()), kind):
            yield _error(_MANIFEST, key, f"“{key}”应为{word}")
    for key in ("starters", "facts", "provides"):
        if isinstance(document.get(key), list) and not all(isinstance(item, str) for item in document[key]):
            yield _error(_MANIFEST, key, f"“{key}”应为文字的列表")
    if document.get("same_approver", AGAIN) not in (ONCE, AGAIN):
        yield _error(_MANIFEST, "same_approver", f"“same_approver”应为 {ONCE}（只签一次）或 {AGAIN}（每次都签）")
    if isinstance(document.get("nobody", ""), str):
        yield from _policy_problems(document.get("nobody", NOBODY_SUPERIOR))
    if isinstance(document.get("cancel", {}), dict):
        yield from _unreadable(_MANIFEST, "cancel", str(document.get("cancel", {}).get("when", "True")))
    if isinstance(document.get("outcomes", {}), dict):
        unnamed = [name for name, label in document.get("outcomes", {}).items() if not isinstance(label, str)]
        yield from (_error(_MANIFEST, "outcomes", f"“{name}”的名称应为文字") for name in unnamed)
    if isinstance(document.get("messages", {}), dict):
        for name, rule in document.get("messages", {}).items():
            yield from _message_problems(name, rule)


def _awaited(rule: Mapping[str, Any]) -> Awaited:
    return Awaited(about=rule.get("about", ""), senders=tuple(rule.get("senders", ())))


def _message_problems(name: str, rule: Any) -> Iterator[Problem]:
    place = f"messages.{name}"
    if not isinstance(rule, dict) or not rule.keys() <= {"about", "senders"}:
        yield _error(_MANIFEST, place, "消息只写 about（关于什么，表达式）和 senders（可以发送它的岗位）")
        return
    senders = rule.get("senders", [])
    if not isinstance(senders, list) or not all(isinstance(post, str) for post in senders):
        yield _error(_MANIFEST, place, "“senders”应为岗位的列表")
    if not isinstance(rule.get("about", ""), str):
        yield _error(_MANIFEST, place, "“about”应为表达式")
    elif rule.get("about"):
        yield from _unreadable(_MANIFEST, place, rule["about"])


def _policy_problems(nobody: str) -> Iterator[Problem]:
    if nobody not in (NOBODY_SUPERIOR, NOBODY_ADMINISTRATOR) and not _NAMED_PERSON.fullmatch(nobody):
        message = (
            f"无人在岗时的办法“{nobody}”无法读懂；可以写 superior（申请人的上级）、administrator（系统管理员）"
            "或 user:用户名（指定的人）"
        )
        yield _error(_MANIFEST, "nobody", message)


def _unreadable(file: str, element: str, source: str, line: int | None = None) -> Iterator[Problem]:
    try:
        parse_expression(source)
    except ExpressionError as error:
        yield Problem(severity="error", file=file, element=element, message=f"表达式无法读懂：{error}", line=line)


def _task(step: Step) -> Task:
    policy = read_policy(step.properties)
    outcomes = _words(step.properties.get("outcomes", SUBMIT))
    return Task(
        id=step.id,
        name=step.name,
        lane=step.lane,
        form=step.properties["form"],
        shows=_words(step.properties.get("shows", "")),
        outcomes=outcomes if policy is None else policy.outcomes,
        due=step.properties.get("due", ""),
        policy=policy,
        signers=step.properties.get("signers", ""),
        performer=step.properties.get("performer", ""),
        about=step.properties.get("about", ""),
        signed_fields=_words(step.properties.get("signed_fields", "")),
        comment_when=step.properties.get("comment_when", ""),
        comment_refusal=step.properties.get("comment_refusal", ""),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def check_references(
    diagram: Diagram, forms: Mapping[str, Form], decisions: Mapping[str, DecisionModel]
) -> list[Problem]:
    """What the parts of a folder say of each other and is not so: forms, fields and decisions that do not exist."""
    problems: list[Problem] = []
    for step in diagram.steps.values():
        for key in (step.properties.get("form", ""), *_words(step.properties.get("shows", ""))):
            if key not in forms:
                hint = _instead(
                    key, {name: form.title for name, form in forms.items()}, f"请在 forms/ 中添加 {key}.json"
                )
                message = f"“{step.name}”用到的表单“{key}”不存在，{hint}"
                problems.append(_error(diagram.file, step.id, message, step.line))
        if step.properties.get("due"):
            problems += _unreadable(diagram.file, step.id, step.properties["due"], step.line)
        problems += _signature_problems(diagram, step, forms)
    for key, form in forms.items():
        for step_id in form.rights:
            if step_id not in diagram.steps:
                steps = {step.id: step.name or step.id for step in diagram.steps.values()}
                hint = _instead(step_id, steps, "请改正或删去")
                message = f"字段权限写给了流程图中没有的环节“{step_id}”，{hint}"
                problems.append(_error(f"forms/{key}.json", step_id, message))
    known = set(decisions)
    for element in diagram.elements.values():
        if element.kind == "businessRuleTask" and element.decision not in known:
            name = element.decision
            hint = _instead(name, {each: each for each in known}, f"请在 decisions/ 中添加 {name}.dmn")
            message = f"决策表“{name}”不存在，{hint}"
            problems.append(_error(diagram.file, element.id, message, element.line))
    return problems


def _signature_problems(diagram: Diagram, step: Step, forms: Mapping[str, Form]) -> Iterator[Problem]:
    """A step that several sign offers 同意 and 驳回; the fields that a step signs exist."""
    try:
        policy = read_policy(step.properties)
    except PolicyError as error:
        yield _error(diagram.file, step.id, f"“{step.name}”：{error}", step.line)
        return
    outcomes = set(_words(step.properties.get("outcomes", SUBMIT)))
    if policy is not None and not ({APPROVE, REJECT} <= outcomes <= set(policy.outcomes)):
        possible = "、".join(policy.outcomes)
        message = f"“{step.name}”由多人签字，结果（outcomes）应有 {APPROVE} 和 {REJECT}，且只能是：{possible}"
        yield _error(diagram.file, step.id, message, step.line)
    fields = {name for form in forms.values() for name in form.properties}
    for name in _words(step.properties.get("signed_fields", "")):
        if name not in fields:
            hint = perhaps(name, fields)
            yield _error(diagram.file, step.id, f"“{step.name}”签认的字段“{name}”不在任何表单中{hint}", step.line)


def _instead(name: str, known: Mapping[str, str], otherwise: str) -> str:
    """What was meant, if something comes near; else what to do."""
    return perhaps(name, known, known).removeprefix("，") if near_names(name, known) else otherwise


def _error(file: str, element: str, message: str, line: int | None = None) -> Problem:
    return Problem(severity="error", file=file, element=element, message=message, line=line)
