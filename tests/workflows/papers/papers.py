"""A form with a paper that each test changes where it matters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from workflows.forms import Form, read_form
from workflows.papers import Document, Filled, Registers, Signature, compose, paper_of_form, read_paper

MONDAY = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
REGISTERS = Registers(
    labels={"customers": {"C001": "上海晨光科技有限公司"}},
    entries={"customers": {"C001": {"address": "浦东新区世纪大道 100 号", "distance_km": None}}},
)
_MONEY = {"type": "number", "multipleOf": 0.01}
PROPERTIES: dict[str, Any] = {
    "customer": {"type": "string", "title": "客户", "x-source": "customers"},
    "day": {"type": "string", "format": "date", "title": "日期"},
    "people": {"type": "array", "title": "人员", "items": {"type": "string"}},
    "urgent": {"type": "boolean", "title": "加急"},
    "plan": {"type": "string", "title": "计划", "enum": ["a", "b"], "x-labels": {"a": "初次拜访", "b": "处理问题"}},
    "budget": {
        "type": "object",
        "title": "预算",
        "properties": {"meal": {**_MONEY, "title": "用餐"}, "gift": {**_MONEY, "title": "礼品"}},
    },
    "notes": {"type": ["object", "string"], "title": "备注", "properties": {}},
    "total": {"type": "number", "title": "合计"},
    "lines": {
        "type": "array",
        "title": "明细",
        "items": {
            "type": "object",
            "properties": {
                "customer": {"type": "string", "title": "客户", "x-source": "customers"},
                "day": {"type": "string", "format": "date", "title": "日期"},
                "plan": {"type": "string", "title": "计划", "enum": ["a", "b"]},
                "count": {"type": "integer", "title": "数量"},
                "value": {**_MONEY, "title": "价值"},
            },
        },
    },
}


def form_of(paper: Mapping[str, Any], key: str = "application") -> Form:
    document = {
        "key": key,
        "title": "申请表",
        "schema": {"type": "object", "properties": PROPERTIES},
        "layout": [],
        "print": paper,
    }
    return read_form(json.dumps(document).encode(), file=f"forms/{key}.json")


def composed(
    rows: list[list[dict[str, Any]]], *, further: bool = False, filled: Mapping[str, Any] | None = None, **values: Any
) -> Document:
    """A paper of these rows; ``filled`` says what else than the values, and what the paper, is unlike the usual."""
    changes = dict(filled or {})
    paper = {"rows": rows, **changes.pop("paper", {})}
    form = form_of(paper)
    about = {"number": "SQ-1", "status": "completed", "registers": REGISTERS, **changes}
    if further:
        raw = json.dumps({"title": "计划表", "form": "application", **paper}).encode()
        found = read_paper(raw, file="papers/plan.json")
    else:
        found = paper_of_form("application", form)
    return compose(found, {"application": form}, Filled(values=values, **about))


def texts(document: Document, grid: int = 0) -> list[list[str]]:
    return [[cell.text for cell in row] for row in document.grids[grid].rows]


def signature(name: str, **more: Any) -> Signature:
    return Signature(name=name, at=MONDAY, **more)
