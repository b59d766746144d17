"""The statistics of complaints against a set that was played and reckoned by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.cases.end_case import withdraw_case
from services.complaints.figures import Wanted, list_behind, report
from services.database import db
from services.errors import InvalidInput, NotPermitted
from services.types import CaseId
from tests.conftest import find_actor
from tests.support.complaint import after, contact, handle, pass_time, register, revisit

pytestmark = pytest.mark.usefixtures("app")
YEAR = Wanted(begin="2026-01", end="2026-12")
DECEMBER = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # a Tuesday, 9:00 in Shanghai


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@pytest.fixture
def played() -> dict[str, int]:
    """Six complaints: times are hours after nine o'clock of a working day, before noon or after the break."""
    quick = register()  # answered after 30 minutes, solved after 2 hours, 5 points
    contact(quick, now=after(0.5))
    handle(quick, now=after(2))
    revisit(quick, 5, now=after(3))

    slow = register(source="邮件", urgency="high", region="江苏")  # nobody answers; late; solved after 9 working hours
    pass_time(after(9))
    handle(slow, now=after(25))
    revisit(slow, 3, now=after(26))

    again = register(type="少货", source="网店")  # 1 hour, then reopened, solved in the end after 3 hours, 4 points
    handle(again, "warehouse", now=after(1))
    revisit(again, 1, now=after(2))
    handle(again, "supervisor", now=after(3))
    revisit(again, 4, now=after(3))

    waiting = register("outsider", type="物流", region="")  # answered after 1 hour, still open
    contact(waiting, "courier", now=after(1))

    later = register(now=DECEMBER, type="少货")  # December: 2 hours to both, 5 points
    handle(later, "warehouse", now=DECEMBER + hours(2))
    revisit(later, 5, now=DECEMBER + hours(2))

    gone = register(type="价格")
    withdraw_case(find_actor("specialist"), CaseId(gone.id), now=after(1))
    named = {"quick": quick, "slow": slow, "again": again, "waiting": waiting, "later": later, "gone": gone}
    return {name: case.id for name, case in named.items()}


def test_the_whole(played: dict[str, int]) -> None:
    found = report(db.session, find_actor("gm"), YEAR).total
    # first responses: 30, 540, 60, 60, 120 minutes; solved after 120, 540, 180, 120
    assert (found.count, found.open) == (5, 1)
    assert (found.responded, found.response_median, found.response_average) == (5, 60, 162)
    assert (found.resolved, found.resolution_median, found.resolution_average) == (4, 150, 240)
    assert found.escalated == {1: 1, 2: 0, 3: 0}
    assert (found.reopened, found.share(found.reopened)) == (1, 20)
    assert found.satisfaction == {5: 2, 4: 1, 3: 1, 2: 0, 1: 0}
    assert (found.rated, found.satisfaction_average) == (4, 4.25)


def test_by_month_type_source_and_region(played: dict[str, int]) -> None:
    found = report(db.session, find_actor("manager"), YEAR)
    assert len(found.months) == 12
    assert {month: line.count for month, line in found.months.items() if line.count} == {"2026-11": 4, "2026-12": 1}
    november = found.months["2026-11"]
    assert (november.response_median, november.resolution_median, november.resolution_average) == (60, 180, 280)
    assert {name: line.count for name, line in found.types.items()} == {"质量问题": 2, "少货": 2, "物流": 1}
    assert found.types["少货"].resolution_average == 150
    assert found.types["物流"].resolution_median is None
    assert {name: line.count for name, line in found.sources.items()} == {"电话": 3, "邮件": 1, "网店": 1}
    assert found.regions["江苏"].escalated == {1: 1, 2: 0, 3: 0}
    assert sum(line.count for line in found.regions.values()) == 5


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"type": "少货"}, {"again", "later"}),
        ({"source": "邮件"}, {"slow"}),
        ({"region": "江苏"}, {"slow"}),
        ({"department": "销售部"}, {"waiting"}),
        ({"begin": "2026-12"}, {"later"}),
        ({"type": "少货", "begin": "2026-12"}, {"later"}),
        ({"type": "价格"}, set()),
    ],
)
def test_filters_and_the_list_behind_them(played: dict[str, int], filters: dict[str, str], names: set[str]) -> None:
    wanted = Wanted(**{"begin": "2026-01", "end": "2026-12", **filters})
    assert report(db.session, find_actor("supervisor"), wanted).total.count == len(names)
    lines, following = list_behind(db.session, find_actor("supervisor"), wanted, show="all")
    assert ({line.case_id for line in lines}, following) == ({played[name] for name in names}, None)


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("open", {"waiting"}),
        ("responded", {"quick", "slow", "again", "waiting", "later"}),
        ("resolved", {"quick", "slow", "again", "later"}),
        ("escalated_1", {"slow"}),
        ("escalated_2", set()),
        ("reopened", {"again"}),
        ("rated", {"quick", "slow", "again", "later"}),
        ("score_5", {"quick", "later"}),
        ("score_4", {"again"}),
    ],
)
def test_each_figure_has_its_list(played: dict[str, int], show: str, names: set[str]) -> None:
    lines, _following = list_behind(db.session, find_actor("owner"), YEAR, show=show)
    assert {line.case_id for line in lines} == {played[name] for name in names}


def test_a_list_is_paged_and_opens_what_the_reader_may_see(played: dict[str, int]) -> None:
    first, following = list_behind(db.session, find_actor("gm"), YEAR, show="all", limit=3)
    rest, end = list_behind(db.session, find_actor("gm"), YEAR, show="all", cursor=following or "", limit=3)
    assert ([line.case_id for line in (*first, *rest)], end) == (
        sorted((played[n] for n in played if n != "gone"), reverse=True),
        None,
    )
    assert not any(line.visible for line in (*first, *rest))
    seen, _following = list_behind(db.session, find_actor("supervisor"), YEAR, show="all")
    assert {line.case_id for line in seen if line.visible} == {played["slow"], played["again"]}


def test_the_month_is_the_companys() -> None:
    register(now=datetime(2026, 10, 31, 16, 30, tzinfo=UTC))  # half past midnight on 1 November in Shanghai
    found = report(db.session, find_actor("gm"), YEAR)
    assert {month for month, line in found.months.items() if line.count} == {"2026-11"}


@pytest.mark.parametrize("username", ["specialist", "presales", "outsider"])
def test_the_figures_are_for_those_who_answer_for_complaints(username: str) -> None:
    with pytest.raises(NotPermitted):
        report(db.session, find_actor(username), YEAR)
    with pytest.raises(NotPermitted):
        list_behind(db.session, find_actor(username), YEAR, show="all")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(begin="2026-13", end="2026-12"), "from"),
        (Wanted(begin="2026-01", end="去年"), "to"),
        (Wanted(begin="2026-02", end="2026-01"), "to"),
        (Wanted(begin="2020-01", end="2026-01"), "to"),
        (Wanted(begin="2026-01", end="2026-12", type="天气"), "type"),
        (Wanted(begin="2026-01", end="2026-12", source="鸽子"), "source"),
        (Wanted(begin="2026-01", end="2026-12", department="外星部"), "department"),
    ],
)
def test_what_cannot_be_asked_is_named(wanted: Wanted, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        report(db.session, find_actor("gm"), wanted)
    assert list(refusal.value.errors) == [field]


def test_nothing_registered_is_no_error() -> None:
    found = report(db.session, find_actor("gm"), YEAR)
    assert (found.total.count, found.total.response_median, found.total.satisfaction_average) == (0, None, None)
