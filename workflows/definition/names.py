"""Whether every name that a process reads is a name that something in it provides."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime

from lxml import etree

from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.checks import ExpressionUse, expressions_of
from workflows.checks.near import perhaps
from workflows.decisions import DecisionModel, DecisionTable, names_read
from workflows.definition.process import Settings
from workflows.engine import Diagram
from workflows.errors import Problem
from workflows.expressions import FUNCTIONS, ExpressionError, free_names, parse_expression, parse_script
from workflows.forms import Form

KNOWN_FUNCTIONS = frozenset(FUNCTIONS) | frozenset(
    calendar_functions(CompanyCalendar(), datetime.min.replace(tzinfo=UTC))
)
ENGINE_NAMES = frozenset(
    {
        *(
            "outcome",
            "comment",
            "approvals",
            "rejections",
            "abstentions",
            "starter_name",
            "starter_department",
            "started_on",
        ),
        *("nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances"),
    }
)
_LOOP_NAMES = ("inputDataItem", "outputDataItem", "loopDataOutputRef")
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def check_names(
    settings: Settings, diagram: Diagram, forms: Mapping[str, Form], decisions: Mapping[str, DecisionModel]
) -> list[Problem]:
    """Names that conditions, timers, parameters, due times and decision inputs read and nothing provides."""
    uses = expressions_of(diagram.xml, file=diagram.file)
    known = _provided(settings, diagram, forms, decisions) | {name for use in uses for name in _assigned(use)}
    problems = [_of_use(diagram.file, use, name, known) for use in uses for name in sorted(_read(use) - known)]
    for key, model in decisions.items():
        problems += [_of_decision(key, name, known) for name in sorted(_inputs(model) - known)]
    return [*problems, *_of_cancelling(settings, known), *_of_messages(settings, diagram, known)]


def _provided(
    settings: Settings, diagram: Diagram, forms: Mapping[str, Form], decisions: Mapping[str, DecisionModel]
) -> set[str]:
    fields = {name for form in forms.values() for name in form.properties}
    answers = {name for model in decisions.values() for name in _outputs(model)}
    return {*ENGINE_NAMES, *settings.variables, *settings.provides, *fields, *answers, *_loop_names(diagram)}


def _outputs(model: DecisionModel) -> Iterator[str]:
    for decision in model.decisions:
        yield decision.name
        if isinstance(decision.logic, DecisionTable):
            yield from (output.name for output in decision.logic.outputs if output.name)


def _inputs(model: DecisionModel) -> set[str]:
    return {name for decision in model.decisions for name in names_read(model, decision.name)}


def _loop_names(diagram: Diagram) -> set[str]:
    return loop_names(etree.fromstring(diagram.xml, etree.XMLParser(resolve_entities=False, no_network=True)))


def loop_names(root: etree._Element) -> set[str]:
    """The items and results of multi-instance tasks, which the diagram itself names."""
    found = [node for name in _LOOP_NAMES for node in root.iter(f"{_BPMN}{name}")]
    return {text for node in found for text in (node.get("id"), node.get("name"), (node.text or "").strip()) if text}


def assigned_names(root: etree._Element) -> set[str]:
    """The names that the script tasks of a diagram give a value; scripts that cannot be read are left out."""
    found: set[str] = set()
    for script in root.iter(f"{_BPMN}script"):
        try:
            found |= _stored(script.text or "")
        except ExpressionError:
            continue
    return found


def _read(use: ExpressionUse) -> set[str]:
    try:
        return free_names(parse_script(use.source) if use.kind == "script" else parse_expression(use.source))
    except ExpressionError:
        return set()  # already reported with the diagram


def _assigned(use: ExpressionUse) -> set[str]:
    return _stored(use.source) if use.kind == "script" else set()


def _stored(script: str) -> set[str]:
    nodes = (node for statement in parse_script(script) for node in ast.walk(statement))
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


_UNKNOWN = "用到的“{name}”没有来源：既不是表单字段、流程变量、决策结果，也不在 process.toml 的 provides 中"


def unknown_name(name: str, known: Collection[str], titles: Mapping[str, str] | None = None) -> str:
    """The sentence about a name that nothing gives, with what comes near."""
    return _UNKNOWN.format(name=name) + perhaps(name, known, titles)


def _of_use(file: str, use: ExpressionUse, name: str, known: set[str]) -> Problem:
    message = f"表达式 {use.source[:80]!r} " + unknown_name(name, known)
    return Problem(severity="error", file=file, element=use.element, line=use.line, message=message)


def _of_decision(key: str, name: str, known: set[str]) -> Problem:
    message = "决策表" + unknown_name(name, known)
    return Problem(severity="error", file=f"decisions/{key}.dmn", element=key, message=message)


def _of_messages(settings: Settings, diagram: Diagram, known: set[str]) -> Iterator[Problem]:
    root = etree.fromstring(diagram.xml, etree.XMLParser(resolve_entities=False, no_network=True))
    drawn = {message.get("name") for message in root.iter(f"{_BPMN}message")}
    for name, rule in settings.messages.items():
        place = f"messages.{name}"
        if name not in drawn:
            text = f"流程图中没有名为“{name}”的消息，请检查拼写，或删去这一节"
            yield Problem(severity="error", file="process.toml", element=place, message=text)
        for unknown in sorted(free_names(parse_expression(rule.about)) - known if rule.about else ()):
            text = "消息的 about " + unknown_name(unknown, known)
            yield Problem(severity="error", file="process.toml", element=place, message=text)


def _of_cancelling(settings: Settings, known: set[str]) -> Iterator[Problem]:
    for name in sorted(free_names(parse_expression(settings.cancel_when)) - known):
        message = "撤销条件" + unknown_name(name, known)
        yield Problem(severity="error", file="process.toml", element="cancel", message=message)
