"""不宜拜访时间: what people write is understood, or refused with the part that is not."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registers.visiting_hours import allows, problem, why_not
from services.registers.visiting_words import EXAMPLES

MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)
TEN, THREE = time(10), time(15)


@pytest.mark.parametrize(
    ("text", "day", "at", "welcome"),
    [
        ("周一上午", MONDAY, TEN, False),
        ("周一上午", MONDAY, THREE, True),
        ("周一上午", FRIDAY, TEN, True),
        ("星期一、五下午", FRIDAY, THREE, False),
        ("周一至周三", date(2026, 11, 25), TEN, False),
        ("周六至周一", MONDAY, TEN, False),
        ("周五 14:00-18:00", FRIDAY, time(13, 59), True),
        ("周五 14:00-18:00", FRIDAY, time(14), False),
        ("周五 14:00-18:00", FRIDAY, time(18), True),
        ("周五１４：００～１８：００", FRIDAY, THREE, False),
        ("下午3点-4点半", FRIDAY, time(16, 20), False),
        ("下午3点-4点半", FRIDAY, time(3, 20), True),
        ("9:30前", FRIDAY, time(9), False),
        ("17点后", FRIDAY, time(17), False),
        ("午休", FRIDAY, time(12, 30), False),
        ("每天 12:00-13:00、17:00-18:00", FRIDAY, time(17, 30), False),
        ("每月1-5日", date(2026, 12, 5), TEN, False),
        ("每月1-5日", date(2026, 12, 6), TEN, True),
        ("每月5、20日上午", date(2026, 12, 20), TEN, False),
        ("月底", date(2027, 2, 26), TEN, False),
        ("月底", date(2027, 2, 25), TEN, True),
        ("每月最后1天", date(2028, 2, 29), TEN, False),
        ("12-24至12-31", date(2031, 12, 24), TEN, False),
        ("12-24至1-3", date(2027, 1, 3), TEN, False),
        ("12-24至1-3", date(2027, 1, 4), TEN, True),
        ("12月24日至12月31日", date(2026, 12, 31), TEN, False),
        ("2026-12-01至2026-12-03", date(2026, 12, 2), TEN, False),
        ("2026-12-01至2026-12-03", date(2027, 12, 2), TEN, True),
        ("周末；工作日 9:00前", date(2026, 11, 28), TEN, False),
        ("", MONDAY, TEN, True),
        ("；；", MONDAY, TEN, True),
    ],
)
def test_a_visit_is_welcome_or_not(text: str, day: date, at: time, welcome: bool) -> None:
    assert problem(text) == ""
    assert allows(text, day, at) is welcome


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("哪天都行", "看不懂“哪天都行”"),
        ("周一上午；随便", "看不懂“随便”"),
        ("周五 14:00", "看不懂“周五 14:00”"),
        ("每月1-5", "看不懂“每月1-5”"),
        ("<script>alert(1)</script>", "看不懂“<script>"),
        ("2月30日", "没有这样的日期"),
        ("每月0日", "没有这样的日期"),
        ("每月1-32日", "没有这样的日期"),
        ("25:00-26:00", "没有这样的时间"),
        ("9:75-10:00", "没有这样的时间"),
        ("周五 18:00-14:00", "结束须在开始之后"),
        ("每月5-1日", "结束须在开始之后"),
        ("2026-12-31至2026-12-01", "结束须在开始之后"),
        ("周一；" * 100, "最多 200 个字"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, said: str) -> None:
    assert said in problem(text)


def test_the_refusal_shows_how_to_write_it_and_what_it_shows_can_be_read() -> None:
    assert EXAMPLES in problem("随便")
    assert problem(EXAMPLES) == ""


def test_the_reason_names_every_part_that_says_so() -> None:
    assert why_not("周一；午休；每月23日", MONDAY, time(12, 30)) == "该客户不宜拜访：周一；午休；每月23日"
    assert why_not("周一；午休", FRIDAY, THREE) == ""


def test_without_an_hour_a_day_is_out_only_when_nothing_of_its_working_hours_is_left() -> None:
    assert not allows("周一", MONDAY, None)
    assert allows("周一上午", MONDAY, None)
    assert not allows("周一上午；周一 12:00-18:00", MONDAY, None)


def test_an_unreadable_part_forbids_nothing_and_leaves_the_others_their_say() -> None:
    assert not allows("随便；周一上午", MONDAY, TEN)
    assert allows("随便", MONDAY, TEN)


HOURS = st.integers(0, 23 * 60 + 58).flatmap(
    lambda start: st.integers(start + 1, 23 * 60 + 59).map(lambda end: (start, end))
)
DAYS = st.integers(0, 3_000).map(lambda days: date(2024, 1, 1) + timedelta(days=days))


def clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


@given(day=DAYS, span=HOURS, weekday=st.integers(0, 6), minute=st.integers(0, 24 * 60 - 1))
def test_a_weekday_with_hours_holds_on_that_day_between_them_and_never_else(
    day: date, span: tuple[int, int], weekday: int, minute: int
) -> None:
    text = f"周{'一二三四五六日'[weekday]} {clock(span[0])}-{clock(span[1])}"
    unwelcome = day.weekday() == weekday and span[0] <= minute < span[1]
    assert allows(text, day, time(minute // 60, minute % 60)) is not unwelcome


@given(day=DAYS, first=st.integers(1, 31), last=st.integers(1, 31))
def test_days_of_the_month(day: date, first: int, last: int) -> None:
    text = f"每月{first}-{last}日"
    assert (problem(text) == "") is (first <= last)
    if first <= last:
        assert allows(text, day, TEN) is not (first <= day.day <= last)


@given(day=DAYS, first=DAYS, last=DAYS)
def test_a_span_of_days(day: date, first: date, last: date) -> None:
    text = f"{first}至{last}"
    assert (problem(text) == "") is (first <= last)
    if first <= last:
        assert allows(text, day, TEN) is not (first <= day <= last)


PIECES = st.sampled_from(
    [*"周月日至每0159：:-；、上下午前后点年 ", "星期", "12-24", "周五", "14:00", "每月", "\x00", "'", "<b>"]
)


@given(text=st.lists(PIECES, max_size=30).map("".join), day=DAYS)
def test_nothing_that_anybody_types_breaks_it(text: str, day: date) -> None:
    said = problem(text)
    assert isinstance(allows(text, day, TEN), bool)
    assert said == "" or said.startswith(("看不懂", "“", "最多"))
