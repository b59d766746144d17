"""All ways through a process: really walked, with the data that leads there, and bounded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from services.processes.words import KNOWN
from tests.conftest import MONDAY
from tests.support.folders import asking, deciding, folder, table
from tests.workflows.checks.diagrams import Diagram, properties, timer
from workflows.checks.folder import Folder
from workflows.definition import read_folder, read_process
from workflows.definition.parts import read_parts
from workflows.forecast import Pace
from workflows.walking.walker import Walker
from workflows.walking.way import Way, Ways

LIBRARY = sorted(path.parent for path in (Path(__file__).parents[3] / "bpmn").glob("*/process.toml"))


def walker(files: Mapping[str, bytes], **more: object) -> Walker:
    return Walker(Folder(read_parts(files), KNOWN), read_process(files), now=MONDAY, **more)  # type: ignore[arg-type]


def walked(files: Mapping[str, bytes]) -> Ways:
    return walker(files).walk()


def steps(way: Way) -> list[str]:
    return [f"{done.step}:{done.outcome}" for done in way.steps]


def ends(found: Ways) -> list[str]:
    return sorted(way.end for way in found.ways)


def test_each_result_is_a_way_of_its_own() -> None:
    found = walked(folder(deciding("outcome == 'reject'")))
    assert [steps(way) for way in found.ways] == [
        ["apply:submit", "review:approve"],
        ["apply:submit", "review:reject"],
    ]
    assert found.complete
    assert found.ways[0].path == (
        *("start", "start_apply", "apply", "apply_review", "review", "review_g", "g", "g_end", "end"),
    )


def test_amounts_are_tried_on_both_sides_of_a_bound() -> None:
    found = walked(folder(deciding("amount > 1000", "amount > 500")))
    assert ends(found) == ["end", "end1", "end2"]
    amounts = {way.end: way.chosen[0].values["amount"] for way in found.ways}
    assert amounts["end1"] > 1000 >= amounts["end2"] > 500 >= amounts["end"]


def test_tables_are_tried_at_their_bounds() -> None:
    diagram = Diagram(lane="总经理").start().user("apply").node("businessRuleTask", "rule", asking("level"))
    diagram.choice("g", default="g_end").end().end("high").end("low").chain("start", "apply", "rule", "g")
    diagram.flow("g", "high", "level == 'high'").flow("g", "low", "level == 'low'").flow("g", "end")
    rules = {"< 100": "low", "[100..5000]": "middle", "> 5000": "high"}
    assert ends(walked(folder(diagram, decisions__level=table(rules)))) == ["end", "high", "low"]


def test_what_several_fields_make_together_is_solved() -> None:
    assert ends(walked(folder(deciding("amount - tip > 300", "amount - tip == 300")))) == ["end", "end1", "end2"]


def test_a_loop_is_gone_round_once_or_not_at_all() -> None:
    diagram = (
        Diagram(lane="总经理")
        .start()
        .choice("again")
        .user("apply")
        .user("review", properties(form="apply", outcomes="approve,reject"))
    )
    diagram.choice("g", default="g_end").end().chain("start", "again", "apply", "review", "g")
    diagram.flow("g", "again", "outcome == 'reject'").flow("g", "end")
    assert [len(way.steps) for way in walked(folder(diagram)).ways] == [2, 4]


def test_parallel_steps_are_one_way() -> None:
    diagram = Diagram(lane="总经理").start().user("apply").parallel("split", "join").user("a").user("b").end()
    diagram.chain("start", "apply", "split", "a", "join", "end").chain("split", "b", "join")
    [way] = walked(folder(diagram)).ways
    assert {done.step for done in way.steps if done.beside} == {"a"}
    assert {"join", "a_join", "b_join"} <= set(way.path)


def test_a_timer_that_interrupts_leads_another_way() -> None:
    diagram = Diagram(lane="总经理").start().user("apply").boundary("late", "apply", timer("timeDate", "work_days(2)"))
    diagram.end().end("missed").chain("start", "apply", "end").flow("late", "missed")
    assert ends(walked(folder(diagram))) == ["end", "missed"]


def test_a_reminder_is_no_way_of_its_own() -> None:
    diagram = Diagram(lane="总经理").start().user("apply").end().end("told").script("tell")
    diagram.boundary("soon", "apply", timer("timeDate", "work_days(1)"), interrupting=False)
    diagram.chain("start", "apply", "end").chain("soon", "tell", "told")
    assert len(walked(folder(diagram)).ways) == 1


def test_how_long_it_takes_follows_the_pace_of_its_people() -> None:
    pace = Pace(usual=timedelta(hours=4), slow=timedelta(hours=16))
    files = folder(deciding("outcome == 'reject'"))
    way = walker(files, pace_of=lambda _task, _moment: pace).walk().ways[0]
    assert (way.ends_at - MONDAY, way.latest_end > way.ends_at) == (timedelta(hours=9), True)


def test_a_way_that_the_engine_cannot_go_on_is_told() -> None:
    diagram = Diagram(lane="总经理").start().user("apply").script("reckon", "x = 1 / (amount - amount)").end()
    found = walked(folder(diagram.chain("start", "apply", "reckon", "end")))
    assert not found.ways
    assert [dead.element for dead in found.dead] == ["reckon"]


def test_what_is_too_much_is_cut_off_and_said() -> None:
    diagram = Diagram(lane="总经理").start().user("apply")
    before = "apply"
    for number in range(12):
        step, gate, join = f"s{number}", f"g{number}", f"j{number}"
        diagram.user(step, properties(form="apply", outcomes="approve,reject")).choice(gate, default=f"{gate}_{join}")
        diagram.choice(join).script(f"x{number}").chain(before, step, gate).flow(gate, join)
        diagram.flow(gate, f"x{number}", "outcome == 'reject'").chain(f"x{number}", join)
        before = join
    found = walker(folder(diagram.end().chain("start", "apply").chain(before, "end"))).walk(max_ways=20)
    assert len(found.ways) == 20
    assert not found.complete
    assert found.ways[0].departs == 0


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.name)
def test_every_flow_of_the_library_is_on_some_way(path: Path) -> None:
    files = read_folder(path)
    looked = walker(files)
    found = looked.walk(seconds=60)
    folder_ = Folder(read_parts(files), KNOWN)
    assert folder_.graph is not None
    passed = {each for way in found.ways for each in way.path}
    main = {flow.id for flow in folder_.graph.flows.values() if not {flow.source, flow.target} & looked.beside}
    assert main - passed == set()
    assert not found.dead
