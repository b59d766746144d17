"""不宜拜访时间: when a customer should not be visited, in words that people write and a plan can be checked by.

A text is made of parts, each of which names days, hours or both: ``每月1-5日；周五 14:00-18:00``.
A visit is unwelcome when one part fits its day and its hour. Everything here is pure.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache

from services.registers import visiting_words as words

MAX_TEXT = 200
_UNREADABLE = "看不懂“{part}”，可以这样写：{examples}"
_NO_SUCH_DAY = "“{part}”里没有这样的日期"
_NO_SUCH_HOUR = "“{part}”里没有这样的时间"
_BACKWARDS = "“{part}”的结束须在开始之后"
_TOO_LONG = "最多 {limit} 个字"
_UNWELCOME = "该客户不宜拜访：{part}"
_WORK = range(9 * 60, 18 * 60)
_LAST_DAYS = 3
"""So many days are the end of a month."""


@dataclass(frozen=True)
class _Part:
    """One part: how it was written, on which days it holds, and during which minutes of them."""

    text: str
    holds_on: Callable[[date], bool]
    spans: tuple[tuple[int, int], ...]

    def fits(self, day: date, at: time) -> bool:
        minute = at.hour * 60 + at.minute
        return self.holds_on(day) and any(start <= minute < end for start, end in self.spans)


class _Refused(Exception):
    """A part cannot be read; the sentence says which and why."""


def problem(text: str) -> str:
    """What cannot be read in a text, as a sentence that names the part; nothing when all of it is understood."""
    if len(text) > MAX_TEXT:
        return _TOO_LONG.format(limit=MAX_TEXT)
    try:
        for part in _parts(text):
            _read(part)
    except _Refused as refused:
        return str(refused)
    return ""


def allows(no_visit: str, day: date, at: time | None) -> bool:
    """Whether a visit is welcome at this hour; without an hour, whether the working day has any hour that is.

    Parts that cannot be read forbid nothing: they are refused where they are typed.
    """
    return not why_not(no_visit, day, at)


def why_not(no_visit: str, day: date, at: time | None) -> str:
    """The sentence for a visit that is not welcome, with the part that says so; nothing when it is welcome."""
    parts = [part for part in _readable(no_visit) if part.holds_on(day)]
    if at is not None:
        hit = [part.text for part in parts if part.fits(day, at)]
    else:
        taken = {minute for part in parts for start, end in part.spans for minute in range(start, end)}
        hit = [part.text for part in parts] if taken.issuperset(_WORK) else []
    return _UNWELCOME.format(part="；".join(hit)) if hit else ""


@lru_cache(maxsize=1_000)
def _readable(text: str) -> tuple[_Part, ...]:
    found = []
    for part in _parts(text[:MAX_TEXT]):
        try:
            found.append(_read(part))
        except _Refused:
            continue
    return tuple(found)


def _parts(text: str) -> list[str]:
    """The parts as they were written, without what only separates them."""
    whole = unicodedata.normalize("NFKC", text.replace("；", ";").replace("，", ","))
    return [part.strip() for part in words.PART.split(whole) if part.strip()]


def _read(part: str) -> _Part:
    """Raises _Refused."""
    compact = re.sub(r"\s+", "", part)
    compact = words.TILDE.sub("~", compact)
    days = words.DAYS.match(compact)
    holds_on = _days(part, days) if days else (lambda _day: True)
    spans, at = [], days.end() if days else 0
    while at < len(compact):
        hours = words.HOURS.match(compact, at)
        if hours is None:
            raise _Refused(_UNREADABLE.format(part=part, examples=words.EXAMPLES))
        spans.append(_span(part, hours))
        at = hours.end()
        if at < len(compact) - 1 and words.AND.match(compact[at]):
            at += 1
    return _Part(part, holds_on, tuple(spans) or ((0, words.DAY_MINUTES),))


def _days(part: str, found: re.Match[str]) -> Callable[[date], bool]:
    kind = found.lastgroup
    text = found[kind] if kind else ""
    if kind == "every":
        return lambda _day: True
    if kind == "work":
        return lambda day: day.weekday() < 5
    if kind == "rest":
        return lambda day: day.weekday() >= 5
    if kind == "week":
        return _weekdays(text)
    if kind == "end":
        return _last_days(_LAST_DAYS)
    if kind == "last":
        return _last_days(_within(part, text, 1, 31))
    if kind == "month":
        return _month_days(part, text)
    return _dates(part, text)


def _weekdays(text: str) -> Callable[[date], bool]:
    chosen: set[int] = set()
    for piece in words.AND.split(words.WEEK.sub("", text)):
        names = words.RANGE.split(piece)
        first, last = words.WEEKDAYS[names[0]], words.WEEKDAYS[names[-1]]
        chosen.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return lambda day: day.weekday() in chosen


def _last_days(count: int) -> Callable[[date], bool]:
    return lambda day: day.day > monthrange(day.year, day.month)[1] - count


def _month_days(part: str, text: str) -> Callable[[date], bool]:
    chosen: set[int] = set()
    for piece in words.AND.split(words.DAY_MARK.sub("", text)):
        numbers = [_within(part, number, 1, 31) for number in words.RANGE.split(piece)]
        if numbers[0] > numbers[-1]:
            raise _Refused(_BACKWARDS.format(part=part))
        chosen.update(range(numbers[0], numbers[-1] + 1))
    return lambda day: day.day in chosen


def _within(part: str, number: str, low: int, high: int) -> int:
    if not low <= int(number) <= high:
        raise _Refused(_NO_SUCH_DAY.format(part=part))
    return int(number)


def _dates(part: str, text: str) -> Callable[[date], bool]:
    """Days of one year, or of every year where none is written; every year's may go over the year's end."""
    ends = [tuple(int(number) for number in re.findall(r"\d+", end)) for end in words.DATE_RANGE.split(text)]
    first, last = ends[0], ends[-1]
    for end in (first, last):
        # 29 February is a day of some years
        _check_date(part, *(end if len(end) == 3 else (2024, *end)))
    if len(first) == 3 and len(last) == 2:
        last = (first[0], *last)
    if len(first) != len(last) or (len(first) == 3 and last < first):
        raise _Refused(_BACKWARDS.format(part=part))
    if len(first) == 3:
        return lambda day: first <= (day.year, day.month, day.day) <= last
    if first <= last:
        return lambda day: first <= (day.month, day.day) <= last
    return lambda day: (day.month, day.day) >= first or (day.month, day.day) <= last


def _check_date(part: str, year: int, month: int, day: int) -> None:
    try:
        date(year, month, day)
    except ValueError as error:
        raise _Refused(_NO_SUCH_DAY.format(part=part)) from error


def _span(part: str, found: re.Match[str]) -> tuple[int, int]:
    if found["name"]:
        return words.HOURS_OF[found["name"]]
    first, last = found["from"] or found["after"], found["to"] or found["before"]
    start = _minute(part, first, found["half"]) if first else 0
    end = _minute(part, last, found["half"]) if last else words.DAY_MINUTES
    if end <= start:
        raise _Refused(_BACKWARDS.format(part=part))
    return start, end


def _minute(part: str, clock: str, half: str | None) -> int:
    """The minute of the day; behind 下午 or 晚上 three o'clock is 15:00."""
    hour, *rest = map(int, re.findall(r"\d+", clock))
    if hour < 12 and (half in words.LATER or (half == words.NOON and hour < 11)):
        hour += 12
    minute = 30 if clock.endswith(words.HALF_PAST) else rest[0] if rest else 0
    total = hour * 60 + minute
    if minute > 59 or total > words.DAY_MINUTES:
        raise _Refused(_NO_SUCH_HOUR.format(part=part))
    return total
