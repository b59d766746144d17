"""Amounts in figures and in words, as they are written on Chinese paper forms.

The rules are the People's Bank of China's: 正确填写票据和结算凭证的基本规定 (支付结算办法, 银发〔1997〕393号, 附一).
Where they allow several writings, ours are: 整 after 元 and after 角, no 零 before 角 when the yuan end in 0, and none
after 万 and 亿 before a digit of the thousands. 分 without 角 is always written with 零.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "兆", "京")
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


def plain_number(value: Any) -> Decimal | None:
    """A number written in plain digits: what a person typed may be anything, also ``1e999999``."""
    return Decimal(str(value)) if _PLAIN_NUMBER.fullmatch(str(value)) else None


def written_amount(amount: Any) -> str:
    """``1,234.50``; nothing for nothing, and what is no number stays as it was typed."""
    if amount is None or amount == "":
        return ""
    found = plain_number(amount)
    return str(amount)[:40] if found is None else f"{found:,.2f}"


def amount_in_words(amount: Decimal) -> str:
    """Capital amount (大写): ``1409.50`` is 壹仟肆佰零玖元伍角整. Half a fen is rounded up.

    Raises ValueError beyond 9,999 京: there are no more words.
    """
    if not abs(amount) < 10_000 ** len(_GROUPS) - 1:
        raise ValueError(f"{amount} is too large to be written in words")
    cents = int((abs(amount) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    words = "负" if amount < 0 and cents else ""
    if yuan or not cents:
        words += (_integer_in_words(yuan) or "零") + "元"
    if not jiao and not fen:
        return words + "整"
    if yuan and not jiao:
        words += "零"
    if jiao:
        words += _DIGITS[jiao] + "角"
    return words + (_DIGITS[fen] + "分" if fen else "整")


def _integer_in_words(number: int) -> str:
    words = ""
    gap = False
    for power in reversed(range(len(_GROUPS))):
        group = number // 10_000**power % 10_000
        if not group:
            gap = bool(words)
            continue
        if words and (gap or group < 1_000):
            words += "零"
        words += _group_in_words(group) + _GROUPS[power]
        gap = False
    return words


def _group_in_words(group: int) -> str:
    words, gap = "", False
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return words
