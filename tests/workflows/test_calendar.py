"""The company calendar, with the announced holidays of 2025 and 2026 as examples."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import CalendarError, CompanyCalendar, calendar_functions
from workflows.expressions import FUNCTIONS, ExpressionError, evaluate

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = CompanyCalendar()
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
WORK_TIMES = st.timedeltas(timedelta(0), timedelta(hours=400))


def at(text: str) -> datetime:
    """A moment on the company's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2025-10-01", "2025-10-08"),
        ("2026-02-15", "2026-02-23"),
        ("2026-01-01", "2026-01-03"),
        ("2026-10-01", "2026-10-07"),
    ],
)
def test_announced_holidays_are_free_from_the_first_to_the_last_day(first: str, last: str) -> None:
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        assert not CALENDAR.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    "day", ["2025-09-28", "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28", "2026-09-20", "2026-10-10"]
)
def test_make_up_days_on_weekends_are_working_days(day: str) -> None:
    assert date.fromisoformat(day).weekday() >= 5
    assert CALENDAR.is_workday(date.fromisoformat(day))


def test_an_ordinary_weekend_is_free_and_an_ordinary_monday_is_not() -> None:
    assert not CALENDAR.is_workday(date(2026, 3, 7))
    assert CALENDAR.is_workday(date(2026, 3, 9))


def test_the_company_s_own_days_win_over_the_state_s() -> None:
    own = CompanyCalendar(extra_holidays=frozenset({date(2026, 2, 14)}), extra_workdays=frozenset({date(2026, 10, 1)}))
    assert not own.is_workday(date(2026, 2, 14))
    assert own.is_workday(date(2026, 10, 1))


def test_a_day_cannot_be_both_free_and_worked() -> None:
    with pytest.raises(CalendarError, match="2026-02-14"):
        CompanyCalendar(extra_holidays=frozenset({date(2026, 2, 14)}), extra_workdays=frozenset({date(2026, 2, 14)}))


@pytest.mark.parametrize("hours", [(), ((time(12), time(9)),), ((time(9), time(13)), (time(12), time(18)))])
def test_hours_that_make_no_day_are_refused(hours: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(CalendarError, match="上班时间"):
        CompanyCalendar(hours=hours)


def test_a_year_is_assumed_until_its_make_up_days_are_known() -> None:
    assert not CALENDAR.is_assumed(2025)
    assert not CALENDAR.is_assumed(2026)
    assert CALENDAR.is_assumed(2060)


def test_computed_festivals_of_an_assumed_year_are_free_all_the_same() -> None:
    assert not CALENDAR.is_workday(date(2060, 10, 1))


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("2025-09-30T15:00", 1, "2025-10-09T15:00"),
        ("2025-09-30T15:00", 3, "2025-10-11T15:00"),
        ("2026-02-13T10:30", 1, "2026-02-14T10:30"),
        ("2026-02-13T10:30", 2, "2026-02-24T10:30"),
        ("2025-12-31T16:00", 1, "2026-01-04T16:00"),
        ("2026-03-06T18:00", 1, "2026-03-09T18:00"),
        ("2026-03-06T18:01", 1, "2026-03-10T09:00"),
        ("2026-03-07T10:00", 1, "2026-03-10T09:00"),
        ("2026-03-09T07:15", 1, "2026-03-10T09:00"),
        ("2026-03-09T12:30", 1, "2026-03-10T13:00"),
        ("2026-03-07T10:00", 0, "2026-03-09T09:00"),
    ],
)
def test_working_days_keep_the_clock_time_and_skip_what_is_free(start: str, n: int, expected: str) -> None:
    assert CALENDAR.add_workdays(at(start), n) == at(expected)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2025, 9, 30), 3, "2025-10-11T18:00"),
        (date(2026, 2, 14), 1, "2026-02-24T18:00"),
        (date(2025, 12, 30), 2, "2026-01-04T18:00"),
        (date(2026, 3, 7), 1, "2026-03-09T18:00"),
        (date(2026, 3, 7), 0, "2026-03-09T18:00"),
        (date(2026, 3, 9), 0, "2026-03-09T18:00"),
    ],
)
def test_a_deadline_is_the_end_of_the_nth_working_day_after(day: date, n: int, expected: str) -> None:
    assert CALENDAR.end_of_workday_after(day, n) == at(expected)


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        ("2026-03-09T09:00", timedelta(hours=8), "2026-03-09T18:00"),
        ("2026-03-09T11:30", timedelta(hours=1), "2026-03-09T13:30"),
        ("2026-03-09T12:10", timedelta(minutes=30), "2026-03-09T13:30"),
        ("2026-03-06T17:30", timedelta(hours=1), "2026-03-09T09:30"),
        ("2025-09-30T17:00", 2, "2025-10-09T10:00"),
        ("2026-02-14T17:30", Decimal("0.75"), "2026-02-24T09:15"),
        ("2026-03-09T22:00", timedelta(0), "2026-03-10T09:00"),
        ("2026-03-09T09:30", timedelta(hours=-1), "2026-03-06T17:30"),
    ],
)
def test_working_time_passes_in_working_hours_only(
    start: str, amount: timedelta | Decimal | int, expected: str
) -> None:
    assert CALENDAR.add_work_time(at(start), amount) == at(expected)


def test_working_time_between_two_moments_leaves_out_lunch_nights_and_holidays() -> None:
    assert CALENDAR.work_time_between(at("2026-03-09T11:00"), at("2026-03-09T14:00")) == timedelta(hours=2)
    assert CALENDAR.work_time_between(at("2025-09-30T17:00"), at("2025-10-09T10:00")) == timedelta(hours=2)
    assert CALENDAR.work_time_between(at("2025-10-09T10:00"), at("2025-09-30T17:00")) == -timedelta(hours=2)
    assert CALENDAR.work_time_between(at("2026-03-07T00:00"), at("2026-03-08T23:00")) == timedelta(0)


