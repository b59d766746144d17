"""Settings, English and files of a draft."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.database import db
from services.processes.drafts import Draft, change_files, get_draft
from services.processes.english_names import list_texts
from services.processes.settings_form import save_settings, view_settings
from tests.conftest import MONDAY, find_actor
from tests.support.clients import PoliteClient
from webapp.i18n import english
from workflows.definition.parts import read_parts

pytestmark = pytest.mark.usefixtures("app")
Browse = Callable[[str], PoliteClient]
SETTINGS = "/workbench/hospitality/settings"
PROCESSES = ("address_change", "complaint", "gift", "gift_plan", "hospitality", "visit")


def draft(key: str = "hospitality") -> Draft:
    found = get_draft(db.session(), find_actor("owner"), key)
    db.session.rollback()
    return found


def typed_into(page: Any) -> dict[str, Any]:
    """What the form would send as it stands."""
    (form,) = page.xpath("//form[@data-settings]")
    values: dict[str, Any] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    return values


def manifest() -> dict[str, Any]:
    return tomllib.loads(draft().files["process.toml"].decode())


# the form


def test_the_form_shows_everything_and_the_key_stays(browse: Browse) -> None:
    page = browse("owner").get(SETTINGS)
    values = typed_into(page)
    assert values["title"] == ["客户招待"]
    assert values["starters"] == ["客户服务部", "市场营销部"]
    assert values["compensation"] == ["release_budget"]
    assert "key" not in values
    text = " ".join(page.text_content().split())
    assert "下一个编号：ZD-2026-0001" in text
    assert "由“核对部门预算”带来" in text
    assert "客户招待 · 〈客户名称〉" in text
    browse("specialist").get(SETTINGS, 403)


def test_saving_changes_what_was_changed_and_nothing_else(browse: Browse) -> None:
    client = browse("owner")
    values = {**typed_into(client.get(SETTINGS)), "title": "客户宴请"}
    assert client.post(SETTINGS, values).status_code == 303
    shipped = Path("bpmn/hospitality/process.toml").read_text()
    assert draft().files["process.toml"].decode() == shipped.replace('"客户招待"', '"客户宴请"')
    assert draft().title == "客户宴请"


@pytest.mark.parametrize("key", PROCESSES)
def test_saving_without_a_change_is_no_revision(key: str) -> None:
    before = draft(key)
    typed = view_settings(before.files, read_parts(before.files)).typed
    save_settings(find_actor("owner"), key, typed, revision=before.revision, now=MONDAY)
    assert draft(key).files == before.files


def test_rows_and_choices_are_written_as_the_file_has_them(browse: Browse) -> None:
    client = browse("owner")
    values = typed_into(client.get(SETTINGS))
    values |= {"everybody": "1", "nobody": "user:owner", "same_approver": "once", "cancel": "", "refusal": ""}
    values |= {"outcomes-0-name": "given", "outcomes-0-label": "已送出", "provides_more": "extra more"}
    values |= {"variables-2-name": "places", "variables-2-value": "[]"}
    values |= {"messages-0-name": "paid", "messages-0-about": "customer", "messages-0-senders": "总经理，财务部经理"}
    assert client.post(SETTINGS, values).status_code == 303
    found = manifest()
    assert (found["starters"], found["nobody"], found["same_approver"]) == (["*"], "user:owner", "once")
    assert found["outcomes"] == {"given": "已送出"}
    assert found["variables"] == {"overspend_asked": False, "budget_reserved": 0, "places": []}
    assert found["messages"] == {"paid": {"about": "customer", "senders": ["总经理", "财务部经理"]}}
    assert "cancel" not in found
    assert found["provides"][-2:] == ["extra", "more"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "请填写流程的名称"),
        ({"number": "zd"}, "编号前缀用大写英文字母开头"),
        ({"number": "TS"}, "另一个流程使用"),
        ({"starters": []}, "请选择谁可以发起"),
        ({"cancel": "budget_reserved =="}, "cancel"),
        ({"variables-0-name": "a b"}, "名称用英文字母开头"),
        ({"variables-0-name": "budget_reserved"}, "名称不能重复"),
        ({"nobody": "nobody knows"}, "无人在岗时的办法"),
    ],
)
def test_what_cannot_be_is_refused_and_stays_typed(browse: Browse, changes: dict[str, Any], said: str) -> None:
    client = browse("owner")
    values = {**typed_into(client.get(SETTINGS)), "description": "我刚写的一句话", **changes}
    answer = client.post(SETTINGS, values)
    assert answer.status_code == 422
    assert said in answer.text
    assert "我刚写的一句话" in answer.text
    assert draft().files["process.toml"] == Path("bpmn/hospitality/process.toml").read_bytes()


def test_two_owners_at_once_see_both_and_nothing_is_overwritten(browse: Browse) -> None:
    client = browse("owner")
    values = {**typed_into(client.get(SETTINGS)), "title": "我的名称"}
    theirs = draft().files["process.toml"].replace("客户招待".encode(), "对方的名称".encode(), 2)
    change_files(find_actor("owner"), "hospitality", {"process.toml": theirs}, revision=draft().revision, now=MONDAY)
    answer = client.post(SETTINGS, values)
    assert answer.status_code == 409
    assert "我的名称" in answer.text
    assert "对方的名称" in answer.text
    assert manifest()["title"] == "对方的名称"


def test_what_the_form_does_not_know_is_kept_and_listed(browse: Browse) -> None:
    raw = draft().files["process.toml"] + b"\n[own]\nx = 1\n\n[variables.deep]\ny = 2\n"
    change_files(find_actor("owner"), "hospitality", {"process.toml": raw}, revision=draft().revision, now=MONDAY)
    client = browse("owner")
    page = client.get(SETTINGS)
    assert "own" in page.xpath("//code/text()")
    client.submit(SETTINGS, {**typed_into(page), "title": "客户宴请"})
    assert manifest()["own"] == {"x": 1}
    assert manifest()["variables"]["deep"] == {"y": 2}


def test_settings_that_cannot_be_read_lead_to_the_source(browse: Browse) -> None:
    change_files(find_actor("owner"), "hospitality", {"process.toml": b'a = "'}, revision=draft().revision, now=MONDAY)
    page = browse("owner").get(SETTINGS)
    assert "流程设置的文件无法读懂" in page.text_content()
    assert page.xpath("//a[contains(@href, 'source/process.toml')]")


# English


@pytest.mark.parametrize("key", PROCESSES)
def test_every_text_of_the_shipped_processes_is_known_and_has_its_english(key: str) -> None:
    texts = list_texts(draft(key).files, read_parts(draft(key).files), english())
    assert len(texts) > 30
    assert [text.chinese for text in texts if not text.english] == []
    assert [text.chinese for text in texts if text.where == "unused"] == []


def test_missing_english_is_counted_and_filled_in(browse: Browse) -> None:
    client = browse("owner")
    client.submit(SETTINGS, {**typed_into(client.get(SETTINGS)), "description": "宴请客户"})
    page = client.get(f"{SETTINGS}/english")
    assert "缺 1 条" in page.text_content()
    values: dict[str, Any] = {"chinese": ["宴请客户"], "before": [""], "english": ["Dinner with customers"]}
    values["revision"] = draft().revision
    client.submit(f"{SETTINGS}/english", values)
    assert "缺 0 条" in client.get(f"{SETTINGS}/english").text_content()
    assert b"# the diagram" in draft().files["en.toml"]


# files


def test_a_paper_is_edited_as_text_and_refused_with_its_line(browse: Browse) -> None:
    client, path = browse("owner"), "/workbench/visit/source/papers/reservations.json"
    page = client.get(path)
    (text,) = page.xpath("//textarea[@name='text']/text()")
    revision = draft("visit").revision
    broken = client.post(path, {"text": text.rstrip().rstrip("}"), "revision": revision})
    assert broken.status_code == 422
    assert "不是有效的 JSON" in broken.text
    assert client.post(path, {"text": text + "\n", "revision": revision}).status_code == 303
    assert draft("visit").revision == revision + 1


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("process.toml", "a = 1\nb = ?", "第 2 行"),
        ("hospitality.bpmn", "<a>\n<b></a>", "第 2 行"),
        ("hospitality.bpmn", "<!DOCTYPE a><a/>", "DOCTYPE"),
        ("decisions/overspend.dmn", "<a>" * 5_000, "不是有效的 XML"),
        ("forms/apply.json", "[" * 100_000, "没有保存"),
    ],
)
def test_a_file_that_nothing_could_read_is_not_kept(browse: Browse, path: str, text: str, said: str) -> None:
    answer = browse("owner").post(f"/workbench/hospitality/source/{path}", {"text": text, "revision": 0})
    assert answer.status_code == 422
    assert said in answer.text
    assert draft().revision == 0


def test_files_outside_the_folder_are_none(browse: Browse) -> None:
    client = browse("owner")
    client.get("/workbench/hospitality/files?path=../x.toml", 422)
    client.get("/workbench/hospitality/files?path=a.py", 422)
    assert client.raw("/workbench/hospitality/files?path=papers/a.json").status_code == 303
    client.get("/workbench/hospitality/files")


def test_a_file_changed_by_somebody_else_shows_both(browse: Browse) -> None:
    change_files(find_actor("owner"), "hospitality", {"notes.md": "他的".encode()}, revision=0, now=MONDAY)
    answer = browse("owner").post("/workbench/hospitality/source/notes.md", {"text": "我的", "revision": 0})
    assert answer.status_code == 409
    assert "他的" in answer.text
    assert "我的" in answer.text
