"""The hospitality requests that benchmarks and fault runs file, and who decides on them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DECIDERS = {
    "manager_review": "manager",
    "gm_review": "gm",
    "finance_review": "finance",
    "over_budget_approval": "gm",
}
"""The demo account that decides at each step."""


def today() -> date:
    """Today in the company's zone, by which the forms judge dates."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def hospitality(*, meal: int = 10, days: int = 2) -> dict[str, Any]:
    """A request for a dinner in some days."""
    return {
        "customer": "C001",
        "venue": "和平饭店 龙凤厅",
        "date": (today() + timedelta(days=days)).isoformat(),
        "guests": ["李建国 总经理", "王丽 采购部经理", "张伟 技术总监"],
        "staff": ["陈晓明", "王雅琴"],
        "budget": {"meal": meal, "transport": 2},
        "organiser": "陈晓明",
        "purpose": "答谢年度合作，并商谈明年的框架协议",
        "expense_note": "按三桌标准预订",
        "attention": "一位客人不吃辣",
    }
