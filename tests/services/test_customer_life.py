"""Everything that happened with a customer: the figures of years, and a line that tells nobody more than they may."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.cases.end_case import cancel_case
from services.database import db
from services.errors import InvalidInput
from services.registers.customer_life import Event, Year, life_of, years_of
from services.registers.customers import get_customer
from services.registers.models import DbCustomer, DbOrder
from services.types import CaseId
from services.visits.models import PLANNED, VISITED, DbVisit
from tests.conftest import MONDAY, find_actor
from tests.support import complaint, gift, hospitality
from tests.support.hospitality import APPROVERS, act

pytestmark = pytest.mark.usefixtures("app")
OTHER = "C012"


def customer(code: str = "C001") -> DbCustomer:
    return get_customer(db.session(), code)


def life(username: str = "admin", code: str = "C001", **wanted: str) -> list[Event]:
    """The lines beside those of the orders, which the demo company brings along."""
    events, _following = life_of(db.session(), find_actor(username), customer(code), **wanted)
    return [event for event in events if event.kind != "order" or wanted]


def year(code: str = "C001") -> Year:
    db.session.expire_all()
    found = {one.year: one for one in years_of(db.session(), customer(code))}
    return found.get(2026, Year(year=2026))


def visited(day: date, state: str = VISITED, case_id: int | None = None) -> DbVisit:
    visit = DbVisit(
        case_id=case_id, customer_id=customer().id, user_id=find_actor("specialist").id, state=state, changed_at=MONDAY
    )
    visit.day, visit.purpose = day, "年度回访"
    db.session.add(visit)
    db.session.commit()
    return visit


def test_hospitality_counts_as_approved_until_it_is_settled() -> None:
    hospitality.approved()
    assert (year().approved, year().actual, year().total) == (Decimal("4100.50"), 0, Decimal("4100.50"))
    case = hospitality.reported()
    act(case, "manager", "manager_report_review", now=hospitality.day_after())
    act(case, "gm", "gm_report_review", now=hospitality.day_after())
    act(case, "finance", "finance_settlement", now=hospitality.day_after())
    assert (year().approved, year().actual) == (Decimal("8201.00"), Decimal("4000.00"))
    assert year().total == Decimal("8100.50")


def test_what_was_not_approved_yet_or_was_cancelled_costs_nothing() -> None:
    case = hospitality.start()
    assert year().total == 0
    for username, step in APPROVERS:
        act(case, username, step)
    cancel_case(find_actor("specialist"), CaseId(case.id), reason="客户改期", now=MONDAY)
    assert year().total == 0


def test_gifts_count_for_the_customers_of_their_rows() -> None:
    gift.start(gift.line(value=Decimal(300)), gift.line(customer=OTHER, recipient="康永", value=Decimal(80)))
    assert year().gifts == Decimal(300)
    assert year(OTHER).gifts == Decimal(80)
    assert [event.kind for event in life(code=OTHER)] == ["gift"]


def test_visits_count_when_they_were_made() -> None:
    visited(date(2026, 11, 3))
    visited(date(2026, 11, 10))
    visited(date(2026, 12, 1), PLANNED)
    assert year().visits == 2


def test_orders_count_in_the_year_in_which_they_came_here() -> None:
    before = year(OTHER)
    # new year's eve in UTC is New Year's day in Shanghai
    eve = MONDAY.replace(year=2025, month=12, day=31, hour=17)
    order = DbOrder(number="T-LIFE", customer_id=customer(OTHER).id, state="printed", amount=Decimal("99.90"))
    order.ordered_at = order.changed_at = eve
    db.session.add(order)
    db.session.commit()
    try:
        assert (year(OTHER).orders, year(OTHER).order_sum) == (before.orders + 1, before.order_sum + Decimal("99.90"))
    finally:
        db.session.delete(order)
        db.session.commit()


def test_complaints_count_and_stand_in_the_line() -> None:
    complaint.register(customer="C001")
    assert year().complaints == 1
    assert [event.kind for event in life()] == ["complaint"]


def test_the_line_is_the_newest_first_over_all_kinds() -> None:
    hospitality.start()
    visited(MONDAY.date() - timedelta(days=5))
    gift.start(now=MONDAY + timedelta(hours=1))
    assert [event.kind for event in life()] == ["gift", "hospitality", "visit"]
    assert [event.kind for event in life(kind="hospitality")] == ["hospitality"]
    assert [event.kind for event in life(kind="complaint")] == []


def test_who_may_not_see_a_case_learns_that_something_happened_and_nothing_more() -> None:
    case = hospitality.start()
    [line] = life("outsider")
    assert (line.kind, line.at) == ("hospitality", MONDAY)
    assert (line.case_id, line.number, line.title, line.state, line.who, line.amount) == (None, "", "", "", "", None)
    [line] = life("specialist")
    assert (line.case_id, line.number, line.amount) == (case.id, case.number, Decimal("4100.50"))


def test_orders_are_read_by_people_with_a_post() -> None:
    assert {event.number for event in life("outsider", kind="order")} == {""}
    assert all(event.number and event.amount is not None for event in life("specialist", kind="order"))


def test_a_visit_of_a_plan_that_one_may_not_see_has_no_purpose() -> None:
    case = hospitality.start()
    visited(MONDAY.date(), case_id=case.id)
    [line] = [event for event in life("outsider") if event.kind == "visit"]
    assert (line.title, line.case_id, line.who) == ("", None, "陈晓明")
    [line] = [event for event in life("specialist") if event.kind == "visit"]
    assert (line.title, line.case_id) == ("年度回访", case.id)


def test_cases_of_other_customers_are_not_in_the_line() -> None:
    hospitality.start(customer=OTHER)
    assert life() == []


def test_pages_show_every_line_once_also_when_several_happened_at_one_moment() -> None:
    for _one in range(3):
        hospitality.start()
        gift.start()
    visited(MONDAY.date())
    person, seen, cursor = find_actor("admin"), [], ""
    while True:
        events, following = life_of(db.session(), person, customer(), after=cursor, limit=2)
        seen += [(event.source, event.id) for event in events]
        if following is None:
            break
        cursor = following
    assert len(seen) == len(set(seen))
    whole, _following = life_of(db.session(), person, customer(), limit=200)
    assert seen == [(event.source, event.id) for event in whole]


@pytest.mark.parametrize(
    "cursor", ["x", "bnVsbA==", "WyJhIiwiY2FzZSIsMV0=", "WyIyMDI2LTAxLTAxIiwiY2FzZSIsMV0=", "é", "[" * 900]
)
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        life(after=cursor)


def test_a_kind_that_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidInput):
        life(kind="'")
