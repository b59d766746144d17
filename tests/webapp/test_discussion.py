"""Comments, copies and urges as people and programs use them; each ends with somebody who has no business there."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from services.cases.models import DbCase
from services.database import db
from services.notices.models import DbNotice
from tests.conftest import find_actor
from tests.support.clients import ApiClient, PoliteClient
from tests.support.hospitality import act, start, task_id

Browse = Callable[[str], PoliteClient]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def text(page: object) -> str:
    return " ".join(page.text_content().split())  # type: ignore[attr-defined]


def page_of(case: DbCase) -> str:
    return f"/cases/{case.id}"


def pdf(name: str = "报价.pdf", content: bytes = PDF) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def say(client: PoliteClient, case: DbCase, words: str, status: int = 303, **more: object) -> Any:
    return client.submit(f"{page_of(case)}/comments", {"text": words, **more}, status)


# Pages


def test_a_comment_is_shown_to_the_others_with_the_names_marked(browse: Browse) -> None:
    case = start()
    address = say(browse("manager"), case, "@陈晓明 请补充\n<b>明细</b>")
    assert address == f"{page_of(case)}#discussion"
    page = browse("specialist").get(page_of(case))
    comment = page.xpath("//ol[@class='hq-comments']/li")[0]
    assert comment.xpath(".//strong/text()") == ["王雅琴"]
    assert comment.xpath(".//mark/text()") == ["@陈晓明"]
    assert comment.xpath(".//p")[0].text_content() == "@陈晓明 请补充\n<b>明细</b>"
    assert comment.xpath(".//b") == []
    assert "王雅琴在评论中提到了您" in text(browse("specialist").get("/notices"))
    browse("outsider").get(page_of(case), 404)


def test_a_comment_on_the_page_of_a_task_leads_back_to_it(browse: Browse) -> None:
    case = start()
    task = f"/tasks/{task_id(case, 'manager_review')}"
    client = browse("manager")
    assert client.submit(f"{task}/comments", {"text": "稍后回复"}) == f"{task}#discussion"
    assert "稍后回复" in text(client.get(task))


def test_a_refused_comment_comes_back_with_its_words_and_files(browse: Browse) -> None:
    case = start()
    client = browse("manager")
    page = say(client, case, "@赵 请看", 422, attachments=pdf())
    assert "没有叫“赵”的同事，是不是：赵敏（finance）" in text(page)
    assert page.xpath("//textarea[@name='text']")[0].text == "@赵 请看"
    kept = page.xpath("//form//input[@type='checkbox'][@name='attachments']/@value")
    assert len(kept) == 1
    say(client, case, "@赵敏 请看", attachments=kept[0])
    page = browse("specialist").get(page_of(case))
    link = page.xpath("//ol[@class='hq-comments']//a[contains(., '报价.pdf')]/@href")[0]
    assert browse("specialist").raw(link).data == PDF
    assert browse("outsider").raw(link).status_code == 404


def test_a_refused_comment_on_a_task_keeps_the_page_of_the_task(browse: Browse) -> None:
    case = start()
    task = f"/tasks/{task_id(case, 'manager_review')}"
    page = browse("manager").submit(f"{task}/comments", {"text": " "}, 422)
    assert "请填写评论内容" in text(page)
    assert page.xpath("//form[@id='decision']")


@pytest.mark.parametrize(
    ("name", "content", "answer"),
    [("程序.exe", b"MZ", "不接受“程序.exe”这种文件"), ("假.pdf", b"no pdf", "内容与文件类型不符")],
)
def test_a_file_of_another_kind_is_refused(browse: Browse, name: str, content: bytes, answer: str) -> None:
    page = say(browse("manager"), start(), "见附件", 422, attachments=pdf(name, content))
    assert answer in text(page)
    assert page.xpath("//textarea[@name='text']")[0].text == "见附件"


def test_a_copy_shows_its_sender_when_it_was_read(browse: Browse) -> None:
    case = start()
    sender, reader = browse("specialist"), browse("outsider")
    sender.submit(f"{page_of(case)}/copy", {"to": "钱进、 marketing", "comment": "供参考"})
    panel = text(sender.get(page_of(case)).get_element_by_id("copies"))
    assert panel.count("未读") == 2

    line = reader.get("/inbox?view=copied").xpath("//tr[@data-href]")[0]
    assert "未读" in text(line)
    assert "陈晓明抄送" in text(line)
    page = reader.get(line.get("data-href"))
    assert page.xpath("//form[@id='decision']") == []
    assert page.xpath("//details//form[contains(@action, '/copy')]") == []
    assert "未读" not in text(reader.get("/inbox?view=copied").xpath("//tr[@data-href]")[0])
    panel = text(sender.get(page_of(case)).get_element_by_id("copies"))
    assert "已读" in panel
    assert panel.count("未读") == 1
    assert "已读" not in text(browse("manager").get(page_of(case)).get_element_by_id("copies"))


def test_a_refused_copy_comes_back_as_it_was_typed(browse: Browse) -> None:
    case = start()
    client = browse("specialist")
    page = client.submit(f"{page_of(case)}/copy", {"to": "钱进，没有这人", "comment": "供参考"}, 422)
    assert "没有叫“没有这人”的同事" in text(page)
    assert page.xpath("//input[@name='to']/@value") == ["钱进，没有这人"]
    assert page.get_element_by_id("copy-comment").text == "供参考"
    assert page.xpath("//details[@open]//input[@name='to']")
    client.submit(f"{page_of(case)}/copy", {"to": "钱进"})
    assert "钱进已抄送过" in text(client.submit(f"{page_of(case)}/copy", {"to": "outsider"}, 409))
    browse("gm").submit(f"{page_of(case)}/copy", {"to": "deputy"}, 404)


def test_whoever_is_urged_sees_it_in_the_inbox_and_on_the_task(browse: Browse) -> None:
    case = start()
    task = f"/tasks/{task_id(case, 'manager_review')}"
    waiting, holder = browse("specialist"), browse("manager")
    assert waiting.get(page_of(case)).xpath("//form[contains(@action, '/urge')]/@action") == [f"{task}/urge"]
    waiting.submit(f"{task}/urge", {"comment": "客户明天到"})
    assert "被催办 1 次 · 最近" in text(holder.get("/inbox"))
    note = text(holder.get(task).xpath("//div[@class='hq-note']")[0])
    assert "被催办 1 次" in note
    assert "陈晓明：客户明天到" in note
    assert holder.get(task).xpath("//form[contains(@action, '/urge')]") == []
    assert "催您办理" in text(holder.get("/notices"))

    page = waiting.submit(f"{task}/urge", {"comment": "再问一次"}, 429)
    assert "之后可以再催" in text(page)
    assert page.xpath("//details[@open]//textarea[@name='comment']")[0].text == "再问一次"
    browse("outsider").submit(f"{task}/urge", {}, 404)


def test_an_urge_that_comes_too_late_is_answered_on_the_page_of_the_case(browse: Browse) -> None:
    case = start()
    late = task_id(case, "manager_review")
    act(case, "manager", "manager_review")
    assert "已经办完" in text(browse("specialist").submit(f"/tasks/{late}/urge", {"comment": "请办理"}, 409))


def test_the_history_shows_copies_and_urges_with_the_people(browse: Browse) -> None:
    case = start()
    client = browse("specialist")
    client.submit(f"{page_of(case)}/copy", {"to": "钱进"})
    client.submit(f"/tasks/{task_id(case, 'manager_review')}/urge", {})
    history = text(client.get(page_of(case)).xpath("//ol[@class='hq-timeline']")[0])
    assert "抄送" in history
    assert "→ 钱进" in history
    assert "催办" in history
    assert "→ 王雅琴" in history


def test_names_are_offered_while_typing(browse: Browse) -> None:
    client = browse("specialist")
    assert client.raw("/lookup/people?q=赵").json["items"] == [
        {"value": "finance", "label": "赵敏", "detail": "finance · 财务部"}
    ]
    assert [item["value"] for item in client.raw("/lookup/people?q=spec").json["items"]] == ["specialist"]
    assert client.raw("/lookup/people?q=%25").json["items"] == []


def test_the_panel_speaks_english(browse: Browse) -> None:
    case = start()
    client = browse("specialist")
    client.post("/language", {"language": "en", "next": "/inbox"})
    page = say(client, case, "@nobodyatall", 422)
    assert "Comments" in text(page)
    assert "Nobody is called" in text(page)


# The API


def test_comments_through_the_api(app: Flask) -> None:
    case = start()
    manager, stranger = ApiClient(app, "manager"), ApiClient(app, "outsider")
    task = task_id(case, "manager_review")
    made = manager.post(f"/tasks/{task}/comments", {"text": "@outsider 请看"}, 201)
    assert made["who"] == "manager"
    assert made["step"] == "manager_review"
    assert made["mentions"] == [{"username": "outsider", "name": "钱进"}]
    # who was mentioned may read and answer
    answer = stranger.post(f"/cases/{case.id}/comments", {"text": "收到"}, 201)
    first = manager.get(f"/cases/{case.id}/comments?limit=1")
    assert [item["text"] for item in first["items"]] == ["@outsider 请看"]
    rest = manager.get(f"/cases/{case.id}/comments?cursor={first['next']}")
    assert rest == {"items": [answer], "next": None}
    actions = [line["action"] for line in manager.get(f"/cases/{case.id}")["history"]]
    assert actions.count("commented") == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "  "}, "text"),
        ({"text": 7}, "text"),
        ({"text": "@没有这人"}, "text"),
        ({"text": "字" * 2_001}, "text"),
        ({"text": "见附件", "attachments": ["00000000-0000-4000-8000-000000000000"]}, "attachments"),
        ({"text": "见附件", "attachments": [1]}, "attachments"),
        ({"text": "见附件", "attachments": {}}, "attachments"),
    ],
)
def test_a_wrong_comment_names_its_field(app: Flask, body: dict[str, Any], field: str) -> None:
    case = start()
    problem = ApiClient(app, "manager").post(f"/cases/{case.id}/comments", body, 422)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_a_file_is_uploaded_and_named_by_a_comment(app: Flask) -> None:
    case = start()
    manager, specialist = ApiClient(app, "manager"), ApiClient(app, "specialist")
    file = upload(app, manager, "报价.pdf", PDF)
    assert file.status_code == 201
    named = {"text": "见附件", "attachments": [file.json["id"]]}
    made = manager.post(f"/cases/{case.id}/comments", named, 201)
    assert made["attachments"] == [{"id": file.json["id"], "filename": "报价.pdf", "size": len(PDF)}]
    address = f"/attachments/{file.json['id']}"
    assert specialist.call("GET", address).data == PDF
    ApiClient(app, "outsider").get(address, 404)
    specialist.post(f"/cases/{case.id}/comments", named, 422)


def upload(app: Flask, client: ApiClient, name: str, content: bytes) -> Any:
    headers = {"Authorization": f"Bearer {client.token}"}
    query = {"filename": name} if name else {}
    return client._client.post("/api/v1/attachments", data=content, headers=headers, query_string=query)


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [("", PDF, 422), ("a.exe", b"MZ", 422), ("a.pdf", b"text", 422), ("a.pdf", b"%PDF-1.7" + b"0" * 10_000_000, 413)],
)
def test_what_is_no_file_of_ours_is_not_kept(app: Flask, name: str, content: bytes, status: int) -> None:
    assert upload(app, ApiClient(app, "manager"), name, content).status_code == status


def test_copies_through_the_api(app: Flask) -> None:
    case = start()
    specialist, reader = ApiClient(app, "specialist"), ApiClient(app, "outsider")
    reader.get(f"/cases/{case.id}", 404)
    sent = specialist.post(f"/cases/{case.id}/copy", {"to": "outsider", "comment": "供参考"})
    assert sent["id"] == case.id
    assert [(copy["username"], copy["read_at"]) for copy in sent["copies"]] == [("outsider", None)]
    listed = reader.get("/tasks?view=copied")["items"]
    assert [(item["case"]["number"], item["copied"]["by"]) for item in listed] == [(case.number, "陈晓明")]
    reader.get(f"/cases/{case.id}")
    assert specialist.get(f"/cases/{case.id}/copies")["items"][0]["read_at"] is not None
    assert ApiClient(app, "manager").get(f"/cases/{case.id}/copies")["items"][0]["read_at"] is None

    again = specialist.post(f"/tasks/{task_id(case, 'manager_review')}/copy", {"to": ["gm", "outsider"]}, 409)
    assert "钱进已抄送过" in again["detail"]
    reader.post(f"/cases/{case.id}/copy", {"to": "gm"}, 403)
    for to in (None, [], "", ["specialist"], ["没有这人"], [1], {}):
        problem = specialist.post(f"/cases/{case.id}/copy", {"to": to}, 422)
        assert [error["field"] for error in problem["errors"]] == ["to"], to
    ApiClient(app, "gm").post(f"/cases/{case.id}/copy", {"to": "deputy"}, 404)


def test_urges_through_the_api(app: Flask) -> None:
    case = start()
    specialist, manager = ApiClient(app, "specialist"), ApiClient(app, "manager")
    task = task_id(case, "manager_review")
    specialist.post(f"/tasks/{task}/urge", {"comment": "客户明天到"})
    assert manager.get("/tasks")["items"][0]["urged"]["count"] == 1
    assert "之后可以再催" in specialist.post(f"/tasks/{task}/urge", {}, 429)["detail"]
    manager.post(f"/tasks/{task}/urge", {}, 409)
    ApiClient(app, "outsider").post(f"/tasks/{task}/urge", {}, 404)
    told = db.session.query(DbNotice).filter_by(kind="urged").all()
    assert [notice.user_id for notice in told] == [find_actor("manager").id]
