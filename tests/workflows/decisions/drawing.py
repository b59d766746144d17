"""DMN files written in a line or two, so that each test shows only the table it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from workflows.decisions import DecisionModel, DecisionResult, evaluate, read_decisions

DMN_1_3 = "https://www.omg.org/spec/DMN/20191111/MODEL/"


@dataclass(frozen=True)
class Column:
    """An input or an output column; ``values`` are the allowed or ranked ones."""

    name: str
    type: str = ""
    values: str = ""
    default: str = ""


def dmn(*parts: str, namespace: str = DMN_1_3) -> bytes:
    body = "\n".join(parts)
    return f'<definitions xmlns="{namespace}" id="file" name="test" namespace="test">\n{body}\n</definitions>'.encode()


def read(*parts: str) -> DecisionModel:
    return read_decisions(dmn(*parts), file="test.dmn")


def _text(tag: str, text: str, attributes: str = "") -> str:
    return f"<{tag}{attributes}><text>{escape(text)}</text></{tag}>" if text else ""


def _typed(type_name: str) -> str:
    return f" typeRef={quoteattr(type_name)}" if type_name else ""


def literal(text: str) -> str:
    return _text("literalExpression", text)


def table(
    inputs: Sequence[Column],
    outputs: Sequence[Column],
    rules: Sequence[Sequence[str]],
    *,
    hit_policy: str = "UNIQUE",
    aggregation: str = "",
    describe: Sequence[str] = (),
) -> str:
    """A decision table; each rule lists the cells of the inputs, then of the outputs."""
    heads = [
        f'<input id="in{number}">{_text("inputExpression", column.name, _typed(column.type))}'
        f"{_text('inputValues', column.values)}</input>"
        for number, column in enumerate(inputs, 1)
    ]
    results = [
        f'<output id="out{number}" name={quoteattr(column.name)}{_typed(column.type)}>'
        f"{_text('outputValues', column.values)}{_text('defaultOutputEntry', column.default)}</output>"
        for number, column in enumerate(outputs, 1)
    ]
    rows = [_rule(number, len(inputs), cells, describe) for number, cells in enumerate(rules, 1)]
    added = f' aggregation="{aggregation}"' if aggregation else ""
    return "\n".join(
        [f'<decisionTable id="table" hitPolicy="{hit_policy}"{added}>', *heads, *results, *rows, "</decisionTable>"]
    )


def _rule(number: int, inputs: int, cells: Sequence[str], describe: Sequence[str]) -> str:
    entries = [
        f'<{"inputEntry" if place < inputs else "outputEntry"} id="cell{number}_{place + 1}">'
        f"<text>{escape(cell)}</text></{'inputEntry' if place < inputs else 'outputEntry'}>"
        for place, cell in enumerate(cells)
    ]
    text = f"<description>{escape(describe[number - 1])}</description>" if describe else ""
    return f'<rule id="rule{number}">{text}{"".join(entries)}</rule>'


def decision(name: str, logic: str, *, requires: Sequence[str] = (), type_name: str = "") -> str:
    """A decision whose id is its name with underscores."""
    arrows = "".join(
        f'<informationRequirement><requiredDecision href="#{identity(needed)}"/></informationRequirement>'
        for needed in requires
    )
    variable = f"<variable name={quoteattr(name)}{_typed(type_name)}/>"
    return f"<decision id={quoteattr(identity(name))} name={quoteattr(name)}>{variable}{arrows}{logic}</decision>"


def identity(name: str) -> str:
    return name.replace(" ", "_")


def input_data(name: str, type_name: str = "") -> str:
    variable = f"<variable name={quoteattr(name)}{_typed(type_name)}/>"
    return f'<inputData id="input_{identity(name)}" name={quoteattr(name)}>{variable}</inputData>'


def function(name: str, parameters: Sequence[str], logic: str) -> str:
    formal = "".join(f"<formalParameter name={quoteattr(parameter)}/>" for parameter in parameters)
    return (
        f"<businessKnowledgeModel id={quoteattr(identity(name))} name={quoteattr(name)}>"
        f"<encapsulatedLogic>{formal}{logic}</encapsulatedLogic></businessKnowledgeModel>"
    )


def answer(logic: str, data: Mapping[str, Any] | None = None, *parts: str) -> DecisionResult:
    """The result of a file with one decision, ``Answer``."""
    return evaluate(read(*parts, decision("Answer", logic)), None, data or {})


def value_of(expression: str, **data: Any) -> Any:
    """What an expression is worth."""
    return answer(literal(expression), data).outputs


def meets(cell: str, value: Any, **data: Any) -> bool:
    """Whether a value meets the unary tests of a cell."""
    rules = table([Column("subject")], [Column("met")], [[cell, "true"]])
    return answer(rules, {"subject": value, **data}).outputs is True
