"""客户地址分类表, the paper of the customer register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from workflows.papers.document import Document
from workflows.papers.tables import table
from workflows.papers.writing import Registers

_BLOCK = {
    "min_rows": 3,
    "columns": [
        {"label": "序号", "number": True, "width": 7},
        {"label": "客户名称", "field": "name", "width": 26},
        {"label": "编号", "field": "code", "width": 10},
        {"label": "地址", "field": "address", "width": 26},
        {"label": "与公司之间\n的距离", "field": "distance", "width": 13},
        {"label": "经营类别", "field": "category", "width": 11},
        {"label": "不宜拜访时间", "field": "no_visit", "width": 15},
        {"label": "备注", "field": "remark", "width": 12},
    ],
}


def customer_paper(lines: Sequence[Mapping[str, Any]]) -> Document:
    """The paper of these customers, each with ``name``, ``code``, ``address``, ``distance_km``, ``category``,
    ``no_visit`` and ``remark``."""
    rows = [{**line, "distance": _distance(line["distance_km"])} for line in lines]
    grid = table(_BLOCK, {}, rows, Registers())
    return Document(title="客户地址分类表", number="", state="", stamp="", landscape=True, grids=(grid,))


def _distance(kilometres: Decimal | None) -> str:
    return "" if kilometres is None else f"{kilometres.normalize():f} 公里"
