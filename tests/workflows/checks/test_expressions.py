"""Expressions and timers."""

from __future__ import annotations

import pytest

from tests.workflows.checks.diagrams import Diagram, properties, service, straight, timer
from tests.workflows.checks.findings import errors_of, the_error, the_warning, warnings_of
from workflows.checks import ExpressionUse, check_diagram, expressions_of


def conditional(source: str) -> Diagram:
    d = Diagram().start().choice("g", default="g_end").user("a").end().flow("start", "g").flow("g", "a", source)
    return d.flow("g", "end").flow("a", "end", flow_id="last")


def timed(kind: str, source: str, *, interrupting: bool | None = None) -> Diagram:
    inter = kind != "timeCycle" if interrupting is None else interrupting
    return straight().boundary("t", "a", timer(kind, source), interrupting=inter).end("e2").flow("t", "e2")


@pytest.mark.parametrize(
    "source", ["x > 1", "decision == 'reject' and not form.urgent", "len(rows) > 0", "金额 >= 1000"]
)
def test_conditions_that_can_be_read(source: str) -> None:
    assert errors_of(conditional(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "x === 1",
        "x >",
        "(" * 200,
        "x" * 5_000,
        "lambda: 1",
        "f'{x}'",
        "x ** 2",
        "x.y()",
        "__import__",
        "x.__class__",
        "(y := 1)",
        "[*x]",
        "{1, 2}",
    ],
)
def test_conditions_that_would_fail_in_a_running_case(source: str) -> None:
    element, text = the_error(conditional(source))
    assert element == "g_a"
    assert text.startswith("条件")


@pytest.mark.parametrize("source", ["x = = 1", "import os", "while True: pass", "def f(): pass", "del x"])
def test_scripts_that_would_fail_in_a_running_case(source: str) -> None:
    element, text = the_error(Diagram().start().script("s", source).end().chain("start", "s", "end"))
    assert element == "s"
    assert text.startswith("脚本")


def test_service_parameters_are_expressions() -> None:
    d = Diagram().start().node("serviceTask", "s", service(amount="total +")).end().chain("start", "s", "end")
    assert the_error(d)[1].startswith("服务参数")
    empty = Diagram().start().node("serviceTask", "s", service(amount="")).end().chain("start", "s", "end")
    assert "空的" in the_error(empty)[1]


def test_functions_are_checked_if_they_are_named() -> None:
    xml = conditional("nosuch(x) > len(y)").xml()
    assert check_diagram(xml, file="p.bpmn") == []
    (problem,) = check_diagram(xml, file="p.bpmn", functions={"len"})
    assert "nosuch" in problem.message


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("timeDuration", "PT8H"),
        ("timeDuration", '"P3D"'),
        ("timeDuration", "deadline"),
        ("timeCycle", "R3/P1D"),
        ("timeCycle", "'R3/2026-05-01T09:00:00+08:00/P1D'"),
        ("timeCycle", "every(3, work_days_after(day, 3), 'P1D')"),
        ("timeDate", "work_hours(8)"),
        ("timeDate", "2026-05-01T09:00:00+08:00"),
        ("timeDate", "day_after(banquet_date)"),
    ],
)
def test_timers_in_order(kind: str, source: str) -> None:
    assert check_diagram(timed(kind, source).xml(), file="p.bpmn") == []


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("timeDuration", "PT0S"),
        ("timeDuration", "-PT1H"),
        ("timeDuration", "P1D1H"),
        ("timeDuration", "P1W2D"),
        ("timeDuration", "PT1.5H30M"),
        ("timeDuration", "P0.5Y"),
        ("timeDuration", "P11Y"),
        ("timeDuration", '"tomorrow"'),
        ("timeDuration", "2026-05-01"),
        ("timeDuration", "work_hours(8)"),
        ("timeDuration", "PT"),
        ("timeDuration", ""),
        ("timeDuration", "8 h"),
        ("timeCycle", "R3/PT0S"),
        ("timeCycle", "R3/PT5S"),
        ("timeCycle", "R0/P1D"),
        ("timeCycle", "R99999/P1D"),
        ("timeCycle", "R3/tomorrow/P1D"),
        ("timeCycle", "P1D"),
        ("timeCycle", "R-1/P1D"),
        ("timeCycle", "'0 9 * * *'"),
        ("timeCycle", "work_hours(8)"),
        ("timeDate", "PT8H"),
        ("timeDate", "2026-13-01"),
        ("timeDate", "every(3, x, 'P1D')"),
    ],
)
def test_timers_that_would_fail_or_never_fire(kind: str, source: str) -> None:
    assert the_error(timed(kind, source))[0] == "t"


@pytest.mark.parametrize(("kind", "source"), [("timeCycle", "R/P1D"), ("timeDate", "2026-05-01T09:00:00")])
def test_timers_that_are_better_written_out(kind: str, source: str) -> None:
    assert the_warning(timed(kind, source))[0] == "t"


def test_a_cycle_reminds_and_does_not_interrupt() -> None:
    assert "非中断" in the_error(timed("timeCycle", "R3/P1D", interrupting=True))[1]
    d = Diagram().start().node("intermediateCatchEvent", "w", timer("timeCycle", "R3/P1D")).end()
    assert the_error(d.chain("start", "w", "end"))[0] == "w"


def test_a_timer_says_one_thing() -> None:
    both = "<bpmn:timeDate>x</bpmn:timeDate><bpmn:timeDuration>PT8H</bpmn:timeDuration>"
    for body in ("", both):
        d = straight().boundary("t", "a", f"<bpmn:timerEventDefinition>{body}</bpmn:timerEventDefinition>")
        assert "三者之一" in the_error(d.flow("t", "end"))[1]


def test_a_condition_in_another_language_is_pointed_out() -> None:
    xml = conditional("x").xml().replace(b"<bpmn:conditionExpression>", b'<bpmn:conditionExpression language="feel">')
    assert "language" in next(each.message for each in warnings_of(xml))


def test_all_expressions_are_listed_with_their_place() -> None:
    d = conditional("x > 1").script("s", "y = x").node("serviceTask", "call", service(amount="total"))
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>signers</bpmn:loopDataInputRef>"
        "<bpmn:completionCondition>votes &gt; 2</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics>"
    )
    d.user("vote", properties(form="f", due="work_days(2)") + loop)
    d.boundary("t", "vote", timer("timeDate", "work_hours(4)")).boundary("t2", "vote", timer("timeDuration", "PT8H"))
    uses = expressions_of(d.xml())
    assert {(use.element, use.kind, use.source) for use in uses} == {
        ("g_a", "condition", "x > 1"),
        ("s", "script", "y = x"),
        ("call", "parameter", "total"),
        ("vote", "due", "work_days(2)"),
        ("vote", "collection", "signers"),
        ("vote", "completion", "votes > 2"),
        ("t", "timeDate", "work_hours(4)"),
    }
    assert all(isinstance(use, ExpressionUse) and use.line for use in uses)
