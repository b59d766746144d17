"""ISO 8601 durations, as the timers of a diagram write them (BPMN 2.0, 10.5.5, Timer Event Definition)."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

_NUMBER = r"\d{1,9}(?:[.,]\d{1,6})?"
_DURATION = re.compile(
    rf"P(?=[\dT])(?:(?P<years>{_NUMBER})Y)?(?:(?P<months>{_NUMBER})M)?(?:(?P<weeks>{_NUMBER})W)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?=\d)(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?(?:(?P<seconds>{_NUMBER})S)?)?",
    re.ASCII,
)
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
    A sign is not read: the engine would silently take ``-PT1H`` for one hour in the future.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    parts = ((_SECONDS[unit], value) for unit, value in match.groupdict().items() if value)
    seconds = sum((Decimal(value.replace(",", ".")) * size for size, value in parts), Decimal(0))
    return min(timedelta(microseconds=int(min(seconds, Decimal(10**12)) * 1_000_000)), _LONGEST)
