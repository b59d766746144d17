"""Soundness, on sixteen diagrams with a known trap each and some more."""

from __future__ import annotations

import time

import pytest

from tests.workflows.checks.diagrams import Diagram, forked, straight, timer
from workflows.checks import check_diagram, explore

REMINDER = timer("timeCycle", "R3/P1D")


def approval(*, rework: bool) -> Diagram:
    d = Diagram().start().user("apply").user("review").choice("amount", default="amount_merge").user("gm")
    d.choice("merge").user("finance").script("calc", "total = amount * 1.06").user("report").end()
    if rework:
        d.choice("again").choice("ok", default="ok_amount").chain("start", "again", "apply", "review", "ok")
        d.flow("ok", "again", "decision == 'reject'").flow("ok", "amount")
    else:
        d.chain("start", "apply", "review", "amount")
    d.flow("amount", "gm", "amount >= 1000").flow("amount", "merge").flow("gm", "merge")
    return d.chain("merge", "finance", "calc", "report", "end")


def reminded() -> Diagram:
    d = Diagram().start().parallel("s").user("a").boundary("t", "a", REMINDER, interrupting=False).script("m").end("e2")
    d.user("b").parallel("j").end()
    return d.chain("start", "s", "a", "j", "end").chain("s", "b", "j").chain("t", "m", "e2")


def choice_into_join() -> Diagram:
    return forked().parallel("j").end().chain("b", "j", "end").chain("c", "j")


def split_into_choice() -> Diagram:
    d = Diagram().start().parallel("s").user("b").user("c").choice("j").user("z").end()
    return d.chain("start", "s", "b", "j", "z", "end").chain("s", "c", "j")


def split_into_task() -> Diagram:
    d = Diagram().start().parallel("s").user("b").user("c").user("z").end()
    return d.chain("start", "s", "b", "z", "end").chain("s", "c", "z")


def loop_into_branch() -> Diagram:
    d = Diagram().start().parallel("s").user("a").choice("g", default="g_j").user("b").parallel("j").end()
    d.chain("start", "s", "a", "g").flow("g", "s", "again").flow("g", "j")
    return d.chain("s", "b", "j", "end")


def interrupted_before_join() -> Diagram:
    d = Diagram().start().parallel("s").user("a").boundary("t", "a", timer("timeDuration", "PT1H")).user("x").end("e2")
    d.user("b").parallel("j").end()
    return d.chain("start", "s", "a", "j", "end").chain("s", "b", "j").chain("t", "x", "e2")


def endless() -> Diagram:
    return Diagram().start().user("a").user("b").end().chain("start", "a", "b", "a")


def automatic_loop() -> Diagram:
    d = Diagram().start().choice("m").script("s").choice("g", default="g_end").end().chain("start", "m", "s", "g")
    return d.flow("g", "m", "x").flow("g", "end")


def unreachable() -> Diagram:
    return straight().user("dead").flow("dead", "end")


def without_exit() -> Diagram:
    d = Diagram().start().user("a").user("b").choice("g", default="g_a").end().flow("start", "g").flow("g", "a")
    return d.flow("g", "b", "x").chain("a", "end")


def inclusive(join: str) -> Diagram:
    d = Diagram().start().node("inclusiveGateway", "g", default="g_c").user("b").user("c").node(join, "j").end()
    return d.flow("start", "g").flow("g", "b", "x").flow("g", "c").chain("b", "j", "end").chain("c", "j")


def plain_condition() -> Diagram:
    return Diagram().start().user("a").end().flow("start", "a").flow("a", "end", "x")


def without_default() -> Diagram:
    d = Diagram().start().choice("g").user("b").user("c").end().flow("start", "g").flow("g", "b", "x")
    return d.flow("g", "c", "y").chain("b", "end").chain("c", "end")


