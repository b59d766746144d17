"""The page that compares two states of a process: what it says, what its script is told, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.database import read_session
from services.processes.drafts import change_files
from services.processes.versions import get_archive
from tests.conftest import MONDAY, find_actor
from tests.support.clients import PoliteClient
from workflows.definition import read_archive

KEY, PAGE = "hospitality", "/workbench/hospitality/compare"
DIAGRAM, FORM, TABLE = "hospitality.bpmn", "forms/application.json", "decisions/over_budget.dmn"
Browse = Callable[[str], PoliteClient]
pytestmark = pytest.mark.usefixtures("app")


def change() -> None:
    files = {path: raw.decode() for path, raw in read_archive(get_archive(read_session(), KEY)).items()}
    form = json.loads(files[FORM])
    form["schema"]["properties"]["purpose"]["title"] = "目的<b>"
    changed = {
        DIAGRAM: files[DIAGRAM].replace('value="work_days(2)"', 'value="work_days(3)"', 1),
        FORM: json.dumps(form, ensure_ascii=False),
        TABLE: files[TABLE].replace("&gt; 0", "&gt; 100"),
    }
    change_files(
        find_actor("owner"), KEY, {path: text.encode() for path, text in changed.items()}, revision=0, now=MONDAY
    )


def texts(page: Any) -> str:
    return " ".join(page.xpath("//main")[0].text_content().split())


def test_the_draft_is_compared_with_the_version_in_force(browse: Browse) -> None:
    change()
    page = browse("owner").get(PAGE)
    told = [" ".join(line.text_content().split()) for line in page.xpath("//ol[@class='hq-compare-summary']/li")]
    assert told[0] == "期限“客户服务部经理审核”的办理期限：2 个工作日 → 3 个工作日"
    assert any("决策表“超预算审批”" in line for line in told)
    assert any("目的<b>" in line for line in told), "what people wrote is text"
    chosen = page.xpath("//select/option[@selected]/@value")
    assert chosen == ["1", "draft"]


def test_the_script_is_told_which_element_is_what(browse: Browse) -> None:
    change()
    client = browse("owner")
    config = json.loads(client.get(PAGE).xpath("string(//script[@id='compare-config'])"))
    assert config["marks"] == [{"kind": "changed", "before": "manager_review", "after": "manager_review"}]
    assert "work_days(2)" in client.raw(config["before"]).text
    assert "work_days(3)" in client.raw(config["after"]).text


def test_a_table_shows_the_old_and_the_new_cell(browse: Browse) -> None:
    change()
    page = browse("owner").get(PAGE)
    cell = page.xpath("//div[@class='hq-compare-grid']//td[@class='is-changed']")[0]
    assert (cell.xpath("string(del)"), cell.xpath("string(ins)")) == ("> 0", "> 100")


def test_nothing_differs_and_either_way_round(browse: Browse) -> None:
    client = browse("owner")
    assert "没有差别" in texts(client.get(f"{PAGE}?from=1&to=1"))
    change()
    assert "3 个工作日 → 2 个工作日" in texts(client.get(f"{PAGE}?from=draft&to=1"))
    assert "修改记录 1" in texts(client.get(f"{PAGE}?from=r1&to=draft"))


@pytest.mark.parametrize("raw", [b"<broken", b"", b"\xff" * 300, b"<!DOCTYPE x [<!ENTITY e 'x'>]><x>&e;</x>"])
def test_a_diagram_that_cannot_be_read_is_compared_as_text(browse: Browse, raw: bytes) -> None:
    change_files(find_actor("owner"), KEY, {DIAGRAM: raw}, revision=0, now=MONDAY)
    page = browse("owner").get(PAGE)
    assert "无法读懂，只能按文字比较" in texts(page)
    assert not page.xpath("//script[@id='compare-config']")


def test_in_english(browse: Browse) -> None:
    change()
    page = browse("owner").get(PAGE, headers={"Accept-Language": "en"})
    assert "2 working days → 3 working days" in texts(page)


@pytest.mark.parametrize("query", ["from=99", "to=r99", "from=x", "from=1&to=-1", "from=%2F"])
def test_a_state_that_there_is_not_is_not_found(browse: Browse, query: str) -> None:
    browse("owner").get(f"{PAGE}?{query}", 404)


def test_only_owners_compare(browse: Browse) -> None:
    client = browse("specialist")
    client.get(PAGE, 403)
    client.get("/workbench/hospitality/compare/diagram.bpmn?at=1", 403)
    browse("owner").get("/workbench/nothing/compare", 404)
