"""What a cell says, as a value of a register: each reader gives a value that JSON can hold, or says what is wrong.

Money and distances are texts with their decimals, moments are ISO 8601 in UTC: what the registers show as the same is
the same value here, so that a file can be compared with what is there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from services.registers import visiting_hours
from workflows.calendar import COMPANY_ZONE

Cell = str | int | float | bool | date | datetime | time | timedelta | None
Value = str | int | None
Reader = Callable[[Cell], Value]

EXACT = 10**15
"""From here on a spreadsheet no longer keeps every digit of a number."""
FIRST_YEAR, LAST_YEAR = 1900, 2199

_DIGITS_LOST = "Excel 把它变成了数字，末尾几位已经丢失；请把这一列设为“文本”格式后重新填写"
_TURNED_TO_DATE = "Excel 把它变成了日期；请把这一列设为“文本”格式后重新填写"
_SCIENTIFIC = re.compile(r"[+-]?\d(\.\d+)?E\+\d+", re.IGNORECASE | re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?|\d+(\.\d*)?", re.ASCII)
_DAY = re.compile(r"(\d{4})[-/.\u5e74](\d{1,2})[-/.\u6708](\d{1,2})\u65e5?", re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/.\u5e74](\d{1,2})\u6708?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?", re.ASCII)
_ZONED = re.compile(r".*(Z|[+-]\d{2}:?\d{2})", re.ASCII)


class Refused(Exception):
    """A cell that cannot be taken; the sentence says why and what to do."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template.format(**values))


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def shown(cell: Cell) -> str:
    """The cell as a person typed it, for a file with the rows to correct; with a mark for what no database keeps."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return str(cell).replace("\0", "\ufffd")


def text(limit: int) -> Reader:
    """Any text of at most so many characters."""

    def read(cell: Cell) -> str:
        found = _text(cell)
        if len(found) > limit:
            raise Refused("最多 {limit} 个字，这里有 {length} 个", limit=limit, length=len(found))
        return found

    return read


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        raise Refused("应为文字，不是真假值")
    if isinstance(cell, date | time | timedelta):
        raise Refused(_TURNED_TO_DATE)
    if isinstance(cell, int | float):
        return _digits(cell)
    found = (cell or "").strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r" for character in found):
        raise Refused("含有看不见的控制字符，请重新输入")
    return found


def _digits(number: float) -> str:
    """A number in a column of texts, as its digits; refused when the spreadsheet has lost some."""
    if abs(number) >= EXACT:
        raise Refused(_DIGITS_LOST)
    return str(int(number)) if number == int(number) else f"{number:.15g}"


def code(limit: int) -> Reader:
    """A text that names something: what a spreadsheet has shortened is not that name any more."""
    plain = text(limit)

    def read(cell: Cell) -> Value:
        found = plain(cell)
        if isinstance(found, str) and _SCIENTIFIC.fullmatch(found):
            raise Refused(_DIGITS_LOST)
        if isinstance(found, str) and ("\n" in found or "\t" in found):
            raise Refused("不能换行")
        return found

    return read


def choice(words: Mapping[str, str]) -> Reader:
    """One of some values, by any of the words for it."""
    known = {_folded(word): value for word, value in words.items()}
    offered = "、".join(dict.fromkeys(_first_words(words)))

    def read(cell: Cell) -> str:
        found = known.get(_folded(_text(cell)))
        if found is None:
            raise Refused("没有“{given}”这一项，可以填：{offered}", given=_text(cell)[:40], offered=offered)
        return found

    return read


def _first_words(words: Mapping[str, str]) -> list[str]:
    """For each value the word that comes first, which is the one that people see."""
    first: dict[str, str] = {}
    for word, value in words.items():
        first.setdefault(value, word)
    return list(first.values())


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()


def amount(cell: Cell) -> str:
    """Money, not negative, with at most two decimals."""
    return _decimal(cell, places=2, digits=11)


def distance(cell: Cell) -> str:
    """Kilometres with at most one decimal."""
    return _decimal(cell, places=1, digits=6)


def _decimal(cell: Cell, *, places: int, digits: int) -> str:
    if isinstance(cell, bool | date | time | timedelta):
        raise Refused("应为数字，例如 1234.5")
    number = _number(cell)
    if number is None or not number.is_finite():
        raise Refused("应为数字，例如 1234.5")
    if number < 0:
        raise Refused("不能是负数")
    if number >= 10**digits:
        raise Refused("数字太大")
    if number != (rounded := round(number, places)):
        raise Refused("最多 {places} 位小数", places=places)
    return f"{abs(rounded):.{places}f}"


def _number(cell: Cell) -> Decimal | None:
    if isinstance(cell, int | float):
        # fifteen digits is what the spreadsheet shows; what is beyond comes from its binary arithmetic
        return Decimal(f"{cell:.15g}")
    typed = unicodedata.normalize("NFKC", str(cell or "")).strip().removeprefix("¥").removesuffix("元").strip()
    sign, plain = ("-", typed[1:]) if typed.startswith("-") else ("", typed)
    if not _GROUPED.fullmatch(plain):
        return None
    try:
        return Decimal(sign + plain.replace(",", ""))
    except InvalidOperation:
        return None


def count(cell: Cell) -> int:
    """A whole number of things, not negative."""
    number = None if isinstance(cell, bool | date | time | timedelta) else _number(cell)
    if number is None or not number.is_finite() or number != number.to_integral_value():
        raise Refused("应为整数")
    if number < 0:
        raise Refused("不能是负数")
    if number >= 10**9:
        raise Refused("数字太大")
    return int(number)


def day(cell: Cell) -> str:
    """A day as ISO 8601."""
    return _moment(cell, with_time=False).date().isoformat()


def moment(cell: Cell) -> str:
    """A moment in UTC to the second; without a zone it is meant in Shanghai."""
    found = _moment(cell, with_time=True)
    return found.astimezone(UTC).replace(microsecond=0).isoformat()


def _moment(cell: Cell, *, with_time: bool) -> datetime:
    example = "2026-11-20 09:30" if with_time else "2026-11-20"
    if isinstance(cell, datetime):
        found: datetime | None = cell
    elif isinstance(cell, date):
        found = datetime.combine(cell, time())
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        raise Refused("单元格里是数字，不是日期；请把这一列设为日期格式，或写成 {example}", example=example)
    else:
        found = _written(str(cell or ""))
    if found is None:
        raise Refused("看不懂这个日期，请写成 {example}", example=example)
    if not FIRST_YEAR < found.year <= LAST_YEAR:
        raise Refused("日期应在 {first} 年到 {last} 年之间", first=FIRST_YEAR + 1, last=LAST_YEAR)
    return found if found.tzinfo else found.replace(tzinfo=COMPANY_ZONE)


def _written(typed: str) -> datetime | None:
    plain = " ".join(unicodedata.normalize("NFKC", typed).split())
    try:
        if _ZONED.fullmatch(plain) and ":" in plain:
            return datetime.fromisoformat(plain)
        found = _DAY.match(plain)
        if found is None:
            return None
        rest = plain[found.end() :].removeprefix("T").strip()
        clock = _CLOCK.fullmatch(rest)
        if rest and clock is None:
            return None
        hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
        year, month_, day_ = map(int, found.groups())
        return datetime(year, month_, day_, hour, minute, second, tzinfo=COMPANY_ZONE)
    except ValueError:
        return None


def month(cell: Cell) -> str:
    """A month as ``2026-11``; a spreadsheet makes a day of it, which says the same."""
    if isinstance(cell, date):
        return f"{cell:%Y-%m}"
    found = _MONTH.fullmatch(unicodedata.normalize("NFKC", _text(cell)))
    if found is None or not 1 <= int(found[2]) <= 12 or not FIRST_YEAR < int(found[1]) <= LAST_YEAR:
        raise Refused("应为“2026-11”这样的年月")
    return f"{found[1]}-{int(found[2]):02}"


def unwelcome_hours(cell: Cell) -> str:
    """When a customer should not be visited, in the words that a plan of visits can be checked by."""
    found = _text(cell)
    trouble = visiting_hours.problem(found)
    if trouble:
        raise Refused(trouble)
    return found


def email(cell: Cell) -> str:
    """An address of mail."""
    found = _text(cell)
    if len(found) > 120 or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", found):
        raise Refused("不是邮箱地址")
    return found
