"""Texts compared line by line, and lists whose entries may have changed places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

from workflows.comparing.comparison import ADDED, REMOVED, Line

MAX_LINES = 4_000
MAX_LINE = 400
_AROUND = 2


def compare_lines(before: bytes, after: bytes) -> tuple[Line, ...]:
    """The lines that differ, each with two around it. Very long texts are compared only as far as anybody reads."""
    old, new = _lines(before), _lines(after)
    found: list[Line] = []
    for group in SequenceMatcher(None, old, new, autojunk=True).get_grouped_opcodes(_AROUND):
        if found:
            found.append(Line(kind="", text="…"))
        for tag, first, last, start, end in group:
            if tag == "equal":
                found += [Line(kind="", text=text) for text in old[first:last]]
                continue
            found += [Line(kind=REMOVED, text=text) for text in old[first:last]]
            found += [Line(kind=ADDED, text=text) for text in new[start:end]]
    return tuple(found)


def _lines(raw: bytes) -> list[str]:
    text = raw[: MAX_LINES * MAX_LINE].decode("utf-8", "replace")
    return [line[:MAX_LINE] for line in text.splitlines()[:MAX_LINES]]


def moved_among(before: Sequence[Hashable], after: Sequence[Hashable]) -> set[Hashable]:
    """As few entries as possible that must be taken elsewhere to get the order ``after``; others are passed over."""
    places = {entry: place for place, entry in enumerate(before)}
    common = [entry for entry in after if entry in places]
    stay = _longest_rising([places[entry] for entry in common])
    return {entry for at, entry in enumerate(common) if at not in stay}


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The places of a longest strictly rising subsequence."""
    ends: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        previous.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(number)
            last.append(at)
        else:
            ends[length], last[length] = number, at
    found: set[int] = set()
    at = last[-1] if last else -1
    while at >= 0:
        found.add(at)
        at = previous[at]
    return found
