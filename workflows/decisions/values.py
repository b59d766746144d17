"""The values of FEEL (DMN 1.3, 10.3.2.3): what they are in Python, how their texts are read and shown.

number: Decimal; string: str; boolean: bool; date, time, date and time: the classes of ``datetime``; days and time
duration: timedelta; years and months duration: ``YearsMonths``; list: list; context: dict; no value: None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_DATE = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?"
_ZONE = r"Z|[+-]\d{2}:\d{2}|@[A-Za-z]\w*(?:[/+-]\w+)*"
_DATE_TIME = re.compile(rf"({_DATE})(?:T({_CLOCK})({_ZONE})?)?", re.ASCII)
_TIME = re.compile(rf"({_CLOCK})({_ZONE})?", re.ASCII)
_MONTHS = re.compile(r"(-?)P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?", re.ASCII)
_DAYS = re.compile(r"(-?)P(?:(\d{1,7})D)?(?:(?=T\d)T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?")


@dataclass(frozen=True, order=True)
class YearsMonths:
    """A duration in whole months, which has no fixed length in days."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return f"{'-' if self.months < 0 else ''}P{text}"


def kind_of(value: Any) -> str:
    """The FEEL type of a value, as a process owner reads it; ``unknown`` for anything that is no FEEL value."""
    for classes, kind in _KINDS:
        if isinstance(value, classes):
            return kind
    return "unknown"


def kind_name(kind: str) -> str:
    """What people call a type of FEEL."""
    return _KIND_NAMES.get(kind, kind)


_KIND_NAMES = {
    "null": "空值",
    "boolean": "是否",
    "number": "数字",
    "string": "文字",
    "date": "日期",
    "time": "时间",
    "date and time": "日期时间",
    "days and time duration": "时长（天）",
    "years and months duration": "时长（月）",
    "list": "列表",
    "context": "记录",
    "Any": "任意值",
}

# bool is an int and datetime is a date for Python, so the narrower class comes first
_KINDS: tuple[tuple[Any, str], ...] = (
    (type(None), "null"),
    (bool, "boolean"),
    (int | Decimal | float, "number"),
    (str, "string"),
    (datetime, "date and time"),
    (date, "date"),
    (time, "time"),
    (timedelta, "days and time duration"),
    (YearsMonths, "years and months duration"),
    (list | tuple, "list"),
    (Mapping, "context"),
)


@lru_cache(maxsize=4_096)
def read_date(text: str) -> date:
    """``2026-03-01``. Raises ValueError."""
    try:
        if re.fullmatch(_DATE, text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass  # the 30th of February
    raise ValueError(f'“{text}”不是日期，请写成 "2026-03-01" 的样子')


@lru_cache(maxsize=4_096)
def read_time(text: str) -> time:
    """``08:30:00``, ``08:30:00Z``, ``08:30:00+08:00`` or ``08:30:00@Asia/Shanghai``. Raises ValueError."""
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f'“{text}”不是时间，请写成 "08:30:00" 的样子')
    return _clock(match[1], match[2])


@lru_cache(maxsize=4_096)
def read_date_time(text: str) -> datetime:
    """A date, ``T`` and a time; a date alone means its midnight. Raises ValueError."""
    match = _DATE_TIME.fullmatch(text)
    if not match:
        raise ValueError(f'“{text}”不是日期时间，请写成 "2026-03-01T08:30:00" 的样子')
    return datetime.combine(read_date(match[1]), _clock(match[2], match[3]) if match[2] else time())


@lru_cache(maxsize=4_096)
def read_duration(text: str) -> timedelta | YearsMonths:
    """``P1Y6M`` in years and months, or ``P3DT12H`` in days and time; the two never mix. Raises ValueError."""
    months, days = _MONTHS.fullmatch(text), _DAYS.fullmatch(text)
    if months and (months[2] or months[3]):
        total = int(months[2] or 0) * 12 + int(months[3] or 0)
        return YearsMonths(-total if months[1] else total)
    if days and any(days.groups()[1:]):
        return _days_and_time(days.groups()[1:], -1 if days[1] else 1)
    raise ValueError(f'“{text}”不是时长，请写成 "P1Y6M"（1 年 6 个月）或 "P3DT12H"（3 天 12 小时）的样子')


