"""Amounts in words, as they are written on Chinese paper forms."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "兆")


def amount_in_words(amount: Decimal) -> str:
    """Capital amount (大写): ``4100.50`` is 肆仟壹佰元伍角整. Up to 9,999 兆; half a fen is rounded up."""
    cents = int((abs(amount) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    words = "负" if amount < 0 and cents else ""
    if yuan or not cents:
        words += (_integer_in_words(yuan) or "零") + "元"
    if not jiao and not fen:
        return words + "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
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
