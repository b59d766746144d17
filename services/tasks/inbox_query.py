"""The query of an inbox's address: what a page, a saved filter and the API understand alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from services.errors import InvalidInput
from services.tasks.inbox_filters import SORTS, VIEWS, InboxFilter
from workflows.calendar import COMPANY_ZONE

DUE = ("late", "soon", "today", "week")
MAX_VALUE = 200
LAST_DAY = date(2999, 12, 31)
_SOON = timedelta(hours=24)


def _day(text: str) -> date:
    return min(date.fromisoformat(text), LAST_DAY)


def _amount(text: str) -> Decimal:
    amount = Decimal(text.replace(",", ""))
    if not amount.is_finite() or abs(amount) > 10**12:
        raise InvalidOperation(text)
    return amount


def _one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return read


_SORTED = (*SORTS, *(f"-{sort}" for sort in SORTS))
_READERS: Mapping[str, Callable[[str], Any]] = {
    "view": _one_of(VIEWS),
    "process": str,
    "q": str,
    "starter": str,
    "department": str,
    "customer": str,
    "created_from": _day,
    "created_to": _day,
    "due": _one_of(DUE),
    "amount_from": _amount,
    "amount_to": _amount,
    "sort": _one_of(_SORTED),
}
_WRONG = {
    "view": f"可用：{'、'.join(VIEWS)}",
    "due": f"可用：{'、'.join(DUE)}",
    "sort": f"可用：{'、'.join(SORTS)}，前加 - 为倒序",
}
FIELDS = tuple(_READERS)


def cleaned(query: Mapping[str, Any]) -> dict[str, str]:
    """The filled-in fields of a query, to be kept. Raises InvalidInput naming every field that makes no sense."""
    errors: dict[str, list[str]] = {name: ["不是筛选的字段"] for name in query if name not in _READERS}
    found = {}
    for name, value in query.items():
        text = str(value).strip() if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
        if text is None or len(text) > MAX_VALUE:
            errors.setdefault(name, ["内容不正确"])
        elif text and name not in errors:
            try:
                _READERS[name](text)
                found[name] = text
            except (ValueError, InvalidOperation):
                errors[name] = [_WRONG.get(name, "格式不正确")]
    if errors:
        raise InvalidInput(errors)
    return found


def understood(query: Mapping[str, str]) -> dict[str, str]:
    """What of an address makes sense; the rest is as good as not asked."""
    found: dict[str, str] = {}
    for name, value in query.items():
        try:
            found |= cleaned({name: value})
        except InvalidInput:
            continue
    return found


def to_filter(query: Mapping[str, str], *, now: datetime, limit: int = 50, cursor: str = "") -> InboxFilter:
    """The filter that a query of these fields means at this moment: "due today" is today's at every look."""
    values = {name: _READERS[name](query[name]) for name in FIELDS if query.get(name)}
    due = values.pop("due", "")
    today = now.astimezone(COMPANY_ZONE).date()
    return InboxFilter(
        text=values.pop("q", ""),
        due_before={"today": today, "week": today + timedelta(days=7)}.get(due),
        due_until={"late": now, "soon": now + _SOON}.get(due),
        limit=limit,
        cursor=cursor,
        **values,
    )
