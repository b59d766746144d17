"""ISO 8601 durations, as the timers of a diagram write them (BPMN 2.0, 10.5.5, Timer Event Definition)."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

_WHOLE = r"\d{1,9}"
_FRACTION = r"\d{1,9}(?:[.,]\d{1,6})?"
_DURATION = re.compile(
    rf"P(?=[\dT])(?:(?P<weeks>{_FRACTION})W|(?:(?P<years>{_WHOLE})Y)?(?:(?P<months>{_WHOLE})M)?(?:(?P<days>{_FRACTION})D)?)"
    rf"(?:T(?=\d)(?:(?P<hours>{_FRACTION})H)?(?:(?P<minutes>{_FRACTION})M)?(?:(?P<seconds>{_FRACTION})S)?)?",
    re.ASCII,
)
_FRACTION_INSIDE = re.compile(r"[.,]\d+[A-Z].*\d")
_SECONDS = {
    "years": 365 * 86_400,
    "months": 30 * 86_400,
    "weeks": 7 * 86_400,
    "days": 86_400,
    "hours": 3_600,
    "minutes": 60,
    "seconds": 1,
}
_LONGEST = timedelta(days=1_000_000)


def find_duration(text: str) -> timedelta | None:
    """The approximate length of ``P1DT2H`` and its like, or None if the text is no duration.

    Years count 365 days and months 30: good enough to tell zero from something and a week from a century.
    Read is what the engine reads: weeks stand alone, only the last number has a fraction, and there is no sign, because
    ``-PT1H`` would silently be one hour in the future.
    """
    match = _DURATION.fullmatch(text)
    if match is None or _FRACTION_INSIDE.search(text):
        return None
    parts = ((_SECONDS[unit], value) for unit, value in match.groupdict().items() if value)
    seconds = sum((Decimal(value.replace(",", ".")) * size for size, value in parts), Decimal(0))
    return min(timedelta(microseconds=int(min(seconds, Decimal(10**12)) * 1_000_000)), _LONGEST)
