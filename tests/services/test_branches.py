"""Branches of a sub-process: their own work items, forms and returns. And steps whose people a case names itself."""

from __future__ import annotations

import pytest

from services.cases.models import DbCase
from services.cases.show_case import show_case
from services.cases.start_case import start_case
from services.database import db
from services.errors import Conflict
from services.people.models import DbPost, DbUser
from services.tasks.complete_task import complete_task
from services.tasks.models import DbTask
from services.tasks.return_task import return_task
from services.tasks.show_task import show_task
from services.tasks.transfer_task import transfer_task
from services.tasks.withdraw_task import withdraw_task
from services.types import CaseId, TaskId
from tests.conftest import MONDAY, find_actor
from tests.support.acting import asked
from tests.support.shapes import MANAGER, applying, publish_shape
from tests.workflows.engine.diagrams import Process, properties
from tests.workflows.engine.test_branches import each

pytestmark = pytest.mark.usefixtures("app")

LINES = {"type": "array", "items": {"type": "string", "maxLength": 40}, "x-widget": "lines"}
NOTE = {"type": "string", "maxLength": 200}


def inspections(*places: str) -> DbCase:
    """Every place is inspected and checked by the manager, side by side; then the whole is summed up."""
    inside = Process("inside").start("inside_start").end("inside_end")
    inside.user("inspect", properties(form="inspection", about="place"))
    inside.user("check", properties(form="inspection", outcomes="approve,reject", about="place"))
    inside.script("pack", "seen = {'place': place, 'finding': finding}")
    inside.line("inside_start", "inspect", "check", "pack", "inside_end")
    process = applying().node("subProcess", "per_place", inside.body() + each("places", "place", "findings", "seen"))
    process.user("sum_up", properties(form="summary"), lane="申请人")
    process.line("start", "apply", "per_place", "sum_up", "end")
    process.lanes["申请人"] += ["inspect"]
    process.lanes[MANAGER] = ["check"]
    publish_shape(
        process,
        fields={"places": {**LINES, "title": "地点"}},
        forms={
            "inspection": {"finding": {**NOTE, "title": "发现"}},
            "summary": {
                "rows": {
                    **LINES,
                    "title": "汇总",
                    "readOnly": True,
                    "x-default": "[row['place'] + '：' + str(row['finding']) for row in findings]",
                }
            },
        },
    )
    values = {"subject": "巡检", "amount": 1, "places": list(places)}
    return start_case(find_actor("specialist"), "shape", values, now=MONDAY)


def items(case: DbCase) -> dict[str, DbTask]:
    db.session.expire_all()
    found = db.session.query(DbTask).filter_by(case_id=case.id, state="open").order_by(DbTask.id)
    return {task.name: task for task in found}


def do(case: DbCase, username: str, name: str, outcome: str = "submit", **typed: str) -> None:
    task_id = TaskId(items(case)[name].id)
    complete_task(find_actor(username), task_id, outcome=outcome, comment="", typed=typed, now=MONDAY)


def test_work_items_tell_the_branches_apart() -> None:
    case = inspections("仓库", "门店")
    assert [(name, task.branch) for name, task in items(case).items()] == [
        ("Inspect · 仓库", "1"),
        ("Inspect · 门店", "2"),
    ]


def test_each_branch_keeps_its_own_form() -> None:
    case = inspections("仓库", "门店")
    do(case, "specialist", "Inspect · 门店", finding="灯坏了")
    do(case, "specialist", "Inspect · 仓库", finding="整洁")
    view = show_case(db.session(), find_actor("specialist"), CaseId(case.id))
    assert {place: values for place, values in view.forms.items() if place != "request"} == {
        "inspection#1": {"finding": "整洁"},
        "inspection#2": {"finding": "灯坏了"},
    }
    assert "finding" not in view.data
    for name in ("Check · 仓库", "Check · 门店"):
        do(case, "manager", name, "approve")
    summary = show_task(db.session(), find_actor("specialist"), TaskId(items(case)["Sum_Up"].id), now=MONDAY)
    assert summary.values["rows"] == ["仓库：整洁", "门店：灯坏了"]


