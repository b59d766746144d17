"""Forms of a draft: their list, whole forms made and taken away, and a field named anew everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from services.database import read_session
from services.processes.models import DbDraftRevision
from tests.support.clients import PoliteClient, token_of
from tests.support.owners import begin, describe, draft

pytestmark = pytest.mark.usefixtures("app")
Browse = Callable[[str], PoliteClient]
FORMS = "/workbench/purchase/forms"


@pytest.fixture
def client(browse: Browse) -> PoliteClient:
    begin()
    return browse("owner")


def post(client: PoliteClient, path: str, **fields: Any) -> Any:
    """The raw answer, with the revision that the page would send."""
    given = {"revision": draft().revision, "csrf_token": token_of(client.get("/notices")), **fields}
    return client._client.post(path, data=given)


def rename(client: PoliteClient, old: str, new: str, **more: Any) -> Any:
    body = {"old": old, "new": new, "revision": draft().revision, **more}
    headers = {"X-CSRFToken": token_of(client.get("/notices"))}
    return client._client.post(f"{FORMS}/request/rename-field", json=body, headers=headers)


def test_the_list_says_what_uses_a_form_and_leads_there(client: PoliteClient) -> None:
    page = client.get(FORMS)
    assert page.xpath("//a[contains(@href, '/workbench/purchase/diagram#apply')]")
    assert page.xpath("//a[@href='/workbench/purchase/forms?name=request']")
    assert "个字段" in page.text_content()


def test_a_form_is_made_copied_and_taken_away_again(client: PoliteClient) -> None:
    assert post(client, FORMS, name="receipt", title="验收单").status_code == 303
    assert json.loads(draft().files["forms/receipt.json"])["title"] == "验收单"
    assert post(client, FORMS, name="second", title="申请副本", pattern="purchase/request").status_code == 303
    assert post(client, FORMS, name="guests", title="招待", pattern="hospitality/application").status_code == 303
    assert "steps" not in json.loads(draft().files["forms/guests.json"])
    for name in ("receipt", "second", "guests"):
        assert post(client, f"{FORMS}/{name}/delete").status_code == 303
        assert f"forms/{name}.json" not in draft().files


def test_what_was_typed_stays_when_a_form_cannot_be_made(client: PoliteClient) -> None:
    for name, title, said in [
        ("Bad Name", "验收单", "小写英文字母开头"),
        ("request", "验收单", "已有这个编号"),
        ("new", "验收单", "系统保留"),
        ("receipt", "", "请填写表单的名称"),
    ]:
        answer = post(client, FORMS, name=name, title=title)
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{name}"' in answer.text
    assert post(client, FORMS, name="receipt", title="验收单", pattern="nothing/here").status_code == 422


def test_a_form_that_is_used_is_not_deleted_and_the_uses_are_linked(client: PoliteClient) -> None:
    answer = post(client, f"{FORMS}/request/delete")
    assert answer.status_code == 409
    assert "这张表单还在使用" in answer.text
    assert "/workbench/purchase/diagram#apply" in answer.text
    assert post(client, f"{FORMS}/nothing/delete").status_code == 404


def test_a_form_gets_another_key_everywhere_in_one_revision(client: PoliteClient) -> None:
    before = draft()
    assert post(client, f"{FORMS}/request/rename", name="order").status_code == 303
    after = draft()
    assert after.revision == before.revision + 1
    assert b'name="form" value="order"' in after.files["purchase.bpmn"]
    assert b'name="form" value="request"' not in after.files["purchase.bpmn"]
    assert json.loads(after.files["forms/order.json"])["key"] == "order"
    assert post(client, f"{FORMS}/order/rename", name="Order").status_code == 422
    assert post(client, "/workbench/gift/forms/application/rename", name="order", revision=0).status_code == 409


def test_a_field_is_named_anew_everywhere_as_one_revision_with_a_note(client: PoliteClient) -> None:
    before = draft()
    described = describe("别处的修改")
    answer = rename(client, "amount", "total", revision=before.revision)
    assert answer.status_code == 200
    assert answer.json == {"revision": described + 1}
    files = draft().files
    assert "total" in json.loads(files["forms/request.json"])["schema"]["properties"]
    assert b"<text>total</text>" in files["decisions/approval_level.dmn"]
    assert "别处的修改".encode() in files["process.toml"]
    query = select(DbDraftRevision.note).where(DbDraftRevision.number == described + 1)
    assert read_session().scalars(query).all() == ["字段 amount 改名为 total"]


def test_names_that_cannot_be_are_refused_with_the_reason(client: PoliteClient) -> None:
    for new in ("", "金额", "typename", "outcome", "__x"):
        answer = rename(client, "amount", new)
        assert answer.status_code == 422
        assert answer.json["detail"]
    assert rename(client, "nothing", "something").status_code == 422
    assert rename(client, "amount", "total", revision=0).status_code == 409
    assert rename(client, "amount", "total", revision="1").status_code == 400
    assert rename(client, 1, "total").status_code == 400  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "form", "old", "reader"),
    [
        ("hospitality", "application", "budget_total", "系统的"),
        ("hospitality", "report", "date", "系统的"),
        ("gift", "application", "lines/value", "系统的"),
        ("gift", "confirmation", "returned/line", "系统的"),
        ("gift_plan", "plan", "lines/remark", "礼品馈赠"),
        ("complaint", "complaint", "urgency", "客户拜访"),
    ],
)
def test_what_the_program_or_another_process_reads_by_name_keeps_it(
    browse: Browse, key: str, form: str, old: str, reader: str
) -> None:
    client = browse("owner")
    body = {"old": old, "new": "zz_other", "revision": 0}
    headers = {"X-CSRFToken": token_of(client.get("/notices"))}
    answer = client._client.post(f"/workbench/{key}/forms/{form}/rename-field", json=body, headers=headers)
    assert answer.status_code == 422
    assert reader in answer.json["detail"]


def test_the_uses_of_a_field_come_with_addresses(client: PoliteClient) -> None:
    answer = client._client.get(f"{FORMS}/request/uses?field=amount")
    found = {use["address"] for use in answer.json["uses"]}
    assert any("/workbench/purchase/tables?name=approval_level" in address for address in found)
    assert all(use["where"] for use in answer.json["uses"])
    assert client._client.get(f"{FORMS}/request/uses?field=nothing").status_code == 404


def test_only_owners_may(browse: Browse) -> None:
    begin()
    browse("specialist").get(f"{FORMS}/request/uses?field=amount", 403)
    assert post(browse("specialist"), f"{FORMS}/request/delete").status_code == 403
