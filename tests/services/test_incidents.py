"""A step that fails stops its own case there, keeps what people did, and is mended by owners and administrators."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.background.timers import fire_until, sweep
from services.cases.end_case import cancel_case
from services.cases.history import verify
from services.cases.messages import send_message
from services.cases.models import DbCase, DbHistory
from services.cases.start_case import start_case
from services.database import db
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.incidents.lines import sentence_of
from services.incidents.mending import move, retry, retry_all, set_data, skip
from services.incidents.models import DbIncident
from services.incidents.queries import list_faults, show_incident
from services.notices.models import DbNotice
from services.people.models import DbUser
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support.acting import asked, history, sign, status
from tests.support.shapes import FINANCE, GM, MANAGER, applying, signing, start_shape, start_unchecked, together
from tests.workflows.engine.diagrams import Process, timer

pytestmark = pytest.mark.usefixtures("app")
NOW = MONDAY + timedelta(minutes=5)
FORM = {"subject": "展会", "amount": 100}


def open_incidents(case: DbCase) -> list[DbIncident]:
    query = select(DbIncident).where(DbIncident.case_id == case.id, DbIncident.state == "open").order_by(DbIncident.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def the_incident(case: DbCase) -> DbIncident:
    [incident] = open_incidents(case)
    return incident


def lines(case: DbCase, action: str) -> list[DbHistory]:
    query = select(DbHistory).where(DbHistory.case_id == case.id, DbHistory.action == action)
    return list(db.session.scalars(query.order_by(DbHistory.position)))


def said(incident: DbIncident) -> str:
    return sentence_of(incident.kind, incident.values)


def told(username: str) -> int:
    query = select(DbNotice).join(DbUser, DbUser.id == DbNotice.user_id)
    return len(db.session.scalars(query.where(DbUser.username == username, DbNotice.kind == "incident")).all())


def after_first(process: Process, *line: str) -> Process:
    """apply → first (manager) → the nodes of ``line`` → last (finance)."""
    signing(process, "first", MANAGER)
    signing(process, "last", FINANCE)
    return process.line("start", "apply", "first", *line, "last", "end")


def divided() -> Process:
    """A condition that cannot be reckoned for an amount of 100."""
    process = applying().choice("which", default="last")
    signing(process, "first", MANAGER)
    signing(process, "second", GM)
    signing(process, "last", FINANCE)
    process.line("start", "apply", "first", "which").flow("which", "second", "100 / (amount - 100) > 1")
    return process.flow("which", "last").line("second", "last", "end")


def test_an_approval_is_kept_and_the_case_stands_where_its_condition_fails() -> None:
    case = start_shape(divided())
    sign(case, "manager", comment="同意")

    incident = the_incident(case)
    assert (incident.element, incident.kind, status(case)) == ("which", "condition", "running")
    assert said(incident) == "“Which”的条件算不出来：100 / (amount - 100) > 1（除数是零）"
    assert asked(case) == {}
    assert history(case, "completed") != []
    assert [told(name) for name in ("owner", "admin", "specialist", "manager")] == [1, 1, 0, 0]

    retry(find_actor("owner"), incident.id, reason="金额录错了", variables={"amount": 150}, now=NOW)
    assert open_incidents(case) == []
    assert asked(case) == {"gm": "second"}
    [line] = lines(case, "incident_mended")
    assert line.comment == "金额录错了"
    assert line.detail["corrected"]["amount"] == {"old": 100, "new": 150}
    stored = db.session.get(DbCase, case.id, populate_existing=True)
    assert stored is not None
    assert stored.forms["request"]["amount"] == 150
    assert verify(db.session) == []


def test_a_retry_that_fails_again_leaves_the_incident_open_with_what_was_corrected() -> None:
    case = start_shape(divided())
    sign(case, "manager")
    tried = retry(find_actor("admin"), the_incident(case).id, reason="再试一次", now=NOW)

    assert (tried.state, tried.tries) == ("open", 1)
    assert [line.comment for line in lines(case, "incident_tried")] == ["再试一次"]
    skip(find_actor("owner"), tried.id, reason="金额不大，直接到财务", way="last", now=NOW)
    assert asked(case) == {"finance": "last"}
    sign(case, "finance")
    assert status(case) == "completed"


def test_no_way_out_is_open() -> None:
    process = applying().choice("which")
    signing(process, "first", MANAGER)
    signing(process, "second", GM)
    signing(process, "last", FINANCE)
    process.line("start", "apply", "first", "which").flow("which", "second", "amount > 1000")
    process.flow("which", "last", "amount < 50").line("second", "last", "end")
    case = start_unchecked(process)
    sign(case, "manager")

    assert the_incident(case).kind == "way"
    with pytest.raises(Conflict):
        skip(find_actor("owner"), the_incident(case).id, reason="x", way="nowhere", now=NOW)
    skip(find_actor("owner"), the_incident(case).id, reason="总经理看一下", way="second", now=NOW)
    assert asked(case) == {"gm": "second"}


def test_an_operation_that_breaks_down_is_skipped_with_what_it_would_have_brought() -> None:
    process = applying().service("reserve", "reserve_budget", amount="amount", date="amount")
    case = start_shape(after_first(process, "reserve"))
    sign(case, "manager")

    incident = the_incident(case)
    assert (incident.kind, incident.element) == ("operation", "reserve")
    skip(find_actor("owner"), incident.id, reason="预算已手工登记", variables={"budget_reserved": 0}, now=NOW)
    assert asked(case) == {"finance": "last"}


def test_what_an_operation_says_to_whoever_acts_is_a_refusal_and_to_nobody_an_incident() -> None:
    case = start_shape(after_first(applying().service("read", "read_order", order="subject"), "read"))
    with pytest.raises(NotFound, match="请核对订单编号"):
        sign(case, "manager")
    assert open_incidents(case) == []
    assert asked(case) == {"manager": "first"}

    process = applying().service("read", "read_order", order="subject")
    process.node("intermediateCatchEvent", "wait", timer("timeDuration", "PT1H"))
    waiting = start_shape(after_first(process, "wait", "read"))
    sign(waiting, "manager")
    assert sweep(now=MONDAY + timedelta(hours=2)) == 1
    assert said(the_incident(waiting)) == "“Read”没有成功：没有订单 展会，请核对订单编号"
    assert sweep(now=MONDAY + timedelta(hours=3)) == 0


def test_a_timer_whose_time_is_wrong_leaves_its_step_to_its_people() -> None:
    process = applying().boundary("late", "first", timer("timeDuration", "amount")).user("chase")
    process.nodes.pop()
    process.service("chase", "remind", step="'first'").end("told")
    process.line("late", "chase", "told")
    signing(process, "first", MANAGER)
    case = start_shape(process.line("start", "apply", "first", "end"))

    assert asked(case) == {"manager": "first"}
    assert the_incident(case).kind == "timer"
    assert lines(case, "started") != []
    sign(case, "manager")
    assert status(case) == "completed"
    assert open_incidents(case) == []


def test_a_case_whose_first_automatic_step_fails_is_started_and_stands_there() -> None:
    process = applying().script("share", "share = 1 / (amount - 100)")
    signing(process, "first", MANAGER)
    case = start_shape(process.line("start", "apply", "share", "first", "end"))

    assert (case.number[:2], the_incident(case).kind) == ("QZ", "script")
    assert case.forms["request"]["subject"] == "展会"
    retry(find_actor("owner"), the_incident(case).id, reason="金额", variables={"amount": 101}, now=NOW)
    assert asked(case) == {"manager": "first"}


def test_a_loop_without_an_end_is_stopped() -> None:
    process = applying().script("again", "rounds = 1").choice("enough", default="again")
    process.line("start", "apply", "first", "again", "enough").flow("enough", "again")
    signing(process, "first", MANAGER)
    case = start_unchecked(process.flow("enough", "end", "amount > 1000"))
    sign(case, "manager")
    assert the_incident(case).kind == "runaway"
    move(find_actor("owner"), the_incident(case).id, step="first", reason="重新审批", now=NOW)
    assert asked(case) == {"manager": "first"}


def test_a_list_that_is_none_holds_the_branches() -> None:
    inside = Process("inside").start("in").end("out")
    signing(inside, "inner", "")
    inside.line("in", "inner", "out")
    inside.lanes = {}
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>places</bpmn:loopDataInputRef>"
        '<bpmn:inputDataItem id="each_place" name="each_place"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    process = applying().script("list", "places = amount").node("subProcess", "parts", inside.body() + loop)
    process.lanes[MANAGER] = ["inner"]
    case = start_shape(process.line("start", "apply", "list", "parts", "end"))
    assert (the_incident(case).kind, the_incident(case).values["why"]) == ("loop", "“{what}”不是列表")
    retry(find_actor("owner"), the_incident(case).id, reason="两处", variables={"places": [1, 2]}, now=NOW)
    assert len(asked(case)) == 1


def test_a_due_time_that_cannot_be_reckoned_keeps_nobody_from_the_task() -> None:
    process = applying()
    signing(process, "first", MANAGER, due="'2026-12-01T10:00:00+08:00' if 100 / (amount - 100) else ''")
    case = start_shape(process.line("start", "apply", "first", "end"))

    assert asked(case) == {"manager": "first"}
    incident = the_incident(case)
    assert (incident.kind, incident.holds) == ("due", False)
    skip(find_actor("owner"), incident.id, reason="这次不设期限", now=NOW)
    assert open_incidents(case) == []
    sign(case, "manager")
    assert status(case) == "completed"


def test_people_who_cannot_be_reckoned_leave_the_task_with_the_lane_and_are_asked_once_they_can() -> None:
    process = applying()
    signing(process, "first", MANAGER, performer="'gm' if 100 / (amount - 100) > 1 else 'office'")
    case = start_shape(process.line("start", "apply", "first", "end"))
    assert asked(case) == {"manager": "first"}
    assert the_incident(case).kind == "performer"

    retry(find_actor("owner"), the_incident(case).id, reason="金额", variables={"amount": 120}, now=NOW)
    assert asked(case) == {"gm": "first"}
    assert open_incidents(case) == []


def test_signers_who_are_not_here_hold_their_step_and_refuse_nobody() -> None:
    case = start_unchecked(together(signing="all", signers="['manager', 'nobody_here']"))
    assert (the_incident(case).kind, asked(case)) == ("signers", {})

    again = retry(find_actor("owner"), the_incident(case).id, reason="看看", now=NOW)
    assert (again.state, asked(case)) == ("open", {})
    skip(find_actor("owner"), again.id, reason="由岗位会签", now=NOW)
    assert asked(case) == {"gm": "board"}


def parallel() -> Process:
    process = applying().parallel("split").parallel("join").script("share", "share = 1 / (amount - 100)")
    signing(process, "left", MANAGER)
    signing(process, "right", GM)
    signing(process, "last", FINANCE)
    process.line("start", "apply", "split", "left", "share", "join", "last", "end").line("split", "right", "join")
    return process


def test_the_other_branch_is_worked_on_meanwhile() -> None:
    case = start_shape(parallel())
    sign(case, "manager")
    assert asked(case) == {"gm": "right"}
    sign(case, "gm")
    assert (asked(case), the_incident(case).element) == ({}, "share")
    assert told("owner") == 1

    set_data(find_actor("owner"), the_incident(case).id, variables={"amount": "110.00"}, reason="录错", now=NOW)
    assert the_incident(case).state == "open"
    retry(find_actor("owner"), the_incident(case).id, reason="已更正", now=NOW)
    assert asked(case) == {"finance": "last"}


def test_a_move_leaves_the_other_branch_or_withdraws_it() -> None:
    case = start_shape(parallel())
    sign(case, "manager")
    view = show_incident(db.session, find_actor("owner"), the_incident(case).id, now=NOW)
    assert {step: how for step, _name, how in view.remedies.moves} == {"apply": "back", "left": "back", "last": "alone"}

    move(find_actor("owner"), view.id, step="last", reason="直接由财务办理", now=NOW)
    assert asked(case) == {"finance": "last"}
    sign(case, "finance")
    assert status(case) == "completed"


def test_the_same_fault_in_many_cases_is_one_decision_and_one_notice() -> None:
    cases = [start_shape(divided())]
    cases += [start_case(find_actor("specialist"), "shape", FORM, now=MONDAY) for _ in range(2)]
    for case in cases:
        sign(case, "manager")
    [fault] = list_faults(db.session, find_actor("admin"))
    assert (fault.cases, fault.element, told("owner")) == (3, "which", 1)

    skip(find_actor("owner"), the_incident(cases[0]).id, reason="x", way="last", now=NOW)
    tried = retry_all(find_actor("owner"), the_incident(cases[1]).id, reason="都再试", now=NOW)
    assert [each.open for each in tried] == [True, True]


def test_only_owners_and_administrators_mend_and_only_with_a_reason() -> None:
    case = start_shape(divided())
    sign(case, "manager")
    incident = the_incident(case)
    for username in ("specialist", "manager", "outsider"):
        with pytest.raises(NotPermitted):
            retry(find_actor(username), incident.id, reason="x", now=NOW)
        with pytest.raises(NotPermitted):
            show_incident(db.session, find_actor(username), incident.id, now=NOW)
    with pytest.raises(InvalidInput):
        retry(find_actor("owner"), incident.id, reason=" ", now=NOW)
    with pytest.raises(InvalidInput) as refusal:
        retry(find_actor("owner"), incident.id, reason="x", variables={"amount": "viel"}, now=NOW)
    assert list(refusal.value.errors) == ["variables-amount"]
    assert the_incident(case).tries == 0


def test_who_comes_second_hears_who_was_first() -> None:
    case = start_shape(divided())
    sign(case, "manager")
    incident = the_incident(case)
    skip(find_actor("admin"), incident.id, reason="x", way="last", now=NOW)
    with pytest.raises(Conflict, match=r"已由.*处理"):
        skip(find_actor("owner"), incident.id, reason="y", way="second", now=NOW)
    assert asked(case) == {"finance": "last"}


def test_a_case_that_cannot_be_read_waits_whole_and_goes_on_once_it_can() -> None:
    case = start_shape(after_first(applying()))
    stored = db.session.get_one(DbCase, case.id)
    sound = stored.state
    stored.state = sound.replace(b'"first"', b'"fyrst"')
    db.session.commit()
    with pytest.raises(Conflict, match="流程负责人"):
        sign(case, "manager")
    assert (the_incident(case).kind, the_incident(case).element) == ("case", "")
    with pytest.raises(Conflict):
        retry(find_actor("owner"), the_incident(case).id, reason="x", now=NOW)
    assert the_incident(case).tries == 1

    db.session.get_one(DbCase, case.id).state = sound
    db.session.commit()
    retry(find_actor("owner"), the_incident(case).id, reason="已恢复", now=NOW)
    assert open_incidents(case) == []
    sign(case, "manager")
    assert asked(case) == {"finance": "last"}


def test_an_end_of_the_case_closes_its_incidents() -> None:
    case = start_shape(divided())
    sign(case, "manager")
    cancel_case(find_actor("specialist"), CaseId(case.id), "不办了", now=NOW)
    assert open_incidents(case) == []
    stored = db.session.get_one(DbCase, case.id, populate_existing=True)
    assert (stored.open_incidents, stored.held_up) == (0, False)


def test_timers_of_many_cases_fire_though_one_of_them_fails() -> None:
    process = applying().script("share", "share = 1 / (amount - 100)")
    process.node("intermediateCatchEvent", "wait", timer("timeDuration", "PT1H"))
    broken = start_shape(after_first(process, "wait", "share"))
    sound = start_case(find_actor("specialist"), "shape", {**FORM, "amount": 7}, now=MONDAY)
    for case in (broken, sound):
        sign(case, "manager")
    assert fire_until(MONDAY + timedelta(days=1)) == 2
    assert (the_incident(broken).kind, asked(sound)) == ("script", {"finance": "last"})


def test_a_message_is_taken_though_what_follows_it_fails() -> None:
    process = applying().script("share", "share = 1 / (amount - 100)")
    process.head = '<bpmn:message id="told" name="news"/>'
    process.node("intermediateCatchEvent", "wait", '<bpmn:messageEventDefinition messageRef="told"/>')
    case = start_unchecked(after_first(process, "wait", "share"))
    sign(case, "manager")
    send_message(find_actor("admin"), CaseId(case.id), "news", {"note_of_sender": "到了"}, now=NOW)

    assert the_incident(case).element == "share"
    assert lines(case, "message") != []
