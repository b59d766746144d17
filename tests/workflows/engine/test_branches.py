"""Branches of a sub-process: one for each entry of a list, also one inside another."""

from __future__ import annotations

import pytest

from tests.workflows.engine.diagrams import Process
from tests.workflows.engine.driving import Case
from workflows.branches import branch_order, innermost, is_within, place_of, split_place
from workflows.engine import CannotReturn


def each(collection: str, item: str, results: str = "", result: str = "") -> str:
    """The marker of a sub-process that runs once for every entry of ``collection``, side by side."""
    reference = f"<bpmn:loopDataOutputRef>{results}</bpmn:loopDataOutputRef>" if results else ""
    output = f'<bpmn:outputDataItem id="{result}" name="{result}"/>' if result else ""
    return (
        f"<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>{collection}</bpmn:loopDataInputRef>{reference}"
        f'<bpmn:inputDataItem id="{item}" name="{item}"/>{output}</bpmn:multiInstanceLoopCharacteristics>'
    )


def tour_of_days() -> Process:
    """Each visit of a day is prepared and recorded, each day reported and signed."""
    visit = Process("visit").start("visit_start").user("prepare").user("record").end("visit_end")
    visit.script("result", "seen = {'no': visit['no'], 'note': note}")
    visit.line("visit_start", "prepare", "record", "result", "visit_end")
    day = Process("day").start("day_start").script("open_day", "todays = day['visits']").end("day_end")
    day.node("subProcess", "per_visit", visit.body() + each("todays", "visit", "records", "seen"))
    day.user("report").user("sign").line("day_start", "open_day", "per_visit", "report", "sign", "day_end")
    process = Process().start().user("plan").end()
    return process.node("subProcess", "per_day", day.body() + each("days", "day")).line(
        "start", "plan", "per_day", "end"
    )


DAYS = [{"visits": [{"no": 1}, {"no": 2}]}, {"visits": [{"no": 3}]}]
"""Two days, the first with two visits."""


def tour() -> Case:
    return Case(tour_of_days().xml()).do("plan", days=DAYS)


def do(case: Case, place: str, **variables: str) -> None:
    task = next(task for task in case.reload().open_tasks() if task.place == place)
    case.instance.complete(task.id, variables)


def test_what_was_described_before_is_taken_as_it_was() -> None:
    case = tour()
    before = {task.id: task for task in case.instance.open_tasks()}
    do(case, "prepare#1.1")
    after = case.instance.open_tasks(before)
    assert [task.place for task in after if before.get(task.id) is task] == ["prepare#1.2", "prepare#2.1"]
    assert [task.place for task in after if task.id not in before] == ["record#1.1"]


def open_places(case: Case) -> list[str]:
    return [task.place for task in case.reload().open_tasks()]


def returnable(case: Case, place: str) -> list[str]:
    return case.reload().returnable_to(next(task.id for task in case.instance.open_tasks() if task.place == place))


def test_every_entry_has_its_own_branch() -> None:
    case = tour()
    assert open_places(case) == ["prepare#1.1", "prepare#1.2", "prepare#2.1"]
    do(case, "prepare#1.2", note="second")
    by_place = {task.place: task.variables for task in case.reload().open_tasks()}
    assert by_place["record#1.2"]["note"] == "second"
    assert "note" not in by_place["prepare#1.1"]
    assert by_place["prepare#2.1"]["visit"] == {"no": 3}


def test_what_the_branches_leave_is_collected_around_them() -> None:
    case = tour()
    for place, note in (("1.2", "b"), ("1.1", "a")):
        do(case, f"prepare#{place}")
        do(case, f"record#{place}", note=note)
    assert sorted(open_places(case)) == ["prepare#2.1", "report#1"]
    report = next(task for task in case.instance.open_tasks() if task.step == "report")
    assert report.variables["records"] == [{"no": 2, "note": "b"}, {"no": 1, "note": "a"}]


def test_a_return_goes_back_inside_its_branch() -> None:
    case = tour()
    do(case, "prepare#1.1", note="as prepared")
    assert returnable(case, "record#1.1") == ["plan", "prepare"]
    task = next(task for task in case.instance.open_tasks() if task.place == "record#1.1")
    visits = case.instance.return_to(task.id, "prepare")
    assert open_places(case) == ["prepare#1.1", "prepare#1.2", "prepare#2.1"]
    assert visits == []
    opened = next(task for task in case.instance.open_tasks() if task.place == "prepare#1.1")
    assert opened.variables["note"] == "as prepared"


def test_a_step_behind_the_branches_goes_back_to_its_own_day() -> None:
    case = tour()
    do(case, "prepare#2.1")
    do(case, "record#2.1", note="c")
    do(case, "report#2")
    assert returnable(case, "sign#2") == ["plan", "report"]
    case.instance.return_to(next(task.id for task in case.instance.open_tasks() if task.step == "sign"), "report")
    assert "report#2" in open_places(case)


def test_a_return_out_of_the_branches_takes_all_of_them_back() -> None:
    case = tour()
    do(case, "prepare#1.1")
    task = next(task for task in case.reload().open_tasks() if task.place == "record#1.1")
    visits = case.instance.return_to(task.id, "plan")
    assert [visit.place for visit in visits] == ["prepare#1.1"]
    assert open_places(case) == ["plan"]


def test_a_result_that_was_collected_cannot_be_taken_back_alone() -> None:
    case = tour()
    do(case, "prepare#1.1")
    record = next(task.id for task in case.reload().open_tasks() if task.place == "record#1.1")
    do(case, "record#1.1", note="a")
    with pytest.raises(CannotReturn):
        case.reload().later_visits(record)


def test_a_day_ends_when_all_its_branches_have() -> None:
    case = tour()
    for place in ("1.1", "1.2", "2.1"):
        do(case, f"prepare#{place}")
        do(case, f"record#{place}", note=place)
    for day in ("1", "2"):
        do(case, f"report#{day}")
        do(case, f"sign#{day}")
    assert case.reload().finished


def test_places_are_read_as_they_are_written() -> None:
    assert split_place(place_of("record", "1.10")) == ("record", "1.10")
    assert split_place(place_of("record", "")) == ("record", "")
    assert sorted(["10", "2", "1.1", "1"], key=branch_order) == ["1", "1.1", "2", "10"]
    assert is_within("1.10", "1")
    assert not is_within("10", "1")
    assert innermost(["plan", "report#1"], "report", "1.2") == "report#1"
    assert innermost(["plan"], "plan", "1.2") == "plan"
    assert innermost(["report#1"], "report", "2") is None