def test_a_return_stays_in_its_branch_and_opens_with_what_was_typed_there() -> None:
    case = inspections("仓库", "门店")
    do(case, "specialist", "Inspect · 仓库", finding="整洁")
    do(case, "specialist", "Inspect · 门店", finding="灯坏了")
    check = items(case)["Check · 门店"]
    return_task(find_actor("manager"), TaskId(check.id), to="inspect", comment="哪一盏？", now=MONDAY)
    assert set(items(case)) == {"Check · 仓库", "Inspect · 门店"}
    again = show_task(db.session(), find_actor("specialist"), TaskId(items(case)["Inspect · 门店"].id), now=MONDAY)
    assert again.values["finding"] == "灯坏了"
    do(case, "specialist", "Inspect · 门店", finding="入口的灯坏了")
    seen = show_task(db.session(), find_actor("manager"), TaskId(items(case)["Check · 门店"].id), now=MONDAY)
    assert [change["after"] for change in seen.changed or ()] == ["入口的灯坏了"]
    other = show_task(db.session(), find_actor("manager"), TaskId(items(case)["Check · 仓库"].id), now=MONDAY)
    assert other.changed is None


def test_a_return_names_who_did_the_step_in_this_branch() -> None:
    case = inspections("仓库", "门店")
    do(case, "specialist", "Inspect · 仓库", finding="灭火器过期")
    elsewhere = TaskId(items(case)["Inspect · 门店"].id)
    transfer_task(find_actor("specialist"), elsewhere, to="presales", comment="", now=MONDAY)
    do(case, "presales", "Inspect · 门店", finding="招牌破损")
    checking = TaskId(items(case)["Check · 仓库"].id)
    view = show_task(db.session(), find_actor("manager"), checking, now=MONDAY)
    assert {target.step: target.who for target in view.returnable_to}["inspect"] == find_actor("specialist").name


def test_what_was_signed_in_a_branch_is_taken_back_while_nobody_built_on_it() -> None:
    case = inspections("仓库", "门店")
    do(case, "specialist", "Inspect · 仓库", finding="整洁")
    mine = db.session.query(DbTask).filter_by(case_id=case.id, step="inspect", state="done").one()
    withdraw_task(find_actor("specialist"), TaskId(mine.id), now=MONDAY)
    assert set(items(case)) == {"Inspect · 仓库", "Inspect · 门店"}


def test_a_branch_that_was_collected_is_not_taken_back_alone() -> None:
    case = inspections("仓库", "门店")
    do(case, "specialist", "Inspect · 仓库", finding="整洁")
    do(case, "manager", "Check · 仓库", "approve")
    mine = db.session.query(DbTask).filter_by(case_id=case.id, step="check", state="done").one()
    with pytest.raises(Conflict):
        withdraw_task(find_actor("manager"), TaskId(mine.id), now=MONDAY)
    assert set(items(case)) == {"Inspect · 门店"}


def asking(performer: str) -> DbCase:
    """apply → a step of the manager's lane, for which the case names somebody."""
    process = applying().user("answer", properties(form="request", performer=performer), lane=MANAGER)
    publish_shape(process.line("start", "apply", "answer", "end"))
    return start_case(find_actor("specialist"), "shape", {"subject": "询问", "amount": 1}, now=MONDAY)


@pytest.mark.parametrize(
    ("performer", "people"),
    [
        ("'财务部'", {"finance"}),
        ("'gm'", {"gm"}),
        ("['gm', '财务部']", {"gm", "finance"}),
        ("''", {"manager"}),
        ("['没有的岗位', '也没有']", {"manager"}),
        ("subject[99]", {"manager"}),
    ],
)
def test_a_case_names_who_does_a_step(performer: str, people: set[str]) -> None:
    assert set(asked(asking(performer))) == people


def test_a_post_without_holders_goes_by_the_rule_for_nobody() -> None:
    db.session.add(DbPost(name="档案员"))
    db.session.commit()
    [task] = items(asking("'档案员'")).values()
    assert (task.lane, task.why["reason"]) == ("档案员", "nobody_superior")
    db.session.query(DbPost).filter_by(name="档案员").delete()
    db.session.commit()


def test_a_step_whose_person_left_goes_to_the_lane() -> None:
    db.session.query(DbUser).filter_by(username="gm").update({"active": False})
    db.session.commit()
    try:
        assert set(asked(asking("['gm']"))) == {"manager"}
    finally:
        db.session.query(DbUser).filter_by(username="gm").update({"active": True})
        db.session.commit()
