"""A draft against the company: every lane finds somebody, and nobody signs their own request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import delete, select

from services.database import db, read_session
from services.people.models import DbPost, DbSubstitute, DbUser
from services.people.stand_ins import forget_substitutes
from services.people.substitutes import NewSubstitute, appoint
from services.processes.checking import PEOPLE, check_draft, check_parts
from services.tasks.models import DbInboxEntry, DbTask
from tests.conftest import MONDAY, find_actor
from tests.support.folders import folder
from tests.support.shapes import row, start_shape
from tests.workflows.checks.diagrams import Diagram, properties
from workflows.errors import Problem


def signed_by(lane: str, *, starters: str = '["*"]', **step: str) -> dict[str, bytes]:
    """The applicant applies, one lane signs."""
    step = {"outcomes": "approve,reject", **step}
    diagram = (
        Diagram(lane="申请人").start().user("apply", name="填写申请").end().choice("g", default="g_end").end("refused")
    )
    diagram.node("userTask", "review", properties(form="apply", **step), name="审核")
    diagram.chain("start", "apply", "review", "g").flow("g", "refused", "outcome == 'reject'").flow("g", "end")
    files = folder(diagram)
    lanes = (
        f'<bpmn:lane id="post2" name="{lane}"><bpmn:flowNodeRef>review</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    )
    files["process.bpmn"] = files["process.bpmn"].replace(b"</bpmn:laneSet>", lanes.encode())
    files["process.toml"] = files["process.toml"].replace(b'["*"]', starters.encode())
    return files


def found(files: dict[str, bytes]) -> list[Problem]:
    return check_parts(read_session(), files, now=MONDAY)[PEOPLE]


def said(files: dict[str, bytes], severity: str) -> str:
    return "\n".join(problem.message for problem in found(files) if problem.severity == severity)


def test_a_lane_with_its_post_and_its_holder_is_left_in_peace(app: Flask) -> None:
    assert found(signed_by("总经理", starters='["客户服务部"]')) == []


def test_a_post_that_the_company_does_not_have_is_an_error_with_what_comes_near(app: Flask) -> None:
    [problem] = [each for each in found(signed_by("总经里")) if each.severity == "error"]
    assert (problem.element, "是不是“总经理”？" in problem.message) == ("post2", True)


@pytest.fixture
def empty_post(app: Flask) -> Iterator[str]:
    """A post that nobody holds."""
    db.session.add(DbPost(name="法务专员"))
    db.session.commit()
    yield "法务专员"
    db.session.execute(delete(DbPost).where(DbPost.name == "法务专员"))
    db.session.commit()


def test_a_post_that_nobody_holds_says_who_gets_it_instead(empty_post: str) -> None:
    text = said(signed_by(empty_post, starters='["客户服务部"]'), "warning")
    assert "“客户服务部”发起时，泳道“法务专员”没有人" in text
    assert "会转给申请人的上级" in text


def test_starters_that_are_neither_a_department_nor_a_post_are_errors(app: Flask) -> None:
    assert "是不是“客户服务部”" in said(signed_by("总经理", starters='["客户服务步"]'), "error")


def test_a_signer_who_does_not_exist_stops_the_case_and_is_an_error(app: Flask) -> None:
    files = signed_by("总经理", signing="all", signers="['总经理', 'maneger']")
    assert "“maneger”既不是岗位也不是在职的人" in said(files, "error")
    assert "是不是“manager”？" in said(files, "error")


def test_a_performer_who_does_not_exist_is_a_warning(app: Flask) -> None:
    assert "会改由泳道的人办理" in said(signed_by("总经理", performer="'nobody_here'"), "warning")


def test_whoever_holds_the_signing_post_has_their_own_request_signed_by_somebody_else(app: Flask) -> None:
    text = said(signed_by("客户服务部经理"), "info")
    assert "王雅琴自己发起时，“审核”不会由本人审批，转给申请人的上级郑国栋" in text


def test_the_product_does_what_the_check_says(app: Flask) -> None:
    case = start_shape(row(), by="manager")
    holders = db.session.scalars(
        select(DbUser.name)
        .join(DbInboxEntry, DbInboxEntry.user_id == DbUser.id)
        .join(DbTask, DbTask.id == DbInboxEntry.task_id)
        .where(DbTask.case_id == case.id, DbTask.state == "open")
    ).all()
    assert holders == ["郑国栋"]


def test_a_signature_in_the_applicants_lane_is_told(app: Flask) -> None:
    assert "却在“申请人”泳道" in said(signed_by("申请人"), "warning")


def test_results_of_its_own_are_no_signature(app: Flask) -> None:
    files = signed_by("客户服务部经理", outcomes="agree,reject")
    assert "王雅琴自己发起时可以自己办理" in said(files, "warning")


@pytest.fixture
def substitute(app: Flask) -> Iterator[None]:
    """The specialist, who may apply, stands in for the general manager, who signs."""
    wanted = NewSubstitute(substitute="specialist", first_day=date(2026, 11, 23), last_day=date(2026, 11, 27))
    appoint(find_actor("gm"), wanted, now=MONDAY)
    yield
    db.session.execute(delete(DbSubstitute))
    db.session.commit()
    forget_substitutes()


def test_a_substitute_never_signs_their_own_request(substitute: None) -> None:
    text = said(signed_by("总经理", starters='["客户服务部"]'), "info")
    assert "陈晓明在 11-23 至 11-27 代理郑国栋" in text
    assert "不会交给代理人" in text


def test_scenarios_are_only_played_where_the_folder_is_in_order(app: Flask) -> None:
    files = {**signed_by("总经理"), "scenarios/one.toml": _scenario("approve", "completed")}
    assert check_draft(read_session(), files, now=MONDAY) == [] or all(
        problem.severity != "error" for problem in check_draft(read_session(), files, now=MONDAY)
    )
    files["scenarios/one.toml"] = _scenario("approve", "rejected")
    [problem] = [each for each in check_draft(read_session(), files, now=MONDAY) if each.severity == "error"]
    assert problem.file == "scenarios/one.toml"


def _scenario(outcome: str, status: str) -> bytes:
    return f"""title = "一个场景"
begins = 2026-11-23T09:00:00+08:00
[[steps]]
step = "apply"
values = {{ subject = "x", amount = 1, kind = "gift", day = "2026-11-24" }}
[[steps]]
step = "review"
outcome = "{outcome}"
[expect]
status = "{status}"
""".encode()
