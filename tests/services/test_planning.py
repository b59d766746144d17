"""周看板, 月看板 and the calendar feed: what is on which day, and for whose eyes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from icalendar import Calendar, Component

from services.database import db
from services.errors import NotFound
from services.people.models import DbUser
from services.planning import board, feed
from services.planning.entries import Entry, entries
from tests.conftest import MONDAY, find_actor
from tests.support import visits
from tests.support.hospitality import DAY, act, approved, start

pytestmark = pytest.mark.usefixtures("app")
TODAY = date(2026, 11, 23)


def week(username: str, scope: str = board.MINE, day: date = TODAY) -> board.WeekBoard:
    return board.week_board(db.session(), find_actor(username), scope, day, today=TODAY)


def titles(found: list[Entry]) -> list[str]:
    return [entry.title for entry in found]


def test_a_task_stands_on_the_day_it_is_due() -> None:
    start()
    [wednesday] = [one for one in week("manager").days if one.entries]
    assert (wednesday.day, titles(wednesday.entries)) == (date(2026, 11, 25), ["客户服务部经理审核"])
    assert week("manager").week == wednesday.entries


def test_what_is_due_at_midnight_stands_on_the_day_that_ends() -> None:
    case = visits.approved(visits.row("C002"))
    visits.appoint(case)
    [tuesday] = [one for one in week("specialist").days if "填写拜访记录" in " ".join(titles(one.entries))]
    assert tuesday.day == visits.TUESDAY
    [record] = [entry for entry in tuesday.entries if entry.title.startswith("填写拜访记录")]
    assert str(record.at) == "23:59:00"


def test_the_next_day_of_work_is_the_second_focus() -> None:
    start()
    tuesday = board.week_board(db.session(), find_actor("manager"), board.MINE, TODAY, today=date(2026, 11, 24))
    assert titles(tuesday.next) == ["客户服务部经理审核"]
    friday = board.week_board(db.session(), find_actor("manager"), board.MINE, TODAY, today=date(2026, 11, 27))
    assert friday.next_day == date(2026, 11, 30)


def test_what_is_overdue_stays_in_sight() -> None:
    start()
    later = board.week_board(
        db.session(), find_actor("manager"), board.MINE, date(2026, 12, 2), today=date(2026, 12, 2)
    )
    assert titles(later.overdue) == ["客户服务部经理审核"]


def test_what_is_done_is_still_seen_on_its_day() -> None:
    act(start(), "manager", "manager_review")
    [wednesday] = [one for one in week("manager").days if one.entries]
    assert [entry.done for entry in wednesday.entries] == [True]
    assert wednesday.open == 0
    assert week("manager").week == []


def test_the_day_of_a_dinner_is_on_the_board_of_who_gives_it() -> None:
    case = start()
    [thursday] = [one for one in week("specialist").days if one.day == DAY]
    assert [(entry.title, entry.case_id) for entry in thursday.entries] == [(case.title, case.id)]


def test_the_department_sees_its_people_and_nothing_that_is_not_its_readers_business() -> None:
    start()
    everybody = week("manager", board.DEPARTMENT)
    assert {name for one in everybody.days for entry in one.entries for name in entry.who} == {"陈晓明", "王雅琴"}
    colleague = week("presales", board.DEPARTMENT)
    assert [one.entries for one in colleague.days if one.entries] == []


def test_the_month_shows_whole_weeks_and_what_reaches_over_several() -> None:
    case = approved(date=(TODAY + timedelta(days=20)).isoformat())
    found = board.month_board(db.session(), find_actor("specialist"), board.MINE, TODAY)
    assert found.weeks[0][0].day == date(2026, 10, 26)
    assert found.weeks[-1][-1].day == date(2026, 12, 6)
    assert [(matter.case_id, matter.until) for matter in found.long] == [(case.id, TODAY + timedelta(days=20))]


def feed_of(username: str, now: datetime = MONDAY) -> list[Component]:
    body = feed.read_feed(feed.open_feed(find_actor(username), now=now), now=now)
    return Calendar.from_ical(body).walk("VEVENT")


def test_a_calendar_program_reads_due_times_and_days() -> None:
    case = start()
    [review] = feed_of("manager")
    assert review["summary"] == f"客户服务部经理审核 · {case.title}"
    assert review.decoded("dtend") - review.decoded("dtstart") == timedelta(minutes=30)
    [dinner] = feed_of("specialist")
    assert (dinner.decoded("dtstart"), dinner.decoded("dtend")) == (DAY, DAY + timedelta(days=1))


def test_the_same_thing_keeps_its_name_in_the_calendar() -> None:
    start()
    assert [event["uid"] for event in feed_of("manager")] == [event["uid"] for event in feed_of("manager")]


def test_a_long_title_with_commas_is_folded_and_read_back() -> None:
    case = start(venue="锦江大酒店，三楼；“梅”厅" * 5)
    [dinner] = feed_of("specialist")
    assert case.title in dinner["summary"]


def test_a_new_address_ends_the_old_one() -> None:
    manager = find_actor("manager")
    old = feed.open_feed(manager, now=MONDAY)
    new = feed.open_feed(manager, now=MONDAY)
    assert feed.read_feed(new, now=MONDAY)
    for secret in (old, "", "x" * 40):
        with pytest.raises(NotFound):
            feed.read_feed(secret, now=MONDAY)
    feed.close_feed(manager)
    with pytest.raises(NotFound):
        feed.read_feed(new, now=MONDAY)


@pytest.fixture
def leaver() -> Iterator[str]:
    """The address of somebody who has left."""
    secret = feed.open_feed(find_actor("presales"), now=MONDAY)
    db.session.query(DbUser).filter_by(username="presales").update({"active": False})
    db.session.commit()
    yield secret
    db.session.query(DbUser).filter_by(username="presales").update({"active": True})
    db.session.commit()


def test_the_dates_of_somebody_who_left_are_not_read(leaver: str) -> None:
    with pytest.raises(NotFound):
        feed.read_feed(leaver, now=MONDAY)


def test_entries_are_bounded_by_their_days() -> None:
    start()
    manager = find_actor("manager")
    assert entries(db.session(), manager, [manager.id], date(2026, 11, 26), date(2026, 11, 30)) == []
