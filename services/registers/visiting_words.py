"""The words in which a time for visits is written: what ``visiting_hours`` recognises and what each word stands for."""

from __future__ import annotations

import re

EXAMPLES = "周一上午；周五 14:00-18:00；每月1-5日；12-24至12-31；午休"
DAY_MINUTES = 24 * 60
HOURS_OF = {
    "全天": (0, DAY_MINUTES),
    "整天": (0, DAY_MINUTES),
    "早上": (0, 9 * 60),
    "上午": (0, 12 * 60),
    "午休": (12 * 60, 14 * 60),
    "中午": (12 * 60, 14 * 60),
    "下午": (12 * 60, 18 * 60),
    "晚上": (18 * 60, DAY_MINUTES),
}
"""From which minute of the day to which."""
WEEKDAYS = {name: number for number, names in enumerate(("一", "二", "三", "四", "五", "六", "日天")) for name in names}
NOON, LATER = "中午", ("下午", "晚上")
"""Before an hour up to eleven these mean the twelve hours after noon; eleven at noon is eleven."""
HALF_PAST = "半"

AND = re.compile("[、和及]")
RANGE = re.compile(r"[~\-]")
DATE_RANGE = re.compile("~|(?<=日)-")
TILDE = re.compile("至|到|—+|–|−|~+")
"""All the ways to write from … to."""
PART = re.compile(r"[;,。\n]")
WEEK = re.compile("每|周|星期|礼拜")
DAY_MARK = re.compile("[日号]")

_WEEK = "(?:周|星期|礼拜)"
_DAY = "(?:周|星期|礼拜)?[一二三四五六日天]"
_CLOCK = r"\d{1,2}(?::\d{2}|[点时](?:半|\d{2}分?)?)"
_DATE = r"(?:\d{4}[-/年])?\d{1,2}[-/月]\d{1,2}日?"
DAYS = re.compile(
    rf"(?P<every>每天|每日)|(?P<work>工作日)|(?P<rest>周末|双休日)"
    rf"|(?P<week>每?{_WEEK}[一二三四五六日天](?:[~\-、和及]{_DAY})*)"
    rf"|每?月(?P<end>底|末)|每月最后(?P<last>\d{{1,2}})[天日]"
    rf"|每月(?P<month>\d{{1,2}}[日号]?(?:[~\-、和及]\d{{1,2}}[日号]?)*)(?<=[日号])"
    rf"|(?P<date>{_DATE}(?:(?:~|(?<=日)-){_DATE})?)"
)
HOURS = re.compile(
    rf"的?(?:(?P<half>上午|早上|中午|下午|晚上)?(?:(?P<from>{_CLOCK})[~\-](?P<to>{_CLOCK})"
    rf"|(?P<before>{_CLOCK})(?:以|之)?前|(?P<after>{_CLOCK})(?:以|之)?后)|(?P<name>{'|'.join(HOURS_OF)}))"
)