TRAPS = [
    ("c0 approval", approval(rework=False), []),
    ("c1 approval with rework", approval(rework=True), []),
    ("c2 parallel with reminder", reminded(), []),
    ("c3 choice into parallel join", choice_into_join(), ["j"]),
    ("c4 parallel split into choice", split_into_choice(), ["z"]),
    ("c5 parallel split into a task", split_into_task(), ["z"]),
    ("c6 loop back into a split, which then waits for both", loop_into_branch(), ["s"]),
    ("c7 interruption skips the join", interrupted_before_join(), ["j"]),
    ("c8 endless", endless(), ["end"]),
    ("c9 automatic loop", automatic_loop(), ["m"]),
    ("c10 unreachable", unreachable(), ["dead"]),
    ("c11 task without exit", without_exit(), ["b"]),
    ("c12 inclusive split, parallel join", inclusive("parallelGateway"), ["g"]),
    ("c13 inclusive split and join", inclusive("inclusiveGateway"), ["g", "j"]),
    ("c14 condition on a plain flow", plain_condition(), ["a_end"]),
    ("c15 no default flow", without_default(), ["g"]),
]


@pytest.mark.parametrize(("diagram", "elements"), [case[1:] for case in TRAPS], ids=[case[0] for case in TRAPS])
def test_the_diagrams_of_the_study(diagram: Diagram, elements: list[str]) -> None:
    errors = [each for each in check_diagram(diagram.xml(), file="c.bpmn") if each.severity == "error"]
    assert all(error.line for error in errors)
    assert {error.element for error in errors} == set(elements), errors


def test_a_deadlock_shows_the_shortest_way_to_it() -> None:
    (finding,) = explore(choice_into_join().xml(), file="c.bpmn")
    assert finding.problem.element == "j"
    assert "永远停住" in finding.problem.message
    assert finding.way[:3] == ["start", "a", "g"]
    assert finding.way[3] in ("b", "c")


def test_doubled_work_shows_the_way_of_the_second_token() -> None:
    (finding,) = explore(split_into_choice().xml(), file="c.bpmn")
    assert "重复执行" in finding.problem.message
    assert finding.way[0] == "start"
    assert finding.way.count("j") == 2


def test_a_circle_without_way_out_is_found_where_it_is_entered() -> None:
    d = Diagram().start().choice("g", default="g_end").choice("m").user("a").user("b").end().flow("start", "g")
    d.flow("g", "m", "x").flow("g", "end").chain("m", "a", "b", "m")
    (finding,) = explore(d.xml(), file="c.bpmn")
    assert "再也到不了" in finding.problem.message
    assert finding.way[-1] in ("m", "a", "b", "g")


def test_a_process_that_can_never_end() -> None:
    d = Diagram().start().parallel("s", "j").choice("g", default="g_j").user("a").end().flow("start", "s")
    d.flow("s", "j").flow("s", "g").flow("g", "j").flow("g", "a", "x").chain("a", "j", "end")
    assert "永远停住" in explore(d.xml(), file="c.bpmn")[0].problem.message


def test_two_reminders_may_be_on_their_way_at_once() -> None:
    d = Diagram().start().choice("m").user("a").choice("g", default="g_end").end().chain("start", "m", "a", "g")
    d.flow("g", "m", "again").flow("g", "end")
    d.boundary("t", "a", REMINDER, interrupting=False).user("urge").end("e2").chain("t", "urge", "e2")
    assert check_diagram(d.xml(), file="c.bpmn") == []


def test_a_reminder_may_share_a_plain_end_event() -> None:
    d = straight().boundary("t", "a", REMINDER, interrupting=False).user("urge").chain("t", "urge", "end")
    assert check_diagram(d.xml(), file="c.bpmn") == []


def test_a_reminder_of_a_side_path_that_comes_back_doubles_it() -> None:
    d = straight().boundary("t", "a", REMINDER, interrupting=False).user("urge").choice("m").user("more").end("e2")
    d.chain("t", "urge", "m", "more", "e2").boundary("t2", "urge", REMINDER, interrupting=False).flow("t2", "m")
    assert [finding.problem.element for finding in explore(d.xml(), file="c.bpmn")] == ["more"]


def test_a_reminder_that_returns_to_the_main_path_doubles_it() -> None:
    d = Diagram().start().user("a").choice("m").user("b").end().chain("start", "a", "m", "b", "end")
    d.boundary("t", "a", timer("timeDuration", "PT8H"), interrupting=False).flow("t", "m")
    assert [finding.problem.element for finding in explore(d.xml(), file="c.bpmn")] == ["b"]


