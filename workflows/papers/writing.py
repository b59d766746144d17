"""Values as they stand on paper: always Chinese, whatever language the reader has chosen."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from workflows.calendar import COMPANY_ZONE
from workflows.forms.fields import Field
from workflows.forms.printing import amount_in_words, plain_number, written_amount
from workflows.forms.showing import shown
from workflows.papers.document import NAME, SMALL, Words

_TWO_PLACES = Decimal("0.01")
_ANSWERS = {"approve": "同意", "reject": "驳回", "abstain": "弃权"}
_AGAINST = frozenset({"reject", "abstain"})
_CHOSEN = "√"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who answered a step, and what they said."""

    name: str
    at: datetime
    outcome: str = ""
    answer: str = ""
    """What the process calls an outcome of its own."""
    comment: str = ""
    on_behalf_of: str = ""


@dataclass(frozen=True, kw_only=True)
class Registers:
    """What the registers say of the codes on a paper: register → code → label or entry."""

    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    entries: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    def label(self, source: str, code: str) -> str | None:
        return self.labels.get(source, {}).get(code)

    def entry(self, source: str, code: str) -> Mapping[str, Any]:
        return self.entries.get(source, {}).get(code, {})


def plain(text: str) -> str:
    """The text without what no printer prints: control and format characters, and halves of characters."""
    return "".join(
        character
        for character in text.replace("\r\n", "\n").replace("\t", " ")
        if character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    ).strip()


def written(
    block: Mapping[str, Any],
    fields: Mapping[str, Field],
    record: Mapping[str, Any],
    registers: Registers,
    *,
    short: bool = False,
) -> str:
    """What ``block`` wants printed of a record: its ``field``, and behind it the one that is ``also`` asked for.

    ``short`` is for the columns of a table.
    """
    names = [block[key] for key in ("field", "also") if key in block]
    texts = (_written(block, fields.get(name, {}), record.get(name), registers, short) for name in names)
    return " ".join(filter(None, texts))


def _written(block: Mapping[str, Any], known: Field, value: Any, registers: Registers, short: bool) -> str:
    if "choices" in block:
        return "  ".join(f"{_CHOSEN}{choice}" if choice == value else str(choice) for choice in block["choices"])
    if value in (None, "", [], {}):
        return ""
    if "of" in block:
        return _of_register(block, registers.entry(known.get("x-source", ""), str(value)).get(block["of"]))
    if block.get("money") or _is_money(known):
        return written_amount(value)
    day = str if short else long_day
    return plain(shown(known, value, label=registers.label, day=day))


def _of_register(block: Mapping[str, Any], value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return written_amount(value) if block.get("money") else f"{value:f}"
    return plain(str(value))


def _is_money(known: Field) -> bool:
    """A number that is kept to the hundredth is money."""
    step = known.get("multipleOf")
    return known.get("type") == "number" and step is not None and Decimal(str(step)) == _TWO_PLACES


def long_day(text: str) -> str:
    """A date as people write it; what is no date stays as it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def added(values: Iterable[Any]) -> Decimal:
    """The sum of what is a number."""
    return sum((number for value in values if (number := plain_number(value)) is not None), Decimal(0))


def capital(amount: Any) -> str:
    """大写, or nothing where there is no number."""
    number = plain_number(amount)
    return "" if number is None else amount_in_words(number)


def _name(signature: Signature) -> str:
    absent = f" 代 {signature.on_behalf_of}" if signature.on_behalf_of else ""
    return plain(signature.name + absent)


def signed(signatures: Sequence[Signature]) -> tuple[Words, ...]:
    """What stands in the cell of a signature row: opinion, name and time of each who signed."""
    return tuple(words for signature in signatures for words in _signed(signature))


def _signed(signature: Signature) -> list[Words]:
    at = signature.at.astimezone(COMPANY_ZONE).strftime("%Y-%m-%d %H:%M")
    opinion = _opinion(signature)
    said = [Words(text=opinion)] if opinion else []
    return [*said, Words(text=_name(signature), style=NAME), Words(text=at, style=SMALL)]


def _opinion(signature: Signature) -> str:
    answer, comment = _ANSWERS.get(signature.outcome, signature.answer), plain(signature.comment)
    if comment and signature.outcome in _AGAINST:
        return f"{answer}：{comment}"
    return comment or answer


def signed_briefly(signatures: Sequence[Signature], *, day: bool = True) -> tuple[Words, ...]:
    """What stands on a line or in a narrow cell: name and day, that it was no approval, and what was said."""
    return tuple(words for signature in signatures for words in _signed_briefly(signature, day))


def _signed_briefly(signature: Signature, day: bool) -> list[Words]:
    said = _ANSWERS[signature.outcome] if signature.outcome in _AGAINST else ""
    below = " ".join(filter(None, (said, day_of(signature) if day else "", plain(signature.comment))))
    return [Words(text=_name(signature)), *([Words(text=below, style=SMALL)] if below else [])]


def day_of(signature: Signature) -> str:
    """The day of a signature, as a date is stored."""
    return signature.at.astimezone(COMPANY_ZONE).date().isoformat()
