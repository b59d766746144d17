"""Nobody there: the process says who steps in, and no task is ever lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from services.background.timers import fire_until
from services.cases.models import DbCase, DbHistory
from services.database import db
from services.people.models import DbUser
from services.people.organisation import assign
from services.processes.models import DbProcess, DbProcessVersion
from services.processes.publish import publish
from services.tasks.models import DbInboxEntry
from services.tasks.reassign import deactivate
from services.tasks.unassigned import list_unassigned, rescue
from tests.conftest import MONDAY, clear, find_actor
from tests.support.hospitality import act, approved, day_after, open_tasks, start
from workflows.definition import read_folder, read_process
from workflows.errors import DefinitionError

FOLDER = Path(__file__).parents[2] / "bpmn/hospitality"


@pytest.fixture(autouse=True)
def the_same_company(app: Flask) -> Iterator[None]:
    yield
    db.session.rollback()
    db.session.query(DbUser).filter(DbUser.demo).update({"active": True})
    db.session.commit()


@pytest.fixture
def original(app: Flask) -> Iterator[None]:
    """The process is the one of the library again when the test is over."""
    last = db.session.scalars(select(func.max(DbProcessVersion.id))).one()
    current = db.session.get_one(DbProcess, "hospitality").current_version
    db.session.rollback()
    yield
    clear()
    db.session.query(DbProcessVersion).filter(DbProcessVersion.id > last).delete()
    db.session.query(DbProcess).filter_by(key="hospitality").update({"current_version": current})
    db.session.commit()


def with_policy(nobody: str) -> dict[str, bytes]:
    files = dict(read_folder(FOLDER))
    files["process.toml"] = f'nobody = "{nobody}"\n'.encode() + files["process.toml"]
    return files


def publish_with(nobody: str) -> None:
    publish(with_policy(nobody), actor=None, note="", now=MONDAY)


def holders(case: DbCase, step: str) -> list[int]:
    entries = db.session.query(DbInboxEntry).filter_by(task_id=open_tasks(case)[step].id)
    return [entry.user_id for entry in entries.order_by(DbInboxEntry.user_id)]


def test_the_superior_of_the_applicant_steps_in_by_default(app: Flask) -> None:
    deactivate("manager", now=MONDAY)
    case = start()
    assert holders(case, "manager_review") == [find_actor("supervisor").id]
    line = db.session.query(DbHistory).filter_by(case_id=case.id, action="rerouted").one()
    assert line.detail == {"reason": "nobody_superior", "lane": "客户服务部经理"}


def test_a_superior_who_left_is_passed_over(app: Flask) -> None:
    deactivate("manager", now=MONDAY)
    deactivate("supervisor", now=MONDAY)
    assert holders(start(), "manager_review") == [find_actor("gm").id]


def test_without_anybody_above_the_administrator_steps_in(app: Flask) -> None:
    deactivate("finance", now=MONDAY)
    found = assign(
        db.session, "财务部", starter_id=find_actor("gm").id, department_id=find_actor("gm").department_id, signs=True
    )
    assert (found.people, found.reason) == ((find_actor("admin").id,), "administrator")


def test_the_process_may_say_the_administrator(original: None) -> None:
    publish_with("administrator")
    deactivate("manager", now=MONDAY)
    case = start()
    assert holders(case, "manager_review") == [find_actor("admin").id]
    assert open_tasks(case)["manager_review"].why["reason"] == "administrator"


def test_the_process_may_name_somebody(original: None) -> None:
    publish_with("user:deputy")
    deactivate("manager", now=MONDAY)
    case = start()
    assert holders(case, "manager_review") == [find_actor("deputy").id]
    assert open_tasks(case)["manager_review"].why["reason"] == "nobody_named"
    deactivate("deputy", now=MONDAY)
    assert holders(case, "manager_review") == [find_actor("admin").id]


def test_whoever_is_named_does_not_approve_their_own_request(original: None) -> None:
    publish_with("user:specialist")
    deactivate("manager", now=MONDAY)
    assert holders(start("specialist"), "manager_review") == [find_actor("admin").id]


def test_the_only_administrator_does_not_approve_their_own_request(app: Flask) -> None:
    admin = find_actor("admin")
    deactivate("gm", now=MONDAY)
    found = assign(
        db.session,
        "总经理",
        starter_id=admin.id,
        department_id=admin.department_id,
        signs=True,
        nobody="administrator",
    )
    assert (found.people, found.reason) == ((find_actor("office").id,), "nobody_superior")


@pytest.mark.parametrize("nobody", ["superiors", "user:", "user:two words", ""])
def test_a_policy_that_is_none_is_named(nobody: str) -> None:
    with pytest.raises(DefinitionError) as refusal:
        read_process(with_policy(nobody))
    [problem] = refusal.value.problems
    assert (problem.file, problem.element) == ("process.toml", "nobody")
    assert "superior" in problem.message
    assert "user:" in problem.message


def test_a_policy_that_is_no_text_is_named() -> None:
    files = dict(read_folder(FOLDER))
    files["process.toml"] = b"nobody = 3\n" + files["process.toml"]
    with pytest.raises(DefinitionError) as refusal:
        read_process(files)
    assert [problem.element for problem in refusal.value.problems] == ["nobody"]


def test_nobody_publishes_a_policy_that_names_somebody_who_is_not_here(app: Flask) -> None:
    with pytest.raises(DefinitionError, match="nobody_knows"):
        publish_with("user:nobody_knows")


def test_tasks_that_went_elsewhere_are_listed_until_they_are_done(app: Flask) -> None:
    start()
    assert list_unassigned(db.session) == []
    deactivate("manager", now=MONDAY)
    case = start()
    [first, second] = list_unassigned(db.session)
    assert (second.number, second.reason, second.holders) == (case.number, "nobody_superior", ["李慧"])
    act(case, "supervisor", "manager_review")
    assert [line.task_id for line in list_unassigned(db.session)] == [first.task_id]


def test_the_report_of_an_applicant_who_left_is_listed(app: Flask) -> None:
    case = approved()
    deactivate("specialist", now=MONDAY)
    fire_until(day_after())
    [line] = list_unassigned(db.session)
    assert (line.case_id, line.reason, line.holders) == (case.id, "left", ["李慧"])


def test_a_task_that_nobody_active_holds_is_listed_and_rescued(app: Flask) -> None:
    lost, abandoned = start(), start()
    db.session.query(DbInboxEntry).filter_by(task_id=open_tasks(lost)["manager_review"].id).delete()
    db.session.query(DbUser).filter_by(username="manager").update({"active": False})
    db.session.commit()
    assert [line.holders for line in list_unassigned(db.session)] == [[], []]
    assert rescue(now=MONDAY) == 2
    assert rescue(now=MONDAY) == 0
    for case in (lost, abandoned):
        assert holders(case, "manager_review") == [find_actor("supervisor").id]
        line = db.session.query(DbHistory).filter_by(case_id=case.id, action="reassigned").one()
        assert (line.user_id, line.detail["to_name"]) == (None, "李慧")
        act(case, "supervisor", "manager_review")