def test_a_side_path_with_a_deadlock_of_its_own() -> None:
    d = straight().boundary("t", "a", REMINDER, interrupting=False).choice("g", default="g_j").user("x").parallel("j")
    d.end("e2").flow("t", "g").flow("g", "j").flow("g", "x", "x").chain("x", "j", "e2")
    (finding,) = explore(d.xml(), file="c.bpmn")
    assert finding.problem.element == "j"
    assert finding.way[:2] == ["a", "t"]


def test_an_escalation_that_interrupts_goes_on_alone() -> None:
    d = straight().boundary("t", "a", timer("timeDuration", "PT8H")).user("boss").chain("t", "boss", "end")
    assert check_diagram(d.xml(), file="c.bpmn") == []


def test_a_terminate_end_event_ends_every_branch() -> None:
    d = Diagram().start().parallel("s").user("a").user("b").end("stop", "<bpmn:terminateEventDefinition />").end()
    d.chain("start", "s", "a", "stop").chain("s", "b", "end")
    assert check_diagram(d.xml(), file="c.bpmn") == []


def test_branches_that_end_apart_need_no_join() -> None:
    d = Diagram().start().parallel("s").user("a").user("b").end().end("e2").chain("start", "s", "a", "end")
    assert check_diagram(d.chain("s", "b", "e2").xml(), file="c.bpmn") == []


def test_an_activity_with_a_boundary_event_entered_twice() -> None:
    d = Diagram().start().parallel("s").choice("m").user("z").end().flow("start", "s")
    d.flow("s", "m", flow_id="one").flow("s", "m", flow_id="two").chain("m", "z", "end")
    d.boundary("t", "z", timer("timeDuration", "PT8H")).flow("t", "end")
    assert {finding.problem.element for finding in explore(d.xml(), file="c.bpmn")} == {"z"}


def test_sub_processes_are_explored_on_their_own() -> None:
    inside = choice_into_join()
    d = Diagram().start("begin").node("subProcess", "sub", inside.inner()).end("finish")
    d.people = inside.people
    d.chain("begin", "sub", "finish")
    (finding,) = explore(d.xml(), file="c.bpmn")
    assert finding.problem.element == "j"


def test_nothing_is_explored_while_the_shape_is_wrong() -> None:
    assert explore(without_exit().xml(), file="c.bpmn") == []
    assert explore(b"no xml", file="c.bpmn") == []


def branches(count: int, tasks: int, host: str = "") -> Diagram:
    d = Diagram().start().parallel("s", "j").end().chain("start", "s").chain("j", "end")
    for branch in range(count):
        names = [f"t{branch}_{number}" for number in range(tasks)]
        for name in names:
            d.user(name)
            if host:
                d.boundary(f"b_{name}", name, timer("timeDuration", "PT8H")).end(f"e_{name}").chain(
                    f"b_{name}", f"e_{name}"
                )
        d.chain("s", *names, "j")
    return d


def test_many_parallel_branches_are_checked_whole() -> None:
    assert check_diagram(branches(10, 5).xml(), file="c.bpmn") == []


def test_the_bound_is_said_when_it_is_hit() -> None:
    findings = explore(branches(6, 1, "host").xml(), file="c.bpmn", max_states=40)
    assert findings[-1].problem.severity == "warning"
    assert "前 40 种情况" in findings[-1].problem.message


def test_a_deep_deadlock_is_found_although_the_bound_is_hit() -> None:
    findings = explore(branches(14, 1, "host").xml(), file="c.bpmn")
    assert [finding.problem.element for finding in findings] == ["j", "process"]


HANGS = 30.0
"""Seconds of work after which something runs away; how fast it is, benchmarks say."""


@pytest.mark.parametrize(
    "diagram", [branches(10, 5), branches(6, 3, "host"), branches(14, 1, "host")], ids=["wide", "deep", "bound"]
)
def test_sixty_elements_are_answered(diagram: Diagram) -> None:
    xml = diagram.xml()
    began = time.process_time()
    check_diagram(xml, file="c.bpmn")
    assert time.process_time() - began < HANGS
