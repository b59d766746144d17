"""A running case shows and follows the version that it runs on, in everything, while new cases run on the next one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from services.background.timers import fire_until
from services.database import db
from services.planning.entries import EVENT, entries
from services.processes.publish import publish
from services.tasks.batch import COMPLETE, Verb, act_on_many
from tests.conftest import MONDAY, find_actor
from tests.support.acting import back, status
from tests.support.batches import grouped, look_at, with_habits
from tests.support.clients import ApiClient, PoliteClient
from tests.support.hospitality import DAY, act, day_after, open_tasks, report, start, task_id
from workflows.definition import read_folder

FOLDER = Path("bpmn/hospitality")
FORM, TABLE, DIAGRAM = "forms/application.json", "decisions/over_budget.dmn", "hospitality.bpmn"
NEW = ("新版", "对方联系人", "用餐地点")
Browse = Callable[[str], PoliteClient]
pytestmark = pytest.mark.usefixtures("app")


def the_next_version() -> None:
    """Another form, post, due time, name, table, paper and settings: everything that a case could show."""
    files = {path: raw.decode() for path, raw in read_folder(FOLDER).items() if not path.startswith("scenarios/")}
    form = json.loads(files[FORM])
    fields = form["schema"]["properties"]
    fields["contact"] = {"type": "string", "title": "对方联系人", "maxLength": 40}
    form["schema"]["required"].append("contact")
    form["layout"][0]["fields"].append(["contact", 6])
    fields["venue"]["title"] = "用餐地点"
    form["title"] = "新版招待申请表"
    form["print"]["rows"][1][1]["label"] = "用餐地点"
    form["steps"] = {**form.get("steps", {}), "gm_review": {"hide": ["purpose"]}}
    files[FORM] = json.dumps(form, ensure_ascii=False)
    lane = "<bpmn:flowNodeRef>finance_review</bpmn:flowNodeRef>"
    text = (
        files[DIAGRAM]
        .replace(lane, "")
        .replace(
            "<bpmn:flowNodeRef>manager_review</bpmn:flowNodeRef>",
            f"<bpmn:flowNodeRef>manager_review</bpmn:flowNodeRef>{lane}",
        )
    )
    text = text.replace('name="客户服务部经理审核"', 'name="新版初审"').replace("work_days(2)", "work_days(4)")
    files[DIAGRAM] = text
    files[TABLE] = files[TABLE].replace("&lt;= 0", "&lt;= 1000000").replace("&gt; 0", "&gt; 1000000")
    files["process.toml"] = files["process.toml"].replace('day = "date"', 'day = "applied_on"')
    catalogue = ["新版初审", "对方联系人", "用餐地点", "新版招待申请表"]
    files["en.toml"] += "".join(f'\n"{text}" = "New {number}"' for number, text in enumerate(catalogue))
    publish({path: text.encode() for path, text in files.items()}, actor=None, note="", now=MONDAY)


def text(page: Any) -> str:
    return " ".join(page.xpath("//main")[0].text_content().split())


def test_whoever_looks_at_a_case_sees_its_own_version(browse: Browse, app: Flask) -> None:
    old = start(venue="老饭店一号")
    the_next_version()
    new = start(venue="老饭店二号", contact="钱工")
    specialist, manager = browse("specialist"), browse("manager")
    assert "对方联系人" in text(specialist.get("/start/hospitality"))
    assert "新版初审" in text(manager.get(f"/tasks/{task_id(new, 'manager_review')}"))

    page = text(manager.get(f"/tasks/{task_id(old, 'manager_review')}"))
    assert "客户服务部经理审核" in page
    assert "宴请场所" in page
    case = text(specialist.get(f"/cases/{old.id}"))
    assert "第 1 版" in case
    drawn = specialist.raw(f"/cases/{old.id}/diagram.bpmn").text
    assert "客户服务部经理审核" in drawn
    for shown in (page, case, drawn):
        assert [word for word in NEW if word in shown] == []

    found = text(specialist.get("/search?q=老饭店"))
    assert "老饭店一号" in found
    assert "老饭店二号" in found


def test_programs_are_told_the_version_of_the_case(app: Flask) -> None:
    old = start()
    the_next_version()
    client = ApiClient(app, "manager")
    for path in (f"/cases/{old.id}", f"/tasks/{task_id(old, 'manager_review')}", f"/cases/{old.id}/forecast"):
        answer = json.dumps(client.get(path), ensure_ascii=False)
        assert [word for word in (*NEW, "contact") if word in answer] == [], path


def test_posts_due_times_tables_and_the_end_are_those_of_the_version(app: Flask) -> None:
    large = {"budget": {"meal": 900_000}}
    old, usual = start(**large), start()
    the_next_version()
    new = start(contact="钱工", **large)
    assert (open_tasks(old)["manager_review"].due_at - MONDAY).days == 2
    assert (open_tasks(new)["manager_review"].due_at - MONDAY).days == 4
    for case, last in ((usual, "finance"), (old, "finance"), (new, "manager")):
        act(case, "manager", "manager_review")
        act(case, "gm", "gm_review")
        act(case, last, "finance_review")
    assert set(open_tasks(old)) == {"over_budget_approval"}
    assert set(open_tasks(new)) == set(), "its own table allows so much"
    fire_until(day_after())
    act(usual, "specialist", "report", "submit", typed=report(), now=day_after())
    for username, step in (("manager", "manager_report_review"), ("gm", "gm_report_review")):
        act(usual, username, step, now=day_after())
    act(usual, "finance", "finance_settlement", now=day_after())
    assert status(usual) == "completed"


def test_a_rework_and_papers_are_those_of_the_version(browse: Browse) -> None:
    case = start()
    the_next_version()
    back(case, "manager")
    specialist, manager = browse("specialist"), browse("manager")
    assert "对方联系人" not in text(specialist.get(f"/tasks/{task_id(case, 'apply')}"))
    act(case, "specialist", "apply", "submit", typed={"venue": "和平饭店"})
    page = text(manager.get(f"/tasks/{task_id(case, 'manager_review')}"))
    assert "和平饭店" in page
    assert "宴请场所" in page
    paper = specialist.get(f"/cases/{case.id}/print/application").text_content()
    assert "宴请场所" in paper
    assert "客户服务部经理审核" in paper
    for shown in (page, paper):
        assert [word for word in NEW if word in shown] == []


def test_a_batch_keeps_apart_what_looks_different_and_finishes_both(app: Flask) -> None:
    with_habits()
    old = start(budget={"meal": Decimal(9_000)})
    the_next_version()
    new = start(contact="钱工", budget={"meal": Decimal(1_500)})
    groups = {group.name: group for group in grouped("manager").groups}
    assert set(groups) == {"客户服务部经理审核", "新版初审"}
    for name, group in groups.items():
        assert group.definition.tasks["manager_review"].name == name
        assert group.is_compared
    assert groups["客户服务部经理审核"].apart[0].reasons, "what is usual is known across versions"
    tasks = [task_id(case, "manager_review") for case in (old, new)]
    look_at("manager", tasks[0])
    look_at("manager", tasks[1])
    results = act_on_many(find_actor("manager"), tasks, Verb(name=COMPLETE, outcome="approve"), now=MONDAY)
    assert [result.error for result in results] == [None, None]
    assert all("gm_review" in open_tasks(case) for case in (old, new))


def test_calendars_show_each_case_on_the_day_of_its_own_version(app: Flask) -> None:
    old = start()
    the_next_version()
    new = start(contact="钱工")
    actor = find_actor("specialist")
    shown = entries(db.session, actor, [actor.id], MONDAY.date(), MONDAY.date() + timedelta(days=14))
    days = {each.case_id: each.day for each in shown if each.kind == EVENT}
    assert days == {old.id: DAY, new.id: MONDAY.date()}