@lru_cache(maxsize=4_096)
def read_number(text: str) -> Decimal:
    """The exact decimal. Raises ArithmeticError."""
    return Decimal(text)


def read_moment(text: str) -> Any:
    """The value of FEEL's ``@"..."``: whichever of date, time, date and time, or duration the text is.

    Raises ValueError.
    """
    for read in (read_date, read_time, read_date_time, read_duration):
        try:
            return read(text)
        except ValueError:
            continue
    raise ValueError(f'@"{text}" 不是日期、时间、日期时间或时长')


def from_python(value: Any) -> Any:
    """The FEEL value of a plain Python one: numbers become Decimal, however deep they are.

    A float becomes the Decimal that a person reads in it; what FEEL has no type for becomes None.
    """
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        number = _decimal(value)
        return number if number.is_finite() else None
    if isinstance(value, Mapping):
        return {str(key): from_python(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [from_python(item) for item in value]
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return value if kind_of(value) != "unknown" else None


def _decimal(value: int | float | Decimal) -> Decimal:
    """The number that a person reads in a float; the way over text is closed to very long whole numbers."""
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def show(value: Any) -> str:
    """A value the way it is written in a table, cut to a line."""
    kind = kind_of(value)
    if kind == "null":
        return "null"
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "string":
        return f'"{value[:80]}"'
    if kind == "list":
        return f"{len(value)} 项的列表"
    if kind == "context":
        return "一条记录"
    if kind == "number":
        return number_text(value)
    return f'{kind if kind in ("date", "time", "date and time") else "duration"}("{iso_text(value)}")'


def number_text(value: int | float | Decimal) -> str:
    """All digits, without an exponent where that stays short."""
    number = _decimal(value)
    exponent = number.as_tuple().exponent
    plain = isinstance(exponent, int) and -40 <= exponent <= 0
    return format(number, "f") if plain or abs(number.adjusted()) <= 40 else str(number)


def iso_text(value: Any) -> str:
    """ISO 8601 for dates, times and durations, the way FEEL reads it back."""
    if isinstance(value, timedelta):
        return _duration_text(value)
    if isinstance(value, YearsMonths):
        return str(value)
    zone = value.tzinfo if isinstance(value, time | datetime) else None
    if isinstance(zone, ZoneInfo):
        return f"{value.replace(tzinfo=None).isoformat()}@{zone.key}"
    return str(value.isoformat()).replace("+00:00", "Z")


def _duration_text(value: timedelta) -> str:
    length = abs(value)
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{length.microseconds:06d}".rstrip("0") if length.microseconds else ""
    parts = ((hours, f"{hours}H"), (minutes, f"{minutes}M"), (seconds or fraction, f"{seconds}{fraction}S"))
    clock = "".join(text for amount, text in parts if amount)
    days = f"{length.days}D" * bool(length.days)
    return f"{'-' if value < timedelta() else ''}P{days}{'T' * bool(clock)}{clock}" if days or clock else "PT0S"


def _days_and_time(parts: Sequence[str | None], sign: int) -> timedelta:
    days, hours, minutes = (int(part or 0) for part in parts[:3])
    microseconds = int(Decimal(parts[3] or 0) * 1_000_000)
    return sign * timedelta(days=days, hours=hours, minutes=minutes, microseconds=microseconds)


def _clock(text: str, zone: str | None) -> time:
    try:
        return time.fromisoformat(text[:15]).replace(tzinfo=_zone(zone))
    except ValueError as error:
        raise ValueError(f"“{text}{zone or ''}”不是时间") from error


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    if text.startswith("@"):
        try:
            return ZoneInfo(text[1:])
        except (KeyError, OSError) as error:
            raise ValueError(f"不知道时区 {text[1:]}") from error
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))