def test_results_are_in_utc() -> None:
    assert CALENDAR.add_workdays(at("2026-03-09T10:00"), 1).tzinfo is UTC
    assert CALENDAR.add_work_time(datetime(2026, 3, 9, 10, tzinfo=SHANGHAI), 1).tzinfo is UTC


def test_a_zone_that_changes_its_clocks_keeps_the_clock_time_of_working_days() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    calendar = CompanyCalendar(zone=berlin)
    friday = datetime(2026, 3, 27, 10, tzinfo=berlin)
    assert calendar.add_workdays(friday, 1).astimezone(berlin) == datetime(2026, 3, 30, 10, tzinfo=berlin)
    assert calendar.add_work_time(friday, 8).astimezone(berlin) == datetime(2026, 3, 30, 10, tzinfo=berlin)


@pytest.mark.parametrize("n", [-1, 3_661])
def test_days_out_of_bounds_are_refused(n: int) -> None:
    with pytest.raises(CalendarError):
        CALENDAR.add_workdays(at("2026-03-09T10:00"), n)
    with pytest.raises(CalendarError):
        CALENDAR.end_of_workday_after(date(2026, 3, 9), n)


def test_more_than_ten_years_are_refused_instead_of_counted() -> None:
    with pytest.raises(CalendarError, match="3660"):
        CALENDAR.add_work_time(at("2026-03-09T10:00"), timedelta(days=30_000))
    with pytest.raises(CalendarError, match="3660"):
        CALENDAR.add_work_time(at("2026-03-09T10:00"), -timedelta(days=30_000))
    with pytest.raises(CalendarError, match="3660"):
        CALENDAR.work_time_between(at("2026-03-09T10:00"), at("2046-03-09T10:00"))


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(CalendarError, match="时区"):
        CALENDAR.add_workdays(datetime(2026, 3, 9, 10), 1)  # noqa: DTZ001


@given(MOMENTS, WORK_TIMES)
def test_adding_working_time_and_measuring_it_agree(start: datetime, amount: timedelta) -> None:
    end = CALENDAR.add_work_time(start, amount)
    assert CALENDAR.work_time_between(start, end) == amount
    assert CALENDAR.work_time_between(CALENDAR.subtract_work_time(end, amount), end) == amount


@given(MOMENTS, WORK_TIMES, WORK_TIMES)
def test_more_working_time_never_ends_earlier(start: datetime, first: timedelta, second: timedelta) -> None:
    less, more = sorted((first, second))
    assert CALENDAR.add_work_time(start, less) <= CALENDAR.add_work_time(start, more)


@given(MOMENTS, MOMENTS, st.integers(0, 60))
def test_a_later_start_never_ends_earlier(one: datetime, other: datetime, n: int) -> None:
    earlier, later = sorted((one, other))
    assert CALENDAR.add_workdays(earlier, n) <= CALENDAR.add_workdays(later, n)


@given(DAYS, st.integers(1, 60))
def test_a_deadline_lies_on_a_working_day(day: date, n: int) -> None:
    deadline = CALENDAR.local_day(CALENDAR.end_of_workday_after(day, n))
    assert CALENDAR.is_workday(deadline)
    assert sum(CALENDAR.is_workday(day + timedelta(days=i)) for i in range(1, (deadline - day).days + 1)) == n


NOW = at("2025-09-30T17:00")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("work_hours(2)", "2025-10-09T10:00:00+08:00"),
        ("work_hours(0.5)", "2025-09-30T17:30:00+08:00"),
        ("work_days(1)", "2025-10-09T17:00:00+08:00"),
        ("work_days_after('2025-09-30', 3)", "2025-10-11T18:00:00+08:00"),
        ("work_days_after('2025-09-30T20:00:00+00:00', 1)", "2025-10-09T18:00:00+08:00"),
        ("day_after('2025-12-31')", "2026-01-01T00:00:00+08:00"),
        ("today()", "2025-09-30"),
        ("before('2025-10-09T10:00:00+08:00', 2)", "2025-09-30T17:00:00+08:00"),
        ("before(work_days_after(day, 3), 8)", "2025-10-11T09:00:00+08:00"),
        ("every(3, day_after(day), 'P1D')", "R3/2025-10-01T00:00:00+08:00/P1D"),
    ],
)
def test_functions_for_expressions(expression: str, expected: str) -> None:
    functions = {**FUNCTIONS, **calendar_functions(CALENDAR, NOW)}
    assert evaluate(expression, {"day": "2025-09-30"}, functions) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "work_hours(-1)",
        "work_hours('soon')",
        "work_hours(10 ** 9)",
        "work_hours(999999999)",
        "work_days(1.5)",
        "work_days(True)",
        "work_days(5000)",
        "work_days_after('30.9.2025', 1)",
        "work_days_after(None, 1)",
        "work_days_after('2025-09-30', -1)",
        "day_after('9999-12-31')",
        "before('2025-10-09T10:00:00', 1)",
        "before('2025-10-09T10:00:00+08:00', -1)",
        "every(0, '2025-10-01T00:00:00+08:00', 'P1D')",
        "every(2000, '2025-10-01T00:00:00+08:00', 'P1D')",
        "every(3, 'tomorrow', 'P1D')",
        "every(3, '2025-10-01T00:00:00+08:00', 'PT0S')",
        "every(3, '2025-10-01T00:00:00+08:00', '-P1D')",
        "every(3, 7, 'P1D')",
    ],
)
def test_nonsense_in_expressions_is_an_expression_error(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, {}, {**FUNCTIONS, **calendar_functions(CALENDAR, NOW)})
