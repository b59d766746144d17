"""Tasks to come: kept by the worker, listed by person, gone when they are here or will never be."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, update

from services.cases.action import FORECAST_AFTER
from services.cases.end_case import withdraw_case
from services.cases.models import DbCase
from services.database import db
from services.tasks.list_tasks import InboxFilter, InboxLine, list_tasks
from services.tasks.models import DbUpcomingTask
from services.tasks.upcoming import AFTER_FAILURE, AGAIN, BATCH, sweep
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import act, start

pytestmark = pytest.mark.usefixtures("app")
SOON = MONDAY + FORECAST_AFTER


def upcoming(username: str, **wanted: object) -> list[InboxLine]:
    db.session.expire_all()
    asked = InboxFilter(view="upcoming", **wanted)  # type: ignore[arg-type]
    return list_tasks(db.session, find_actor(username).id, asked).lines


def swept(now: datetime = SOON) -> int:
    """Everything that is due by then; returns how many cases that were."""
    looked = 0
    while found := sweep(now=now):
        looked += found
    return looked


def next_look(case: DbCase) -> datetime | None:
    db.session.expire_all()
    return db.session.get_one(DbCase, case.id).forecast_due


def test_what_will_come_is_listed_with_whom_it_waits_for() -> None:
    case = start()
    assert swept() == 1
    [first, later] = upcoming("gm")
    assert (first.case_id, first.step, first.name, first.state) == (case.id, "gm_review", "总经理审核", "upcoming")
    assert first.after == {"step": "manager_review", "name": "客户服务部经理审核", "who": ["王雅琴"]}
    assert first.expected_at is not None
    assert first.expected_at > MONDAY
    assert later.step == "gm_report_review"
    assert first.task_id is None


def test_what_is_here_is_not_to_come_and_nobody_else_is_told() -> None:
    start()
    swept()
    assert [line.step for line in upcoming("manager")] == ["manager_report_review"]
    assert upcoming("outsider") == []


def test_a_step_that_opened_since_is_gone_at_once() -> None:
    case = start()
    swept()
    act(case, "manager", "manager_review")
    assert [line.step for line in upcoming("gm")] == ["gm_report_review"]


def test_nothing_is_looked_at_before_it_changed_or_a_day_passed() -> None:
    case = start()
    assert sweep(now=MONDAY) == 0, "several changes in a row cost one look"
    assert swept() == 1
    assert swept() == 0
    assert next_look(case) == SOON + AGAIN
    act(case, "manager", "manager_review", now=SOON)
    assert swept(SOON + FORECAST_AFTER) == 1


@pytest.mark.parametrize("end", ["rejected", "withdrawn"])
def test_a_case_that_ended_leaves_nothing(end: str) -> None:
    case = start()
    swept()
    if end == "rejected":
        act(case, "manager", "manager_review", "reject", comment="不去了")
    else:
        withdraw_case(find_actor("specialist"), CaseId(case.id), now=MONDAY)
    assert upcoming("gm") == []
    assert swept() == 1
    assert db.session.query(DbUpcomingTask).count() == 0
    assert next_look(case) is None


def test_a_case_that_cannot_be_foreseen_holds_up_nobody() -> None:
    broken, sound = start(), start()
    db.session.execute(update(DbCase).where(DbCase.id == broken.id).values(state=b"{}", variables={}))
    db.session.commit()
    assert swept() == 2
    assert {line.case_id for line in upcoming("gm")} == {sound.id}
    due = next_look(broken)
    assert due is not None
    assert due >= SOON + AFTER_FAILURE


def test_what_was_foreseen_from_an_old_state_is_thrown_away(app: Flask) -> None:
    """Somebody approves while the worker looks ahead, on a connection of their own."""
    case = start()
    acted = []

    def overtake(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        writes_what_was_foreseen = "UPDATE cases" in statement and "row_version =" in statement
        if writes_what_was_foreseen and not acted:
            acted.append(case.id)
            with app.app_context():
                act(case, "manager", "manager_review", now=SOON)

    event.listen(db.engine, "before_cursor_execute", overtake)
    try:
        assert sweep(now=SOON) == 1
    finally:
        event.remove(db.engine, "before_cursor_execute", overtake)
    assert acted
    assert db.session.query(DbUpcomingTask).count() == 0
    assert next_look(case) == SOON + FORECAST_AFTER


def test_a_sweep_takes_a_few_and_the_longest_due_first() -> None:
    for number in range(BATCH + 2):
        start(now=MONDAY + timedelta(seconds=number))
    assert sweep(now=SOON + timedelta(minutes=1)) == BATCH
    assert sweep(now=SOON + timedelta(minutes=1)) == 2


def test_the_list_is_paged_filtered_and_sorted() -> None:
    for _case in range(3):
        start()
    swept()
    first = list_tasks(db.session, find_actor("gm").id, InboxFilter(view="upcoming", limit=4))
    rest = list_tasks(
        db.session, find_actor("gm").id, InboxFilter(view="upcoming", limit=4, cursor=first.next_cursor or "")
    )
    assert len(first.lines) == 4
    assert len(rest.lines) == 2
    times = [line.expected_at for line in [*first.lines, *rest.lines]]
    assert times == sorted(times)  # type: ignore[type-var]
    assert upcoming("gm", process="gift") == []
    assert len(upcoming("gm", process="hospitality", text="晨光")) == 6
    soon = upcoming("gm", due_before=(MONDAY + timedelta(days=3)).date())
    assert {line.step for line in soon} == {"gm_review"}
    assert len(upcoming("gm", sort="-amount")) == 6


def test_looking_ahead_takes_nothing_from_whoever_acts() -> None:
    """The sweep writes to the case's row, and an approval that read it before still goes through."""
    case = start()
    before = case.row_version
    swept()
    db.session.expire_all()
    assert db.session.get_one(DbCase, case.id).row_version == before


def test_an_approval_that_goes_as_foreseen_is_not_thought_through_again_and_leaves_the_same() -> None:
    """Dropping what has come gives the same rows as a new dry run; a detour is thought through."""
    case = start()
    swept()
    at = SOON
    for username, step in (("manager", "manager_review"), ("gm", "gm_review")):
        act(case, username, step, now=at)
        at += FORECAST_AFTER
        swept(at)
        short = foreseen(case)
        db.session.query(DbUpcomingTask).delete()
        db.session.execute(update(DbCase).values(forecast_due=at))
        db.session.commit()
        swept(at)
        assert foreseen(case) == short
    assert {step for step, _person in short} == {
        "report",
        "manager_report_review",
        "gm_report_review",
        "finance_settlement",
    }


def foreseen(case: DbCase) -> set[tuple[str, int]]:
    db.session.expire_all()
    return {(row.step, row.user_id) for row in db.session.query(DbUpcomingTask).filter_by(case_id=case.id)}
