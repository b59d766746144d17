"""The verbs of approval as programs use them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from services.cases.models import DbCase
from tests.support.acting import done, item, sign
from tests.support.clients import ApiClient
from tests.support.shapes import row, start_shape, together


@pytest.fixture
def case(app: Flask) -> DbCase:
    return start_shape(row())


def todo(app: Flask, username: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ApiClient(app, username).get("/tasks?view=todo")["items"]
    return found


def test_a_task_is_transferred(app: Flask, case: DbCase) -> None:
    task = item(case, "manager")
    answer = ApiClient(app, "manager").post(f"/tasks/{task}/transfer", {"to": "supervisor", "comment": "请看"})
    assert answer["tasks"][0]["assignee"] == "supervisor"
    assert [line["action"] for line in answer["history"]][-1] == "transferred"
    assert [each["id"] for each in todo(app, "supervisor")] == [task]
    refusal = ApiClient(app, "supervisor").post(f"/tasks/{task}/transfer", {"to": "specialist"}, status=422)
    assert "申请人" in refusal["errors"][0]["message"]
    ApiClient(app, "manager").post(f"/tasks/{task}/transfer", {"to": "gm"}, status=403)
    ApiClient(app, "outsider").post(f"/tasks/{task}/transfer", {"to": "gm"}, status=404)


def test_a_task_is_delegated_and_answered(app: Flask, case: DbCase) -> None:
    task = item(case, "manager")
    ApiClient(app, "manager").post(f"/tasks/{task}/delegate", {"to": "supervisor"})
    supervisor = ApiClient(app, "supervisor")
    supervisor.post(f"/tasks/{task}/complete", {"outcome": "approve"}, status=422)
    answer = supervisor.post(f"/tasks/{task}/complete", {"outcome": "approve", "comment": "可以"})
    assert (answer["status"], answer["tasks"][0]["assignee"]) == ("running", "manager")


def test_signers_are_added_and_removed(app: Flask, case: DbCase) -> None:
    task = item(case, "manager")
    manager = ApiClient(app, "manager")
    body = {"users": ["supervisor", "director"], "when": "before"}
    answer = manager.post(f"/tasks/{task}/add-signers", body)
    assert sorted(each["assignee"] for each in answer["tasks"]) == ["director", "supervisor"]
    answer = manager.post(f"/tasks/{task}/remove-signers", {"users": ["director"]})
    assert [each["assignee"] for each in answer["tasks"]] == ["supervisor"]
    for wrong in ({"users": [], "when": "before"}, {"users": ["gm"], "when": "sometime"}, {"when": "after"}):
        ApiClient(app, "supervisor").post(f"/tasks/{item(case, 'supervisor')}/add-signers", wrong, status=422)
    ApiClient(app, "supervisor").post(
        f"/tasks/{item(case, 'supervisor')}/add-signers", {"users": ["manager"], "when": "after"}, status=422
    )


def test_the_last_action_is_taken_back(app: Flask, case: DbCase) -> None:
    sign(case, "manager")
    manager = ApiClient(app, "manager")
    answer = manager.post(f"/tasks/{done(case, 'manager')}/withdraw")
    assert [each["step"] for each in answer["tasks"]] == ["first"]
    sign(case, "manager")
    sign(case, "gm")
    refusal = manager.post(f"/tasks/{done(case, 'manager')}/withdraw", status=409)
    assert "办理" in refusal["detail"]


def test_a_return_says_how_the_case_goes_on(app: Flask, case: DbCase) -> None:
    sign(case, "manager")
    task = item(case, "gm")
    gm = ApiClient(app, "gm")
    body = {"to": "apply", "comment": "请补充"}
    gm.post(f"/tasks/{task}/return", {**body, "resume": "sideways"}, status=422)
    gm.post(f"/tasks/{task}/return", {**body, "resume": "straight"})
    applicant = ApiClient(app, "specialist")
    answer = applicant.post(f"/tasks/{item(case, 'specialist')}/complete", {"outcome": "submit"})
    assert [each["step"] for each in answer["tasks"]] == ["second"]
    assert "kept" in [line["action"] for line in answer["history"]]


def test_a_case_that_was_taken_back_is_a_draft_again(app: Flask, case: DbCase) -> None:
    applicant = ApiClient(app, "specialist")
    applicant.post(f"/cases/{case.id}/restore", status=409)
    applicant.post(f"/cases/{case.id}/withdraw")
    answer = applicant.post(f"/cases/{case.id}/restore")
    assert (answer["process"], answer["draft"]["subject"]) == ("shape", "展会")
    applicant.post(f"/cases/{case.id}/restore", status=409)
    applicant.post(f"/cases/{case.id}/restore", {"replace": "yes"}, status=422)
    applicant.post(f"/cases/{case.id}/restore", {"replace": True})


def test_a_task_of_several_signers_shows_each_as_a_task(app: Flask) -> None:
    case = start_shape(together(signing="all"))
    shown = ApiClient(app, "admin").get(f"/cases/{case.id}")
    assert sorted(each["assignee"] for each in shown["tasks"]) == ["gm", "manager", "supervisor"]
    task = ApiClient(app, "gm").get(f"/tasks/{item(case, 'gm')}")
    assert task["outcomes"] == ["approve", "reject"]


def test_a_task_tells_nothing_that_its_step_may_not_see(app: Flask) -> None:
    case = start_shape(row(), rights={"second": {"hide": ["amount"]}})
    assert "amount" in ApiClient(app, "manager").get(f"/tasks/{item(case, 'manager')}")["data"]
    sign(case, "manager")
    assert set(ApiClient(app, "gm").get(f"/tasks/{item(case, 'gm')}")["data"]) == {"subject"}
