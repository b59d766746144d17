"""The page of checks and the page of all ways, as the owner of a process uses them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from services.database import read_session
from services.processes.drafts import change_files, get_draft
from services.processes.ways import save_as_scenario, ways_of
from tests.conftest import MONDAY, find_actor
from tests.support.clients import PoliteClient

REJECTS = "outcome == &#x27;reject&#x27;</bpmn"
Browse = Callable[[str], PoliteClient]


def text_of(client: PoliteClient, path: str, status: int = 200) -> str:
    return str(client.get(path, status).text_content())


def change(path: str, old: str, new: str) -> None:
    owner = find_actor("owner")
    draft = get_draft(read_session(), owner, "hospitality")
    text = draft.files[path].decode()
    assert old in text
    change_files(owner, "hospitality", {path: text.replace(old, new).encode()}, revision=draft.revision, now=MONDAY)


def test_a_draft_in_order_may_be_published(browse: Browse) -> None:
    text = text_of(browse("owner"), "/workbench/hospitality/checks")
    assert "可以发布" in text
    assert "2 张决策表" in text


def test_what_is_wrong_leads_to_its_place(browse: Browse) -> None:
    change("hospitality.bpmn", REJECTS, REJECTS.replace("reject", "rejekt"))
    page = browse("owner").get("/workbench/hospitality/checks")
    assert "处要改" in page.text_content()
    assert "是不是“驳回（reject）”" in page.text_content()
    addresses = page.xpath("//a/@href")
    assert "/workbench/hospitality/diagram#manager_decision_to_manager_rejected" in addresses


def test_the_live_check_gives_the_same_findings(browse: Browse) -> None:
    client = browse("owner")
    change("hospitality.bpmn", REJECTS, REJECTS.replace("reject", "rejekt"))
    found = client.post("/workbench/hospitality/check", {}).json["problems"]
    assert any(problem["element"] == "manager_decision_to_manager_rejected" for problem in found)


def test_all_ways_are_listed_with_their_people_and_their_length(browse: Browse) -> None:
    text = text_of(browse("owner"), "/workbench/hospitality/checks/ways?starter=specialist")
    for part in ("共 14 条走法", "王雅琴", "个工作日", "已有场景"):
        assert part in text
    assert "没有走法经过" not in text


def test_a_draft_that_cannot_run_says_so_instead_of_ways(browse: Browse) -> None:
    change("process.toml", 'number = "ZD"', "number = 1")
    assert "处必须改正" in text_of(browse("owner"), "/workbench/hospitality/checks/ways")


def test_ways_are_not_walked_as_somebody_who_may_not_start(browse: Browse) -> None:
    browse("owner").get("/workbench/hospitality/checks/ways?starter=finance", 404)


def test_a_way_is_kept_as_a_scenario_that_comes_out(browse: Browse) -> None:
    client = browse("owner")
    sent = {"number": "2", "title": "经理驳回", "starter": "specialist"}
    address = client.submit("/workbench/hospitality/checks/ways", sent)
    assert str(address).endswith("/workbench/hospitality/scenarios?name=way_1")
    kept = get_draft(read_session(), find_actor("owner"), "hospitality").files["scenarios/way_1.toml"].decode()
    assert 'title = "经理驳回"' in kept
    assert 'status = "rejected"' in kept
    assert "可以发布" in text_of(client, "/workbench/hospitality/checks")


def test_the_other_ways_can_be_kept_as_well(app: Flask) -> None:
    owner = find_actor("owner")
    files = get_draft(read_session(), owner, "hospitality").files
    count = len(ways_of(read_session(), files, username="specialist", now=MONDAY).ways)
    for number in (1, 5, 6, count):
        save_as_scenario(owner, "hospitality", number, f"走法 {number}", username="specialist", now=MONDAY)


def test_what_cannot_be_kept_is_said_on_the_page(browse: Browse) -> None:
    client = browse("owner")
    sent = {"number": "2", "title": " ", "starter": "specialist"}
    page = client.submit("/workbench/hospitality/checks/ways", sent, 422)
    assert not isinstance(page, str)
    assert "请给场景起一个名称" in page.text_content()
    assert client.post("/workbench/hospitality/checks/ways", {**sent, "number": "99"}).status_code == 404


def test_editors_get_the_vocabulary_and_a_word_on_each_expression(app: Flask, browse: Browse) -> None:
    client = browse("owner")
    assert client.raw("/workbench/hospitality/vocabulary").json["operations"]
    assert client.post("/workbench/hospitality/expression", {"source": "x"}).status_code == 400


def test_only_owners_see_any_of_it(browse: Browse) -> None:
    for path in ("checks", "checks/ways", "vocabulary"):
        browse("specialist").get(f"/workbench/hospitality/{path}", 403)
