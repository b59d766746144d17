"""The company calendar: working days by China's public holidays with 调休, working hours, and due times.

Pure: every moment comes in and goes out as an aware UTC datetime, and nobody here asks the clock. The state announces
a year's holidays and make-up days in the autumn before; until then only the festivals are known (``is_assumed``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from workflows.durations import find_duration
from workflows.errors import WorkflowError

COMPANY_ZONE = ZoneInfo("Asia/Shanghai")
"""Where the company's clocks hang; times are stored in UTC."""
MAX_DAYS = 3_660
MAX_REPEATS = 1_000
SHORTEST_PERIOD = timedelta(minutes=1)

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5

Period = tuple[time, time]
DayOrText = date | str


class CalendarError(WorkflowError, ValueError):
    """The calendar cannot answer: a number out of bounds, a moment without zone, or hours that make no working day.

    It is a ValueError too, so that an expression that calls the calendar fails as any other wrong value does.
    """


@dataclass(frozen=True, kw_only=True)
class CompanyCalendar:
    """When the company works. Its own days win over the state's."""

    extra_holidays: frozenset[date] = frozenset()
    extra_workdays: frozenset[date] = frozenset()
    hours: tuple[Period, ...] = ((time(9), time(12)), (time(13), time(18)))
    zone: ZoneInfo = COMPANY_ZONE

    def __post_init__(self) -> None:
        edges = [edge for period in self.hours for edge in period]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise CalendarError("上班时间应为一段或几段先后相接的时间")
        if both := self.extra_holidays & self.extra_workdays:
            raise CalendarError(f"{min(both)} 不能既是公司假日又是公司工作日")

    def is_workday(self, day: date) -> bool:
        """Whether the company works on that day; make-up days on weekends are working days."""
        if day in self.extra_workdays:
            return True
        if day in self.extra_holidays:
            return False
        free, made_up = _public_days(day.year)
        return day in made_up or (day.weekday() < _SATURDAY and day not in free)

    def is_assumed(self, year: int) -> bool:
        """Whether the year is not announced yet, so that its make-up days are missing here."""
        return year > _last_announced_year()

    def local_day(self, moment: datetime) -> date:
        """The date on the company's wall at that moment."""
        return self._local(moment).date()

    def add_workdays(self, start: datetime, n: int) -> datetime:
        """The same clock time ``n`` working days later.

        A start outside of working hours counts from the next opening: nobody loses time by being asked at night.
        """
        _refuse_outside(n)
        opened = self._local(self.add_work_time(start, timedelta(0)))
        day = self._nth_workday_after(opened.date(), n) if n else opened.date()
        return datetime.combine(day, opened.time(), self.zone).astimezone(UTC)

    def end_of_workday_after(self, day: date, n: int) -> datetime:
        """Closing time of the ``n``-th working day after ``day``; for 0, of ``day`` or the next working day."""
        _refuse_outside(n)
        target = self._nth_workday_after(day, n) if n else self._nth_workday_after(day - _ONE_DAY, 1)
        return datetime.combine(target, self.hours[-1][1], self.zone).astimezone(UTC)

    def add_work_time(self, start: datetime, amount: timedelta | Decimal | int) -> datetime:
        """The moment when ``amount`` of working time (a number means hours) has passed since ``start``.

        A negative amount goes back. The result always lies within working hours, closing time included.
        """
        left = amount if isinstance(amount, timedelta) else _hours(amount)
        return self._forward(start, left) if left >= timedelta(0) else self._backward(start, -left)

    def subtract_work_time(self, end: datetime, amount: timedelta | Decimal | int) -> datetime:
        """The latest moment from which ``amount`` of working time is left until ``end``."""
        return self._backward(end, amount if isinstance(amount, timedelta) else _hours(amount))

    def work_time_between(self, a: datetime, b: datetime) -> timedelta:
        """The working time from ``a`` to ``b``; negative if ``b`` comes first."""
        if b < a:
            return -self.work_time_between(b, a)
        first, last = self.local_day(a), self.local_day(b)
        if (last - first).days > MAX_DAYS:
            raise CalendarError(f"最多只能计算 {MAX_DAYS} 天")
        total = timedelta(0)
        for opens, closes in self._periods(first, (last - first).days + 1):
            total += max(min(closes, b) - max(opens, a), timedelta(0))
        return total

    def _forward(self, start: datetime, left: timedelta) -> datetime:
        for opens, closes in self._periods(self.local_day(start), MAX_DAYS):
            begins = max(opens, start)
            if begins <= closes and closes - begins >= left:
                return (begins + left).astimezone(UTC)
            left -= max(closes - begins, timedelta(0))
        raise CalendarError(f"最多只能计算 {MAX_DAYS} 天")

    def _backward(self, end: datetime, left: timedelta) -> datetime:
        if left < timedelta(0):
            raise CalendarError("往回推的工作时间不能是负数")
        for opens, closes in self._periods_back(self.local_day(end), MAX_DAYS):
            finishes = min(closes, end)
            if finishes >= opens and finishes - opens >= left:
                return (finishes - left).astimezone(UTC)
            left -= max(finishes - opens, timedelta(0))
        raise CalendarError(f"最多只能计算 {MAX_DAYS} 天")

    def _periods(self, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        for day in (first + timedelta(days=number) for number in range(days)):
            if self.is_workday(day):
                yield from self._periods_of(day)

    def _periods_back(self, last: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        for day in (last - timedelta(days=number) for number in range(days)):
            if self.is_workday(day):
                yield from reversed(self._periods_of(day))

    def _periods_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """In UTC, because differences between local times are wrong on the night a zone changes its clocks."""
        return [
            (
                datetime.combine(day, opens, self.zone).astimezone(UTC),
                datetime.combine(day, closes, self.zone).astimezone(UTC),
            )
            for opens, closes in self.hours
        ]

    def _nth_workday_after(self, day: date, n: int) -> date:
        for number in range(1, MAX_DAYS + 1):
            candidate = day + timedelta(days=number)
            n -= self.is_workday(candidate)
            if n == 0:
                return candidate
        raise CalendarError(f"最多只能计算 {MAX_DAYS} 天")

    def _local(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise CalendarError(f"{moment} 没有写时区")
        return moment.astimezone(self.zone)


def calendar_functions(calendar: CompanyCalendar, now: datetime) -> Mapping[str, Callable[..., Any]]:
    """The functions a diagram's expressions may call for due times; instants are ISO text with the company's offset."""
    bound = _BoundCalendar(calendar, now)
    return {
        "before": bound.before,
        "day_after": bound.day_after,
        "day_in": bound.day_in,
        "every": _every,
        "today": bound.today,
        "work_days": bound.work_days,
        "work_days_after": bound.work_days_after,
        "work_hours": bound.work_hours,
    }


@dataclass(frozen=True)
class _BoundCalendar:
    """What expressions see: plain text and numbers instead of datetimes, because task data is JSON."""

    calendar: CompanyCalendar
    now: datetime

    def work_hours(self, n: Any) -> str:
        return self._text(self.calendar.add_work_time(self.now, _hours_forward(n)))

    def work_days(self, n: Any) -> str:
        return self._text(self.calendar.add_workdays(self.now, _whole(n)))

    def work_days_after(self, day: DayOrText, n: Any) -> str:
        return self._text(self.calendar.end_of_workday_after(self._day(day), _whole(n)))

    def day_after(self, day: DayOrText) -> str:
        return self._text(datetime.combine(self._day(day) + _ONE_DAY, time(0), self.calendar.zone))

    def today(self) -> str:
        return self.calendar.local_day(self.now).isoformat()

    def day_in(self, n: Any) -> str:
        """The date ``n`` calendar days from today."""
        days = _whole(n)
        _refuse_outside(days)
        return (self.calendar.local_day(self.now) + days * _ONE_DAY).isoformat()

    def before(self, instant: datetime | str, hours: Any) -> str:
        return self._text(self.calendar.subtract_work_time(_instant(instant), _hours_forward(hours)))

    def _day(self, value: DayOrText) -> date:
        """A moment belongs to the company's day at that moment, not to the day in its own offset."""
        if isinstance(value, datetime):
            return self.calendar.local_day(value)
        if isinstance(value, date):
            return value
        text = _required_text(value, "日期")
        try:
            return date.fromisoformat(text) if len(text) <= 10 else self.calendar.local_day(_instant(text))
        except ValueError as error:
            raise CalendarError(f"“{text}”不是日期，应如 2026-05-01") from error

    def _text(self, moment: datetime) -> str:
        return moment.astimezone(self.calendar.zone).isoformat(timespec="seconds")


def _hours_forward(value: Any) -> timedelta:
    """Hours that must not be negative, as working time."""
    hours = _hours(value)
    if hours < timedelta(0):
        raise CalendarError("小时数不能是负数")
    return hours


def _every(count: Any, start: datetime | str, period: str) -> str:
    """``R3/2026-05-01T09:00:00+08:00/P1D``: how a timer writes reminders."""
    times, length = _whole(count), find_duration(_required_text(period, "时间长度"))
    if not 1 <= times <= MAX_REPEATS:
        raise CalendarError(f"只能重复 1 到 {MAX_REPEATS} 次，不能是 {times} 次")
    if length is None or length < SHORTEST_PERIOD:
        raise CalendarError(f"“{period}”不是一分钟以上的时间长度，应如 P1D")
    first = start if isinstance(start, str) else start.isoformat(timespec="seconds")
    _instant(first)
    return f"R{times}/{first}/{period}"


def _instant(value: datetime | str) -> datetime:
    moment = value if isinstance(value, datetime) else _parse_instant(_required_text(value, "时刻"))
    if moment.tzinfo is None:
        raise CalendarError(f"“{value}”没有写时区，应如 2026-05-01T09:00:00+08:00")
    return moment


def _parse_instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise CalendarError(f"“{text}”不是时刻，应如 2026-05-01T09:00:00+08:00") from error


def _required_text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise CalendarError(f"{what}应为文字")
    return value.strip()


def _hours(value: Any) -> timedelta:
    number = _number(value)
    if abs(number) > MAX_DAYS * 24:
        raise CalendarError(f"最多只能计算 {MAX_DAYS} 天")
    return timedelta(microseconds=int(number * 3_600_000_000))


def _whole(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise CalendarError(f"{number} 不是整数")
    return int(number)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise CalendarError("这里应为数字")
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise CalendarError(f"“{value}”不是数字") from error
    if not number.is_finite() or abs(number) > 10**9:
        raise CalendarError(f"{value} 太大")
    return number


def _refuse_outside(n: int) -> None:
    if not 0 <= n <= MAX_DAYS:
        raise CalendarError(f"只能计算 0 到 {MAX_DAYS} 个工作日，不能是 {n} 个")


@lru_cache(maxsize=256)
def _public_days(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The state's free days and make-up working days of one year."""
    # the next year too: its New Year can take days from the end of this one
    known = holidays.country_holidays("CN", years=(year, year + 1))
    free = frozenset(day for day in known if day.year == year)
    return free, frozenset(day for day in known.weekend_workdays if day.year == year)


@lru_cache(maxsize=1)
def _last_announced_year() -> int:
    """The package lists the swapped rest days (调休) of announced years; for later ones it only computes festivals."""
    listed: Mapping[int, object] = holidays.country_holidays("CN", years=2020).special_public_holidays
    return max(listed)
