"""What the language of expressions says of a failure, in the words of whoever drew the process."""

from __future__ import annotations

from typing import Any

import pytest

from services.incidents.lines import sentence_of
from services.incidents.wording import why_of
from tests.workflows.engine.diagrams import Process, timer
from tests.workflows.engine.driving import Case
from workflows.engine import EngineFailed
from workflows.expressions import ExpressionError, evaluate

VALUES: dict[str, Any] = {"amount": 5, "text": "五", "nothing": None, "rows": [1], "record": {"a": 1}}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("missing > 1", "没有“missing”这一项数据"),
        ("amount / 0", "除数是零"),
        ("nothing > 1", "其中有一项是空的"),
        ("text > 1", "拿来比较的两项不是同一类，例如文字和数字"),
        ("record.b", "没有“b”这一项"),
        ("record['b']", "没有“b”这一项"),
        ("rows[3]", "列表里没有那么多项"),
        ("amount >", "表达式写错了，读不懂"),
        ("sum([len([j for j in range(1000)]) for i in range(1000)])", "算的步骤或数据太多，已停下"),
    ],
)
def test_a_failure_of_an_expression_is_said_in_words(source: str, said: str) -> None:
    with pytest.raises(ExpressionError) as failure:
        evaluate(source, VALUES)
    why = why_of(str(failure.value))
    assert why.get("why", "").format(**why.get("why_values", {})) == said


@pytest.mark.parametrize(
    ("limit", "said"), [("soon", "“soon”不是时间长度，例如 PT8H 或 P3D"), (3, "“3”不是时间长度，例如 PT8H 或 P3D")]
)
def test_a_wrong_time_is_named(limit: object, said: str) -> None:
    process = Process().start().user("apply").node("intermediateCatchEvent", "wait", timer("timeDuration", "limit"))
    case = Case(process.end().line("start", "apply", "wait", "end").xml())
    with pytest.raises(EngineFailed) as failure:
        case.do("apply", limit=limit)
    why = why_of(failure.value.message)
    assert why["why"].format(**why["why_values"]) == said


def test_a_sentence_without_a_reason_stands_alone() -> None:
    assert sentence_of("operation", {"name": "占用预算"}) == "“占用预算”的操作没有成功"
