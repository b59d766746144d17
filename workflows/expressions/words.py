"""What each function of expressions is for, in a process owner's words: one entry for each that there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FunctionWords:
    """``gives`` is the kind of its value as ``workflows.checks.kinds`` calls them; empty where it depends."""

    signature: str
    title: str
    example: str
    gives: str = ""


def _entry(signature: str, title: str, example: str, gives: str = "") -> FunctionWords:
    return FunctionWords(signature=signature, title=title, example=example, gives=gives)


FUNCTION_WORDS: Mapping[str, FunctionWords] = {
    "abs": _entry("abs(数)", "绝对值", "abs(amount - 100)", "number"),
    "all": _entry("all(列表)", "是否全部成立", "all([line.quantity > 0 for line in lines])", "boolean"),
    "any": _entry("any(列表)", "是否至少有一个成立", "any([line.price > 500 for line in lines])", "boolean"),
    "before": _entry("before(时刻, 小时)", "某一时刻之前若干工作小时", "before(work_days(2), 4)", "moment"),
    "bool": _entry("bool(值)", "是否有内容", "bool(remark)", "boolean"),
    "ceiling": _entry("ceiling(数)", "向上取整", "ceiling(4.2)", "number"),
    "column": _entry("column(多行, '列')", "取出各行的一列", "sum(column(lines, 'value'))", "list"),
    "contains": _entry("contains(文字, 部分)", "文字中是否有这一部分", "contains(remark, '加急')", "boolean"),
    "count": _entry("count(列表, 值)", "列表中某个值有几个", "count(['a', 'b', 'a'], 'a')", "number"),
    "day_after": _entry("day_after(日期)", "某日过后的零点", "day_after(date)", "moment"),
    "day_in": _entry("day_in(天数)", "若干天以后的日期", "day_in(30)", "date"),
    "endswith": _entry("endswith(文字, 结尾)", "文字是否以此结尾", "endswith(code, 'A')", "boolean"),
    "every": _entry("every(次数, 时刻, 间隔)", "从某一时刻起重复若干次", "every(3, work_days(2), 'P1D')", "cycle"),
    "floor": _entry("floor(数)", "向下取整", "floor(4.8)", "number"),
    "get": _entry("get(记录, '项')", "取出记录中的一项，没有则为空", "get(budget, 'meal')"),
    "int": _entry("int(值)", "转为整数", "int('12')", "number"),
    "len": _entry("len(列表或文字)", "有几项或几个字", "len(lines)", "number"),
    "lower": _entry("lower(文字)", "转为小写字母", "lower(code)", "text"),
    "max": _entry("max(值, 值…)", "最大的一个", "max(amount, 100)"),
    "min": _entry("min(值, 值…)", "最小的一个", "min(amount, 100)"),
    "number": _entry("number(值)", "转为数字", "number('12.50')", "number"),
    "range": _entry("range(数)", "从 0 数起的若干个整数", "range(3)", "list"),
    "round": _entry("round(数, 小数位)", "四舍五入", "round(amount * 0.05, 2)", "number"),
    "sorted": _entry("sorted(列表)", "从小到大排列", "sorted([3, 1, 2])", "list"),
    "startswith": _entry("startswith(文字, 开头)", "文字是否以此开头", "startswith(code, 'C')", "boolean"),
    "str": _entry("str(值)", "转为文字", "str(amount)", "text"),
    "strip": _entry("strip(文字)", "去掉首尾空格", "strip(remark)", "text"),
    "sum": _entry("sum(列表)", "合计", "sum(column(lines, 'value'))", "number"),
    "today": _entry("today()", "今天的日期", "date < today()", "date"),
    "upper": _entry("upper(文字)", "转为大写字母", "upper(code)", "text"),
    "values": _entry("values(记录)", "记录中的各项", "sum(values(budget))", "list"),
    "work_days": _entry("work_days(天数)", "从现在起若干个工作日以后", "work_days(2)", "moment"),
    "work_days_after": _entry(
        "work_days_after(日期, 天数)", "某日之后第几个工作日下班时", "work_days_after(date, 5)", "moment"
    ),
    "work_hours": _entry("work_hours(小时)", "从现在起若干个工作小时以后", "work_hours(4)", "moment"),
}
