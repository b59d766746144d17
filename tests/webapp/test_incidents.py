"""Incidents over HTTP: pages for those who mend, a quiet sentence for the others, the API, the command line."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from services.cases.models import DbCase
from services.database import db
from services.incidents.models import DbIncident
from tests.support.acting import asked
from tests.support.clients import ApiClient, PoliteClient, outside
from tests.support.incidents import GATEWAY, open_incident, publish_broken, stuck_case
from tests.webapp.test_cli import huiqian
from webapp.settings import Settings

MESSAGE = "“超预算？”的条件算不出来：budget_exceeded / (budget_total - 4100.5) > 1（除数是零）"


@pytest.fixture
def case(app: Flask) -> DbCase:
    publish_broken()
    return stuck_case()


def signed_in(app: Flask, username: str) -> PoliteClient:
    client = PoliteClient(app)
    client.sign_in(username)
    return client


def state_of(incident_id: int) -> str:
    db.session.expire_all()
    return db.session.get_one(DbIncident, incident_id).state


def test_the_owner_finds_looks_and_mends(app: Flask, case: DbCase) -> None:
    owner, incident = signed_in(app, "owner"), open_incident(case)
    assert "异常" in owner.get("/inbox").xpath("string(//nav)")
    page = owner.get("/incidents")
    assert MESSAGE in page.text_content()
    assert page.xpath("//td/a/@href") == [f"/incidents/{incident.id}"]

    page = owner.get(f"/incidents/{incident.id}")
    assert json.loads(page.xpath("string(//script[@id='viewer-config'])"))["failed"] == [GATEWAY]
    assert page.xpath("//input[@name='variables-budget_total']/@value") == ["4100.50"]
    assert "总经理审批超预算" in page.xpath("string(//section[@id='remedy-skip'])")
    assert "第 1 版" in page.text_content()

    path = f"/incidents/{incident.id}/retry"
    refused = owner.submit(path, {"reason": "", "variables-budget_total": "4000"}, status=422)
    assert refused.xpath("//input[@name='variables-budget_total']/@value") == ["4000"]
    assert owner.submit(path, {"reason": "录入有误", "variables-budget_total": "4000"}) == f"/cases/{case.id}"
    assert state_of(incident.id) == "mended"
    assert "录入有误" in owner.get(f"/cases/{case.id}").text_content()
    assert "黄思远于" in owner.get(f"/incidents/{incident.id}").text_content()
    assert "异常" not in owner.get("/inbox").xpath("string(//nav)")


def test_each_other_remedy_from_the_page(app: Flask, case: DbCase) -> None:
    admin, incident = signed_in(app, "admin"), open_incident(case)
    again = admin.submit(f"/incidents/{incident.id}/retry", {"reason": "再试"})
    assert again == f"/incidents/{incident.id}"
    assert "已重试 1 次" in admin.get(again).text_content()
    kept = admin.submit(f"/incidents/{incident.id}/data", {"reason": "更正", "variables-budget_exceeded": "5"})
    assert admin.get(str(kept)).xpath("//input[@name='variables-budget_exceeded']/@value") == ["5"]
    wrong = admin.submit(f"/incidents/{incident.id}/data", {"reason": "x", "variables-budget_exceeded": "多"}, 422)
    assert wrong.xpath("//*[@id='variables-budget_exceeded-error']")
    assert admin.submit(f"/incidents/{incident.id}/skip", {"reason": "x"}, 422).xpath("//*[@id='way-error']")
    assert admin.submit(f"/incidents/{incident.id}/move", {"reason": "x"}, 422).xpath("//*[@id='step-error']")

    skipped = {"reason": "请总经理看", "way": "over_budget_approval"}
    assert admin.submit(f"/incidents/{incident.id}/skip", skipped) == f"/cases/{case.id}"
    assert asked(case) == {"gm": "over_budget_approval"}
    late = admin.submit(f"/incidents/{incident.id}/skip", skipped, status=409)
    assert "高峰" in late.text_content()


def test_the_same_fault_in_several_cases_is_tried_again_together(app: Flask, case: DbCase) -> None:
    others = [stuck_case(), stuck_case()]
    owner = signed_in(app, "owner")
    assert "同一异常，3 件" in owner.get("/incidents").text_content()
    first = open_incident(case)
    assert owner.submit(f"/incidents/{first.id}/retry-all", {"reason": "都再试"}) == "/incidents"
    assert "3 件再次失败" in owner.get("/incidents").text_content()
    moved = {"reason": "重新审核", "step": "finance_review"}
    owner.submit(f"/incidents/{open_incident(others[0]).id}/move", moved)
    assert asked(others[0]) == {"finance": "finance_review"}


def test_others_see_a_quiet_sentence_and_no_fault(app: Flask, case: DbCase) -> None:
    incident = open_incident(case)
    for username in ("specialist", "manager"):
        client = signed_in(app, username)
        page = client.get(f"/cases/{case.id}")
        assert "等流程负责人处理" in page.text_content()
        assert MESSAGE not in page.text_content()
        client.get("/incidents", status=403)
        client.get(f"/incidents/{incident.id}", status=403)
        client.submit(f"/incidents/{incident.id}/retry", {"reason": "x"}, status=403)
    assert ApiClient(app, "outsider").call("GET", "/incidents").status_code == 403
    assert state_of(incident.id) == "open"


def test_other_systems_see_and_mend(app: Flask, case: DbCase, settings: Settings) -> None:
    incident = open_incident(case)
    api = ApiClient(app, "owner")
    assert api.get(f"/cases/{case.id}")["status"] == "failed"
    assert [item["id"] for item in api.get("/cases?status=failed")["items"]] == [case.id]
    assert api.get("/cases?status=running&process=shape")["items"] == []
    [item] = api.get("/incidents")["items"]
    assert (item["id"], item["element"], item["message"]) == (incident.id, GATEWAY, MESSAGE)
    db.session.rollback()
    listed = json.loads(huiqian(settings, "jobs", "list", "--json").stdout)["incidents"]
    assert [line["number"] for line in listed] == [case.number]
    assert case.number in huiqian(settings, "jobs", "list").stdout
    assert "huiqian_incidents_open 1.0" in outside(app).get("/metrics").text

    path = f"/incidents/{incident.id}"
    assert api.call("POST", f"{path}/retry", {}).status_code == 422
    assert api.call("POST", f"{path}/move", {"reason": "x", "step": "nowhere"}).status_code == 422
    assert api.post(f"{path}/data", {"reason": "更正", "variables": {"budget_exceeded": 1}})["state"] == "open"
    mended = api.post(f"{path}/retry", {"reason": "更正", "variables": {"budget_total": 4000}})
    assert (mended["state"], mended["how"]) == ("mended", "retry")
    assert api.call("POST", f"{path}/skip", {"reason": "x"}).status_code == 409
    assert api.get(f"/cases/{case.id}")["status"] == "running"

    seen = [line for line in api.get(f"/cases/{case.id}")["history"] if line["action"] == "incident_mended"]
    assert seen[0]["detail"]["corrected"]["budget_total"]["new"] in ("4000", 4000)
    applicant = ApiClient(app, "specialist").get(f"/cases/{case.id}")["history"]
    assert all("corrected" not in line["detail"] for line in applicant)
    for call in ("retry", "skip", "move", "data"):
        assert ApiClient(app, "manager").call("POST", f"{path}/{call}", {"reason": "x"}).status_code == 403
