"""What would break if somebody left or departments merged, and the hand-over that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from services.cases.models import DbHistory
from services.database import db
from services.errors import InvalidInput, NotFound, NotPermitted
from services.notices.models import DbNotice
from services.people.administration import Places
from services.people.models import DbDepartment, DbPost, DbPostHolder, DbUser
from services.people.rehearsal import Finding, rehearse_leaving, rehearse_merging
from services.people.stand_ins import company_day
from services.people.substitutes import NewSubstitute, appoint, list_substitutions
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.reassign import deactivate, transfer_everything
from tests.conftest import MONDAY, find_actor
from tests.support.acting import asked, sign
from tests.support.hospitality import act, open_tasks, start
from tests.support.racing import at_once
from tests.support.shapes import publish_shape, start_shape, together


@pytest.fixture(autouse=True)
def the_same_company(app: Flask) -> Iterator[None]:
    """People, posts and heads are as they were when the test is over."""
    people = {row.id: (row.superior_id, row.active) for row in db.session.query(DbUser)}
    heads = {row.id: row.head_id for row in db.session.query(DbDepartment)}
    holders = {(row.post_id, row.user_id) for row in db.session.query(DbPostHolder)}
    db.session.rollback()
    yield
    db.session.rollback()
    for person, (superior_id, active) in people.items():
        db.session.query(DbUser).filter_by(id=person).update({"superior_id": superior_id, "active": active})
    for department, head_id in heads.items():
        db.session.query(DbDepartment).filter_by(id=department).update({"head_id": head_id})
    db.session.query(DbPostHolder).filter(DbPostHolder.user_id.in_(people)).delete()
    db.session.add_all(DbPostHolder(post_id=post, user_id=user) for post, user in holders)
    db.session.commit()


def leaving(username: str) -> dict[str, Finding]:
    return {found.kind: found for found in rehearse_leaving(db.session, find_actor("admin"), username, now=MONDAY)}


def merging(department: str, into: str) -> dict[str, Finding]:
    found = rehearse_merging(db.session, find_actor("admin"), department, into, now=MONDAY)
    return {finding.kind: finding for finding in found}


def texts(finding: Finding) -> list[str]:
    return [line.text.format(**line.values) if line.values else line.text for line in finding.lines]


def of_hospitality(finding: Finding) -> list[str]:
    """Other tests publish processes of their own."""
    return [text for text in texts(finding) if text.startswith("客户招待")]


def hand_over(leaver: str, successor: str, **options: Any) -> list[tuple[str, str, str]]:
    options = {"reason": "离职", "now": MONDAY, **options}
    moved = transfer_everything(find_actor("admin"), leaver, successor, **options)
    return [(line.number, line.to, str(line.refusal or "")) for line in moved]


def test_somebody_who_leaves_leaves_this_behind(app: Flask) -> None:
    case = start()
    found = leaving("manager")
    assert texts(found["tasks_alone"]) == [f"{case.number} {case.title} · 客户服务部经理审核"]
    assert texts(found["posts"]) == ["客户服务部经理", "部门经理"]
    assert texts(found["departments"]) == ["客户服务部"]
    assert texts(found["people_below"]) == ["李慧", "周婷"]
    assert of_hospitality(found["lanes_nobody"]) == [
        "客户招待 · 客户服务部经理 · 客户服务部 → 李慧",
        "客户招待 · 客户服务部经理 · 市场营销部 → 林海燕",
    ]
    levels = [finding.level for finding in rehearse_leaving(db.session, find_actor("admin"), "manager", now=MONDAY)]
    assert levels == sorted(levels, key=("breaks", "changes", "note").index)


def test_an_applicant_leaves_cases_and_substitutions(app: Flask) -> None:
    case = start()
    day = company_day(MONDAY)
    wanted = NewSubstitute(substitute="supervisor", first_day=day, last_day=day + timedelta(days=3))
    appoint(find_actor("specialist"), wanted, now=MONDAY)
    found = leaving("specialist")
    assert texts(found["started"]) == [f"{case.number} {case.title}"]
    assert texts(found["substitutions"]) == [f"李慧 代 陈晓明（{day} 至 {day + timedelta(days=3)}）"]


def test_a_post_of_two_loses_nothing(app: Flask, second_finance_clerk: str) -> None:
    case = start()
    act(case, "manager", "manager_review")
    act(case, "gm", "gm_review")
    found = leaving("finance")
    assert "lanes_nobody" not in found
    assert "posts" not in found
    assert found["tasks_shared"].count == 1


def test_a_post_that_is_left_to_an_applicant_is_named(app: Flask) -> None:
    post = db.session.query(DbPost).filter_by(name="总经理").one()
    db.session.add(DbPostHolder(post_id=post.id, user_id=find_actor("supervisor").id))
    db.session.commit()
    assert of_hospitality(leaving("gm")["lanes_own"]) == ["客户招待 · 总经理 · 客户服务部 → 王雅琴"]


def test_looking_changes_nothing(app: Flask) -> None:
    case = start()
    leaving("manager")
    merging("客户服务部", "销售部")
    assert not db.session.dirty
    assert open_tasks(case)["manager_review"].assignee_id == find_actor("manager").id


def test_the_last_administrator_is_named_first(app: Flask) -> None:
    assert rehearse_leaving(db.session, find_actor("admin"), "admin", now=MONDAY)[0].kind == "administrator"


def test_departments_that_merge(app: Flask) -> None:
    case = start()
    found = merging("客户服务部", "销售部")
    assert "客户招待" in texts(found["starters"])
    assert texts(found["heads"]) == ["客户服务部的主管由王雅琴改为钱进"]
    assert texts(found["running"]) == [f"{case.number} {case.title}"]
    first = texts(found["budgets"])[0]
    assert first == "2026-11：30000.00 + 40000.00 = 70000.00 元，其中已占用 0.00 元"
    assert "陈晓明" in texts(found["members"])
    assert "客户招待" in texts(merging("销售部", "市场营销部")["new_starters"])


@pytest.mark.parametrize(
    ("department", "into", "field"), [("无", "销售部", "department"), ("销售部", "销售部", "into")]
)
def test_departments_that_cannot_merge(app: Flask, department: str, into: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        merging(department, into)
    assert list(refusal.value.errors) == [field]


def test_only_administrators_rehearse_and_hand_over(app: Flask) -> None:
    with pytest.raises(NotPermitted):
        rehearse_leaving(db.session, find_actor("gm"), "manager", now=MONDAY)
    with pytest.raises(NotPermitted):
        rehearse_merging(db.session, find_actor("gm"), "销售部", "财务部", now=MONDAY)
    with pytest.raises(NotPermitted):
        transfer_everything(find_actor("gm"), "manager", "deputy", reason="", now=MONDAY)
    with pytest.raises(NotFound):
        leaving("nobody")


def test_everything_goes_to_the_successor_and_the_history_says_so(app: Flask) -> None:
    cases = [start(), start()]
    assert hand_over("manager", "deputy") == [(case.number, "冯立新", "") for case in cases]
    line = db.session.query(DbHistory).filter_by(case_id=cases[0].id, action="reassigned").one()
    assert (line.user_id, line.comment) == (find_actor("admin").id, "离职")
    assert (line.detail["from_name"], line.detail["to_name"]) == ("王雅琴", "冯立新")
    assert db.session.query(DbNotice).filter_by(user_id=find_actor("deputy").id).count() == 2
    for case in cases:
        act(case, "deputy", "manager_review")
    assert hand_over("manager", "deputy") == []


def test_the_applicant_is_refused_and_the_others_go_on(app: Flask) -> None:
    own, other = start("supervisor"), start()
    results = hand_over("manager", "supervisor")
    assert [result[:2] for result in results] == [(own.number, ""), (other.number, "李慧")]
    assert "李慧是申请人" in results[0][2]
    assert open_tasks(own)["manager_review"].assignee_id == find_actor("manager").id
    assert open_tasks(other)["manager_review"].assignee_id == find_actor("supervisor").id


@pytest.mark.parametrize("successor", ["manager", "nobody"])
def test_who_cannot_succeed(app: Flask, successor: str) -> None:
    start()
    with pytest.raises(InvalidInput) as refusal:
        hand_over("manager", successor)
    assert list(refusal.value.errors) == ["to"]


def test_nobody_hands_over_to_somebody_who_left(app: Flask) -> None:
    deactivate("deputy", now=MONDAY)
    with pytest.raises(InvalidInput) as refusal:
        hand_over("manager", "deputy", places=Places(head=True))
    assert "离职" in refusal.value.errors["to"][0]
    assert leaving("manager")["departments"].count == 1


def test_a_successor_who_could_claim_it_already_has_it_once(app: Flask, second_finance_clerk: str) -> None:
    case = start()
    act(case, "manager", "manager_review")
    act(case, "gm", "gm_review")
    assert hand_over("finance", second_finance_clerk) == [(case.number, "刘芳", "")]
    task = open_tasks(case)["finance_review"]
    assert [entry.user_id for entry in db.session.query(DbInboxEntry).filter_by(task_id=task.id)] == [
        find_actor(second_finance_clerk).id
    ]
    act(case, second_finance_clerk, "finance_review")


def test_a_successor_who_stood_in_holds_it_as_their_own(app: Flask) -> None:
    day = company_day(MONDAY)
    appoint(find_actor("manager"), NewSubstitute(substitute="deputy", first_day=day, last_day=day), now=MONDAY)
    case = start()
    hand_over("manager", "deputy")
    [entry] = db.session.query(DbInboxEntry).filter_by(task_id=open_tasks(case)["manager_review"].id)
    assert (entry.user_id, entry.for_id) == (find_actor("deputy").id, None)


def test_places_go_along(app: Flask) -> None:
    hand_over("manager", "supervisor", places=Places(superior=True, head=True, posts=True))
    assert "departments" not in leaving("manager")
    assert "posts" not in leaving("manager")
    supervisor = db.session.get(DbUser, find_actor("supervisor").id, populate_existing=True)
    presales = db.session.get(DbUser, find_actor("presales").id, populate_existing=True)
    assert (supervisor.superior_id, presales.superior_id) == (find_actor("gm").id, supervisor.id)
    assert {"客户关系主管", "客户服务部经理", "部门经理"} == find_actor("supervisor").posts
    case = start()
    assert open_tasks(case)["manager_review"].assignee_id == supervisor.id


def test_a_task_lent_to_somebody_comes_back_to_the_successor(app: Flask) -> None:
    case = start()
    task = open_tasks(case)["manager_review"]
    task.owner_id, task.assignee_id = task.assignee_id, find_actor("supervisor").id
    db.session.query(DbInboxEntry).filter_by(task_id=task.id).update({"user_id": task.assignee_id})
    db.session.commit()
    assert texts(leaving("manager")["tasks_lent"]) == [f"{case.number} {case.title} · 客户服务部经理审核"]
    hand_over("manager", "deputy")
    assert open_tasks(case)["manager_review"].owner_id == find_actor("deputy").id


def test_leaving_ends_substitutions(app: Flask) -> None:
    day = company_day(MONDAY)
    appoint(find_actor("manager"), NewSubstitute(substitute="deputy", first_day=day, last_day=day), now=MONDAY)
    case = start()
    deactivate("deputy", now=MONDAY)
    assert [line.state for line in list_substitutions(db.session, find_actor("manager"), now=MONDAY)] == ["over"]
    task = open_tasks(case)["manager_review"]
    assert [entry.user_id for entry in db.session.query(DbInboxEntry).filter_by(task_id=task.id)] == [
        find_actor("manager").id
    ]


def test_a_hand_over_and_a_signature_at_once(app: Flask) -> None:
    """Whoever comes first wins; nothing is left behind or signed twice."""
    for _round in range(10):
        case = start()

        def work(number: int, case: Any = case) -> Any:
            if number:
                return hand_over("manager", "deputy")
            return act(case, "manager", "manager_review")

        at_once(app, 2, work)
        db.session.expire_all()
        task = db.session.query(DbTask).filter_by(case_id=case.id, step="manager_review").one()
        holders = [entry.user_id for entry in db.session.query(DbInboxEntry).filter_by(task_id=task.id)]
        if task.state == "open":
            assert holders == [find_actor("deputy").id]
            act(case, "deputy", "manager_review")
        else:
            assert holders == []


def test_a_seat_whose_turn_comes_later_is_handed_over_too(app: Flask) -> None:
    case = start_shape(together(signing="in_turn"))
    hand_over("gm", "office")
    sign(case, "manager")
    assert asked(case) == {"office": "board"}
    sign(case, "office")
    sign(case, "supervisor")
    assert asked(case) == {"finance": "last"}


def test_nobody_is_given_a_second_seat_on_a_sheet(app: Flask) -> None:
    case = start_shape(together(signing="all"))
    [(_number, to, refusal)] = hand_over("gm", "manager")
    assert to == ""
    assert "会签人" in refusal
    assert asked(case) == {"manager": "board", "gm": "board", "supervisor": "board"}


def test_a_signer_who_leaves_is_replaced_on_the_sheet(app: Flask) -> None:
    """Nobody else is at the post, and the applicant's superior has a seat already."""
    case = start_shape(together(signing="all"))
    deactivate("gm", now=MONDAY)
    assert asked(case) == {"manager": "board", "supervisor": "board", "admin": "board"}
    for username in ("manager", "supervisor", "admin"):
        sign(case, username)
    assert asked(case) == {"finance": "last"}


def test_a_signer_who_leaves_before_their_turn_is_replaced(app: Flask) -> None:
    case = start_shape(together(signing="in_turn"))
    deactivate("supervisor", now=MONDAY)
    sign(case, "manager")
    sign(case, "gm")
    assert asked(case) == {"admin": "board"}


def test_steps_that_name_a_signer_are_found(app: Flask) -> None:
    publish_shape(together(signing="all"))
    assert "签字 · Board" in texts(leaving("supervisor")["signers"])
