"""Timers that are written out rather than computed (BPMN 2.0, 10.5.5, Timer Event Definition; ISO 8601)."""

from __future__ import annotations

import ast
import re
from datetime import datetime, timedelta

from workflows.durations import find_duration

SHORTEST_CYCLE = timedelta(minutes=1)
LONGEST = timedelta(days=3_660)
MAX_REPEATS = 1_000

# -PT1H and P1D1H would be read as an expression, a minus sign and a name: what looks like ISO 8601 is taken as such
_LITERAL = re.compile(r"[+-]?P(?:\d|T\d|T?$).*|R-?\d*/.*|\d{4}-\d\d.*")
_CYCLE = re.compile(r"R(?P<times>\d{0,9})/(?:(?P<start>[^/P]+)/)?(?P<period>P[^/]*)", re.ASCII)
_INSTANTS = frozenset({"before", "day_after", "work_days", "work_days_after", "work_hours"})

Finding = tuple[str, str]


def literal_in(source: str) -> str | None:
    """The ISO 8601 text that a timer consists of, bare or in quotes, or None if it is computed."""
    text = source.strip()
    if _LITERAL.fullmatch(text):
        return text
    try:
        value = ast.literal_eval(text) if text[:1] in "\"'" else None
    except (SyntaxError, ValueError):
        return None
    return value if isinstance(value, str) else None


def find_in_literal(kind: str, text: str) -> Finding | None:
    """What is wrong with a written-out ``timeDuration``, ``timeCycle`` or ``timeDate``: severity and sentence."""
    if kind == "timeDuration":
        return _duration(text, timedelta(0), "时长")
    return _cycle(text) if kind == "timeCycle" else _date(text)


def find_in_call(kind: str, tree: ast.expr) -> Finding | None:
    """A calendar function that gives another kind of value than this timer takes."""
    called = tree.func.id if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) else ""
    if called in _INSTANTS and kind != "timeDate":
        return "error", f"{called}(…) 给出的是时刻，请把定时类型改为“日期”（timeDate）。"
    if called == "every" and kind != "timeCycle":
        return "error", "every(…) 给出的是周期，请把定时类型改为“周期”（timeCycle）。"
    return None


def _duration(text: str, shortest: timedelta, what: str) -> Finding | None:
    length = find_duration(text)
    if length is None:
        return "error", f"{what} {text!r} 不合规则，请写成 PT8H（8 小时）或 P3D（3 天）。"
    if length <= timedelta(0) or length < shortest:
        return "error", f"{what} {text} 太短，请写成至少 {'1 分钟' if shortest else '大于零'}。"
    if length > LONGEST:
        return "error", f"{what} {text} 太长，最多 10 年。"
    return None


def _cycle(text: str) -> Finding | None:
    match = _CYCLE.fullmatch(text)
    if match is None:
        return "error", f"周期 {text!r} 不合规则，请写成 R3/P1D（每天一次，共三次）。"
    wrong = _duration(match["period"], SHORTEST_CYCLE, "周期")
    if wrong is None and match["start"]:
        wrong = _date(match["start"])
    if wrong is not None:
        return wrong
    if not match["times"]:
        return "warning", f"周期 {text} 没有次数，会一直重复到任务完成，最好写明次数，例如 R3/P1D。"
    if not 1 <= int(match["times"]) <= MAX_REPEATS:
        return "error", f"周期 {text} 的次数应为 1 至 {MAX_REPEATS}。"
    return None


def _date(text: str) -> Finding | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return "error", f"时刻 {text!r} 不合规则，请写成 2026-05-01T09:00:00+08:00。"
    # the engine would read it in the zone of the machine that it happens to run on
    if moment.tzinfo is None:
        return "warning", f"时刻 {text} 没有时区，最好写成 2026-05-01T09:00:00+08:00。"
    return None
