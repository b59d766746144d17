"""The workbench's pages of drafts and versions, and what they refuse."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from services.database import read_session
from services.processes.timeline import list_sittings
from services.processes.versions import find_current_version
from tests.conftest import MONDAY
from tests.support.clients import PoliteClient, token_of
from tests.support.owners import KEY, begin, describe, draft, owner, publish_now, second, second_owner
from workflows.definition import write_archive

Browse = Callable[[str], PoliteClient]


@pytest.fixture
def client(browse: Browse) -> PoliteClient:
    return browse("owner")


def texts(page: Any) -> str:
    return " ".join(page.text_content().split())


def upload(client: PoliteClient, path: str, name: str, raw: bytes, **fields: str) -> Any:
    data = {"csrf_token": token_of(client.get("/workbench/import")), "file": (io.BytesIO(raw), name), **fields}
    answer = client._client.post(path, data=data, content_type="multipart/form-data")
    # a large body is a file of the test client, which leaves it open
    answer.request.environ["wsgi.input"].close()
    return answer


def call(client: PoliteClient, method: str, path: str, body: Any = None, **headers: str) -> Any:
    token = token_of(client.get("/workbench/import"))
    sent = {"json": body} if isinstance(body, dict) else {"data": body}
    return client._client.open(path, method=method, headers={"X-CSRFToken": token, **headers}, **sent)


def in_force() -> int | None:
    read_session().rollback()
    found = find_current_version(read_session(), KEY)
    return None if found is None else found.number


def test_the_home_shows_every_process_and_what_is_being_changed(client: PoliteClient) -> None:
    describe("改过", key="gift")
    begin()
    page = client.get("/workbench")
    cards = {card.xpath("string(.//h3)").strip(): " ".join(card.text_content().split()) for card in page.xpath("//li")}
    assert "第 1 版之后改了 1 处 黄思远" in cards["礼品馈赠"]
    assert "尚未发布" in cards["采购申请"]
    assert "没有未发布的修改" in cards["客户招待"]


def test_a_new_process_from_a_template_is_published_and_started(client: PoliteClient, browse: Browse) -> None:
    page = client.get("/workbench/new")
    assert len(page.xpath("//input[@name='from'][starts-with(@value, 'template:')]")) == 6
    values = {"from": "template:by_amount", "title": "采购申请", "key": KEY, "prefix": "cg"}
    assert client.submit("/workbench/new", values) == f"/workbench/{KEY}"
    page = client.get(f"/workbench/{KEY}/versions")
    revision = page.xpath("//input[@name='revision']/@value")[0]
    form = {"revision": revision, "note": "第一版", "when": "now", "confirmed": "yes"}
    assert client.submit(f"/workbench/{KEY}/versions", form) == f"/workbench/{KEY}/versions"
    assert in_force() == 1
    assert "黄思远" in texts(browse("specialist").get(f"/processes/{KEY}"))
    assert "采购申请" in texts(browse("specialist").get("/start"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"key": "gift"}, "“gift”已经是一个流程"),
        ({"key": "Gift"}, "标识只用小写英文字母"),
        ({"key": "typename"}, "系统保留"),
        ({"key": ""}, "标识只用小写英文字母"),
        ({"title": ""}, "请写流程的名称"),
        ({"prefix": "LP"}, "已由“礼品馈赠”使用"),
        ({"prefix": "采"}, "编号前缀用"),
    ],
)
def test_names_that_cannot_be_are_refused_and_what_was_typed_stays(
    client: PoliteClient, values: dict[str, str], said: str
) -> None:
    typed = {"from": "template:countersign", "title": "采购申请", "key": KEY, "prefix": "CG", **values}
    page = client.submit("/workbench/new", typed, status=422)
    assert said in texts(page)
    assert page.xpath("//input[@name='from'][@checked]/@value") == ["template:countersign"]
    assert page.xpath("//input[@name='title']/@value") == [typed["title"]]


def test_a_copy_and_the_smallest_process(client: PoliteClient) -> None:
    values = {"from": "copy:hospitality", "title": "来访接待", "key": "reception", "prefix": "JD"}
    client.submit("/workbench/new", values)
    assert "reception.bpmn" in draft("reception").files
    client.submit("/workbench/new", {"from": "blank:", "title": "空白", "key": "blank_one", "prefix": "KB"})
    assert "没有发现问题" in texts(client.get("/workbench/blank_one"))


def test_a_folder_goes_out_as_a_zip_and_comes_in_as_another_process(client: PoliteClient) -> None:
    answer = client.raw("/workbench/gift/export?state=1")
    assert answer.headers["Content-Disposition"] == "attachment; filename=gift-v1.zip"
    taken = upload(client, "/workbench/import", "gift-v1.zip", answer.data, key="gift_two", title="礼品二", prefix="LT")
    assert (taken.status_code, taken.headers["Location"]) == (303, "/workbench/gift_two")
    assert b'key = "gift_two"' in draft("gift_two").files["process.toml"]
    assert client.raw("/workbench/gift_two/export").headers["Content-Disposition"].endswith("gift_two-draft.zip")


def test_an_import_over_a_draft_is_a_step_that_can_be_taken_back(client: PoliteClient) -> None:
    describe("改过", key="gift")
    before = draft("gift")
    raw = client.raw("/workbench/hospitality/export").data
    upload(client, "/workbench/gift/import", "hospitality.zip", raw)
    after = draft("gift")
    assert ("gift.bpmn" in after.files, b'number = "LP"' in after.files["process.toml"]) == (True, True)
    assert b"hospitality" not in after.files["process.toml"].split(b"\n")[1]
    client.submit(f"/workbench/gift/timeline/{before.revision}/restore", {})
    assert draft("gift").files == before.files


def test_a_foreign_diagram_comes_with_its_report_and_the_original(client: PoliteClient) -> None:
    from tests.workflows.drafting.test_foreign import FILES

    raw = (FILES / "camunda7.bpmn").read_bytes()
    answer = upload(client, "/workbench/import", "camunda7.bpmn", raw, key=KEY, prefix="CG")
    page = client.get(answer.headers["Location"])
    assert "不支持手工任务（manualTask）。请改用人工任务。" in texts(page)
    assert "camunda:formField ×2" in texts(page)
    assert page.xpath("//a[contains(@href, '/diagram#file')]")
    assert client.raw(answer.headers["Location"].replace("report", "original")).data == raw


def zipped(files: dict[str, bytes]) -> bytes:
    return write_archive(files)


def raw_zip(entries: list[tuple[str | zipfile.ZipInfo, bytes]], *, deflated: bool = True) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def link() -> zipfile.ZipInfo:
    found = zipfile.ZipInfo("process.toml")
    found.create_system = 3
    found.external_attr = 0o120777 << 16
    return found


TOML = b'key = "x"\ntitle = "x"\nnumber = "X"\nsubject = "x"\nstarters = ["*"]\n'
TYPENAME = json.dumps({"schema": {"properties": {"typename": {"type": "string", "title": "x"}}}}).encode()
BOMB = b"<?xml version='1.0'?><!DOCTYPE d [<!ENTITY a 'aa'>]><definitions>&a;</definitions>"
HOSTILE = {
    "outside": ("a.zip", lambda: raw_zip([("../../etc/x.toml", b""), ("process.toml", TOML)]), "之外"),
    "bomb": ("a.zip", lambda: raw_zip([("process.toml", TOML), ("x.md", b"0" * 50_000_000)]), "压缩包过大"),
    "link": ("a.zip", lambda: raw_zip([(link(), b"/etc/passwd")]), "符号链接"),
    "many": ("a.zip", lambda: raw_zip([(f"forms/{number}.json", b"{}") for number in range(10_000)]), "10000 个文件"),
    "latin": ("a.zip", lambda: zipped({"process.toml": TOML.replace(b'"x"\nn', '"礼"\nn'.encode("gbk"))}), "UTF-8"),
    "typename": ("a.zip", lambda: zipped({"process.toml": TOML, "forms/a.json": TYPENAME}), "“typename”是系统保留的"),
    "entities": ("a.zip", lambda: zipped({"process.toml": TOML, "x.bpmn": BOMB}), "DOCTYPE"),
    "table": ("a.zip", lambda: zipped({"process.toml": TOML, "decisions/x.dmn": BOMB}), "DOCTYPE"),
    "no manifest": ("a.zip", lambda: zipped({"forms/a.json": b"{}"}), "没有 process.toml"),
    "broken": ("a.zip", lambda: b"PK\x03\x04 broken", "不是可以读取的 zip"),
    "deep": ("a.zip", lambda: zipped({"process.toml": TOML, "forms/a.json": b"[" * 5000 + b"]" * 5000}), "无法读懂"),
    "other": ("a.exe", lambda: b"MZ", "可以导入流程文件夹的 .zip"),
    "picture": ("a.bpmn", lambda: b"\x89PNG\r\n", "不是有效的 XML"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_the_reason_and_the_draft_is_as_before(client: PoliteClient, name: str) -> None:
    filename, make, said = HOSTILE[name]
    describe("改过", key="gift")
    before = draft("gift")
    answer = upload(client, "/workbench/gift/import", filename, make())
    assert answer.status_code == 422, answer.text[:500]
    assert said in answer.text
    assert (draft("gift").files, draft("gift").revision) == (before.files, before.revision)
    new = upload(client, "/workbench/import", filename, make(), key="fresh", title="x", prefix="XX")
    assert new.status_code == 422
    assert client.raw("/workbench/fresh").status_code == 404


def test_a_save_that_meets_another_says_by_whom_and_mine_is_kept_aside(client: PoliteClient) -> None:
    begin()
    at = draft().revision
    path = f"/workbench/{KEY}/files/process.toml"
    describe("对方的", actor=second(), revision=at)
    answer = call(client, "PUT", path, b'title = "mine"\n', **{"X-Revision": str(at)})
    assert (answer.status_code, answer.json["by"], answer.json["revision"]) == (409, "王雅琴", at + 1)
    kept = call(client, "PUT", path, b'title = "mine"\n', **{"X-Aside": "1"})
    assert kept.json["revision"] == at + 2
    assert "另存的一份，没有进入草稿" in texts(client.get(f"/workbench/{KEY}"))
    assert "对方的" in draft().files["process.toml"].decode()


def test_presence_says_who_else_is_here_and_what_they_changed(client: PoliteClient, browse: Browse) -> None:
    begin()
    at = draft().revision
    asked = {"place": "settings", "path": "process.toml", "revision": at}
    assert call(client, "POST", f"/workbench/{KEY}/presence", asked).json == {"others": [], "changed": None}
    with second_owner() as username:
        call(browse(username), "POST", f"/workbench/{KEY}/presence", {"place": "diagram"})
        describe("对方的", actor=second(), revision=at)
        answer = call(client, "POST", f"/workbench/{KEY}/presence", asked).json
        assert answer["others"] == ["王雅琴正在编辑“流程图”"]
        assert (answer["changed"]["by"], answer["changed"]["since"]) == ("王雅琴", at)
        assert "王雅琴正在编辑“流程图”" in texts(client.get("/workbench"))


def test_publishing_lists_errors_with_their_places_and_keeps_what_was_typed(client: PoliteClient) -> None:
    begin()
    page = client.get(f"/workbench/{KEY}/versions")
    revision = page.xpath("//input[@name='revision']/@value")[0]
    page = client.submit(f"/workbench/{KEY}/versions", {"revision": revision, "note": "", "when": "now"}, status=422)
    assert "请写一句说明" in texts(page)
    bad = {"revision": revision, "note": "以后", "when": "later", "due_at": "2020-01-01T08:00", "confirmed": "yes"}
    page = client.submit(f"/workbench/{KEY}/versions", bad, status=422)
    assert "发布时间应在现在之后" in texts(page)
    assert page.xpath("string(//textarea[@name='note'])") == "以后"
    files = draft().files[f"{KEY}.bpmn"].replace(b'value="request"', b'value="nothing"')
    call(client, "PUT", f"/workbench/{KEY}/files/{KEY}.bpmn", files, **{"X-Revision": revision})
    page = client.get(f"/workbench/{KEY}/versions")
    assert page.xpath("//a[contains(@href, '/diagram#apply')]")
    assert not page.xpath("//textarea[@name='note']")
    form = {"revision": str(draft().revision), "note": "一", "when": "now", "confirmed": "yes"}
    assert "检查没有通过" in texts(client.submit(f"/workbench/{KEY}/versions", form, status=422))
    assert in_force() is None


def test_versions_are_shown_compared_brought_back_and_taken_out_of_use(client: PoliteClient, browse: Browse) -> None:
    begin()
    publish_now()
    describe("第二版的说明")
    page = client.get(f"/workbench/{KEY}/versions")
    assert "第二版的说明" in texts(page)
    publish_now(note="说明")
    client.submit(f"/workbench/{KEY}/versions/1/again", {"in_force": "2", "reason": "写错了"})
    assert in_force() == 3
    assert "回到第 1 版：写错了" in texts(client.get(f"/workbench/{KEY}/versions"))
    old = client.submit(f"/workbench/{KEY}/versions/1/again", {"in_force": "2"}, status=409)
    assert "已经发布了第 3 版" in texts(old)
    assert "这是旧版" in texts(browse("specialist").get(f"/processes/{KEY}?version=2"))
    client.submit(f"/workbench/{KEY}/in-use", {"in_use": "no"})
    assert "已停用" in texts(browse("specialist").get(f"/processes/{KEY}"))
    assert browse("specialist").raw(f"/start/{KEY}").status_code == 409
    client.submit(f"/workbench/{KEY}/in-use", {"in_use": "yes"})
    assert browse("specialist").raw(f"/start/{KEY}").status_code == 200


def test_a_day_is_set_changed_and_called_off(client: PoliteClient) -> None:
    begin()
    form = {"revision": str(draft().revision), "note": "以后", "when": "later", "due_at": "2030-01-01T08:00"}
    client.submit(f"/workbench/{KEY}/versions", {**form, "confirmed": "yes"})
    page = client.get(f"/workbench/{KEY}/versions")
    assert "将于 2030-01-01 08:00 发布" in texts(page)
    change = page.xpath("//form[contains(@action, '/publications/')]/@action")[0]
    client.submit(change, {"note": "再等等", "due_at": "2031-02-03T09:30"})
    assert "2031-02-03 09:30 发布" in texts(client.get("/workbench"))
    client.submit(f"{change}/cancel", {})
    assert "将于" not in texts(client.get(f"/workbench/{KEY}/versions"))
    assert in_force() is None


def test_a_state_is_named_and_found_again(client: PoliteClient) -> None:
    begin()
    client.submit(f"/workbench/{KEY}/timeline/{draft().revision}/name", {"name": "送审版"})
    assert "送审版" in texts(client.get(f"/workbench/{KEY}"))
    client.submit(f"/workbench/{KEY}/timeline/{draft().revision}/name", {"name": ""})
    sittings, _ = list_sittings(read_session(), owner(), KEY)
    assert sittings[0].names == {}


def test_outsiders_are_refused_everywhere(app: Flask, browse: Browse) -> None:
    begin()
    outsider = browse("outsider")
    for path in ("", "/new", "/import", f"/{KEY}", f"/{KEY}/versions", f"/{KEY}/import", f"/{KEY}/export"):
        assert outsider.raw(f"/workbench{path}").status_code == 403, path
    posts = ("restore", "name")
    for path in (
        "/new",
        "/import",
        *(f"/{KEY}/{name}" for name in ("versions", "discard", "import", "in-use", "take-in", "presence")),
        *(f"/{KEY}/timeline/1/{name}" for name in posts),
        f"/{KEY}/versions/1/again",
        f"/{KEY}/versions/1/open",
        f"/{KEY}/publications/1",
        f"/{KEY}/publications/1/cancel",
    ):
        token = token_of(outsider.get("/notices"))
        assert outsider.post(f"/workbench{path}", {}, token=token).status_code == 403, path
    assert draft().revision == 1
    assert MONDAY is not None
