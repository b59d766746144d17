"""What the operators of FEEL do: null where Python would raise, and a note that says why (DMN 1.3, 10.3.2)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from workflows.decisions.values import (
    YearsMonths,
    from_python,
    kind_name,
    kind_of,
    read_date,
    read_date_time,
    read_duration,
    read_moment,
    read_number,
    read_time,
    show,
)

MAX_NOTES = 50

_FAILURES = (TypeError, ValueError, ArithmeticError, AttributeError)
_ORDERED = frozenset(
    {
        "number",
        "string",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    }
)
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Notes:
    """Why something came out as null, each reason once."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def add(self, text: str) -> None:
        if len(self._texts) < MAX_NOTES:
            self._texts.setdefault(text)

    def take(self) -> tuple[str, ...]:
        """The notes so far, and forget them."""
        texts, self._texts = tuple(self._texts), {}
        return texts


def functions(notes: Notes, invoke: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """What a compiled tree may call; ``invoke`` runs a business knowledge model by name."""
    operators = _Operators(notes)
    return {
        **{name: getattr(operators, name) for name in _METHODS},
        "number": lambda text: operators.read(read_number, text),
        "date": operators.date,
        "time": lambda text: operators.read(read_time, text),
        "date and time": lambda text: operators.read(read_date_time, text),
        "duration": lambda text: operators.read(read_duration, text),
        "moment": lambda text: operators.read(read_moment, text),
        "both": both,
        "either": either,
        "holds": holds,
        "invoke": invoke,
    }


_METHODS = (
    *("add", "subtract", "multiply", "divide", "power", "negate"),
    *("compare", "matches", "negation", "path", "within"),
)


def same(left: Any, right: Any) -> bool | None:
    """FEEL's equality: null only equals null, and two values of different types have no answer (null)."""
    if left is None or right is None:
        return left is right
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    if kind == "list":
        return len(left) == len(right) and all(same(*pair) is True for pair in zip(left, right, strict=True))
    if kind == "context":
        return left.keys() == right.keys() and all(same(left[key], right[key]) is True for key in left)
    return bool(left == right)


def holds(value: Any) -> bool:
    """Only true is true: null and anything else are not."""
    return value is True


def both(*conditions: Any) -> bool | None:
    """Three-valued and: false wins, then null."""
    if any(condition is False for condition in conditions):
        return False
    return True if all(condition is True for condition in conditions) else None


def either(*conditions: Any) -> bool | None:
    """Three-valued or: true wins, then null."""
    if any(condition is True for condition in conditions):
        return True
    return False if all(condition is False for condition in conditions) else None


class _Operators:
    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def _nothing(self, reason: str) -> None:
        self._notes.add(reason)

    def read(self, reader: Callable[[str], Any], text: Any) -> Any:
        if not isinstance(text, str):
            return self._nothing(f"{show(text)} 不是可以读成日期、时间或时长的文字")
        try:
            return reader(text)
        except (ValueError, ArithmeticError) as error:
            return self._nothing(str(error))

    def date(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value.date()
        return value if isinstance(value, date) else self.read(read_date, value)

    def negation(self, condition: Any) -> bool | None:
        return not condition if isinstance(condition, bool) else None

    def path(self, record: Any, field: str) -> Any:
        if isinstance(record, list | tuple):
            return [self.path(item, field) for item in record]
        if isinstance(record, Mapping):
            if field in record:
                return from_python(record[field])
            return self._nothing(f"这条记录没有字段 {field}")
        return self._nothing(f"{show(record)} 没有字段 {field}")

    # comparison

    def compare(self, left: Any, sign: str, right: Any) -> bool | None:
        if sign in ("=", "!="):
            equal = same(left, right)
            if equal is None:
                self._unlike(left, right)
                return None
            return equal if sign == "=" else not equal
        if left is None or right is None:
            return None
        if kind_of(left) != kind_of(right) or kind_of(left) not in _ORDERED:
            self._unlike(left, right)
            return None
        try:
            return _ORDER[sign](left, right)
        except _FAILURES:  # a time with a zone and one without
            self._unlike(left, right)
            return None

    def _unlike(self, left: Any, right: Any) -> None:
        self._nothing(f"{_typed(left)}不能与{_typed(right)}比较")

    def within(self, value: Any, opening: str, low: Any, high: Any, closing: str) -> bool | None:
        above = self.compare(value, ">=" if opening == "[" else ">", low)
        return both(above, self.compare(value, "<=" if closing == "]" else "<", high))

    def matches(self, value: Any, expected: Any) -> bool | None:
        """A plain value as a test: equal to it, or one of it if it is a list (DMN 1.3, table 54)."""
        if isinstance(expected, list | tuple) and not isinstance(value, list | tuple):
            return either(*(same(value, item) for item in expected), False)
        return self.compare(value, "=", expected)

    # arithmetic

    def add(self, left: Any, right: Any) -> Any:
        return self._calculate("+", left, right, add)

    def subtract(self, left: Any, right: Any) -> Any:
        return self._calculate("-", left, right, _subtract)

    def multiply(self, left: Any, right: Any) -> Any:
        return self._calculate("*", left, right, _multiply)

    def divide(self, left: Any, right: Any) -> Any:
        return self._calculate("/", left, right, _divide)

    def power(self, left: Any, right: Any) -> Any:
        return self._calculate("**", left, right, lambda base, exponent: _number(base) ** _number(exponent))

    def negate(self, value: Any) -> Any:
        if isinstance(value, timedelta):
            return -value
        return self._calculate("*", value, Decimal(-1), _multiply)

    def _calculate(self, sign: str, left: Any, right: Any, work: Callable[[Any, Any], Any]) -> Any:
        try:
            return work(left, right)
        except _FAILURES:
            return self._nothing(f"{show(left)} {sign} {show(right)} 算不出结果")


def _typed(value: Any) -> str:
    return f"{kind_name(kind_of(value))} {show(value)} "


def _number(value: Any) -> Decimal:
    if kind_of(value) != "number":
        raise TypeError
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def add(left: Any, right: Any) -> Any:
    """The sum of two numbers, texts, durations, or a moment and a duration. Raises TypeError or ArithmeticError."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(right, date | time) and isinstance(left, timedelta | YearsMonths):
        left, right = right, left
    if isinstance(right, YearsMonths):
        return _plus_months(left, right.months)
    if isinstance(right, timedelta):
        return _plus_time(left, right)
    return _number(left) + _number(right)


def _subtract(left: Any, right: Any) -> Any:
    if isinstance(right, YearsMonths):
        return _plus_months(left, -right.months)
    if isinstance(right, timedelta):
        return _plus_time(left, -right)
    if isinstance(left, date | time):
        return _moment(left) - _moment(right)
    return _number(left) - _number(right)


def _multiply(left: Any, right: Any) -> Any:
    if isinstance(right, timedelta | YearsMonths):
        left, right = right, left
    if isinstance(left, timedelta):
        return _scaled(left, _number(right))
    if isinstance(left, YearsMonths):
        return YearsMonths(int(left.months * _number(right)))
    return _number(left) * _number(right)


def _divide(left: Any, right: Any) -> Any:
    if isinstance(left, timedelta):
        return _seconds(left) / _seconds(right) if isinstance(right, timedelta) else _scaled(left, 1 / _number(right))
    if isinstance(left, YearsMonths):
        if isinstance(right, YearsMonths):
            return Decimal(left.months) / Decimal(right.months)
        return YearsMonths(int(left.months / _number(right)))
    return _number(left) / _number(right)


def _seconds(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(microseconds=1)) / 1_000_000


def _scaled(length: timedelta, factor: Decimal) -> timedelta:
    return timedelta(microseconds=int(_seconds(length) * factor * 1_000_000))


def _moment(value: Any) -> datetime:
    """Dates and times of day on one line, so that any two of a kind have a distance."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, time):
        return datetime.combine(date(1970, 1, 1), value)
    raise TypeError


def _plus_time(left: Any, length: timedelta) -> Any:
    if isinstance(left, time):
        return (_moment(left) + length).timetz()  # past midnight it begins anew
    if isinstance(left, date | timedelta):
        return left + length
    raise TypeError


def _plus_months(left: Any, months: int) -> Any:
    """The same day months later, or the last one of that month."""
    if isinstance(left, YearsMonths):
        return YearsMonths(left.months + months)
    if not isinstance(left, date):
        raise TypeError
    year, month = divmod(left.year * 12 + left.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return left.replace(year=year, month=month + 1, day=min(left.day, last))
