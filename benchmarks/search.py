"""Searching among a hundred thousand cases, as somebody who sees all of them and as somebody who sees a few.

Runs alone as well: ``python -m benchmarks.search [CASES]``.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median, quantiles
from typing import Any

from flask import Flask
from sqlalchemy import Engine, insert, text

from benchmarks.product import Product
from benchmarks.results import Results
from benchmarks.service import actor_named, open_application, start_cases
from services.cases.models import DbHistory
from services.database import db, read_session, table_of
from services.search.columns import folded_text
from services.search.find import Wanted, search
from services.search.models import DbSearchDocument
from services.search.text import pairs
from services.types import Actor

CASES = 100_000
BATCH = 5_000
SEED = 1
ROUNDS = 8
QUERIES = {
    "everywhere": "客户招待",
    "frequent": "晨光",
    "two frequent": "晨光 锦江",
    "rare": "鳜鱼",
    "number": "SR-0000077",
    "amount": "1,077.00",
    "comment": "超标",
    "sentence": "商谈年度框架合同续约",
    "nothing": "没有这个字",
}

_CITIES = ("上海", "苏州", "杭州", "南京", "宁波", "无锡", "合肥", "广州")
_NAMES = ("晨光", "恒泰", "云帆", "嘉禾", "瑞丰", "天成", "永安", "鼎新", "华远", "中联", "金桥", "星河")
_TRADES = ("科技有限公司", "精密制造有限公司", "电子商务有限公司", "贸易有限公司", "物流股份有限公司")
_PLACES = ("锦江大酒店", "和平饭店", "外滩三号", "绿波廊", "龙凤厅", "梅园村", "望湖楼")
_AIMS = ("商谈年度框架合同续约", "回访产品使用情况", "答谢多年合作", "介绍新产品线", "处理上季度的质量问题")
_REMARKS = ("对海鲜过敏", "一位客人不吃辣", "请安排安静的包间", "返程车票已订好", "点一条清蒸鳜鱼")
_COMMENTS = ("同意", "同意，请控制人数", "可以，注意不要超标", "请附会议议程", "同意，费用从严")
_CASES_SQL = """
INSERT INTO cases (number, process_key, version_id, status, title, amount, starter_id, department_id, created_at,
  timers, state, forms, variables, passed, history_length, history_head, row_version)
SELECT 'SR-' || to_char(n, 'FM0000000'), process_key, version_id, 'completed', title, n,
  CASE WHEN n % 500 = 0 THEN (SELECT id FROM users WHERE username = 'supervisor') ELSE starter_id END, department_id,
  created_at - (:cases - n) * interval '1 minute', '[]', '', '{}', '{}', '[]', 0, '', 1
FROM generate_series(1, :cases) n, (SELECT * FROM cases WHERE id = :model) model
RETURNING id"""


def run(product: Product, results: Results, cases: int = CASES) -> None:
    app = open_application(product)
    with app.app_context():
        engine = db.engine
    [model] = start_cases(app, 1)
    _fill(engine, model, cases)
    results.add("search_cases", cases)
    seen = {}
    for name, username in (("all", "admin"), ("some", "supervisor")):
        lengths = _lengths(app, actor_named(app, username))
        flat = [length for found in lengths.values() for length in found]
        results.add(f"search_{name}_p50_ms", median(flat), unit="ms")
        results.add(f"search_{name}_p99_ms", quantiles(flat, n=100)[98], unit="ms")
        seen[name] = [
            f"{query:14} {median(found):8.1f} ms, at worst {max(found):8.1f}" for query, found in lengths.items()
        ]
    for name, lines in seen.items():
        results.note(f"search by somebody who sees {name}", lines)
    engine.dispose()


def _fill(engine: Engine, model: int, cases: int) -> None:
    """Rows as the services write them, in bulk. ANALYZE and VACUUM are what autovacuum would do soon after."""
    chance = random.Random(SEED)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        ids = list(connection.execute(text(_CASES_SQL), {"cases": cases, "model": model}).scalars())
        rows = list(_rows(chance, ids))
        for at in range(0, len(rows), BATCH):
            documents = [document for found, _comment in rows[at : at + BATCH] for document in found]
            connection.execute(insert(table_of(DbSearchDocument)), documents)
            connection.execute(insert(table_of(DbHistory)), [comment for _found, comment in rows[at : at + BATCH]])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))


def _rows(chance: random.Random, ids: list[int]) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
    for number, case_id in enumerate(ids, 1):
        company = chance.choice(_CITIES) + chance.choice(_NAMES) + chance.choice(_TRADES)
        remark = _REMARKS[-1] if number % 5_000 == 0 else chance.choice(_REMARKS[:-1])
        head = [("编号", f"SR-{number:07}"), ("标题", f"客户招待 · {company}"), ("申请人", "陈晓明")]
        form = [("客户名称", company), ("宴请场所", chance.choice(_PLACES)), ("招待目的", chance.choice(_AIMS))]
        form += [("合计", f"{number}.00"), ("注意事项", remark)]
        comment = {"case_id": case_id, "position": 1, "action": "completed", "comment": chance.choice(_COMMENTS)}
        comment |= {"at": "2026-11-20T01:00:00Z", "user_id": 1, "step": "manager_review", "name": "经理审核"}
        comment |= {"outcome": "approve", "detail": {}, "digest": b""}
        yield [_document(case_id, "case", head), _document(case_id, "form:application", form)], comment


def _document(case_id: int, part: str, fields: list[tuple[str, str]]) -> dict[str, Any]:
    compared = folded_text(*(value for _label, value in fields))
    return {
        "case_id": case_id,
        "part": part,
        "fields": [{"label": label, "text": value} for label, value in fields],
        "search_text": compared,
        "pairs": pairs(compared),
        "customers": [],
    }


def _lengths(app: Flask, actor: Actor) -> dict[str, list[float]]:
    """Milliseconds of each query; the first round warms the cache and is not counted."""
    lengths: dict[str, list[float]] = {name: [] for name in QUERIES}
    for _round in range(ROUNDS + 1):
        for name, query in QUERIES.items():
            lengths[name].append(
                _timed(app, lambda query=query: search(read_session(), actor, Wanted(query=query, limit=5)))
            )
    return {name: found[1:] for name, found in lengths.items()}


def _timed(app: Flask, call: Callable[[], object]) -> float:
    with app.app_context():
        began = time.perf_counter()
        call()
        return 1000 * (time.perf_counter() - began)


def main() -> None:
    results = Results()
    with Product() as product:
        run(product, results, int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
    results.print()


if __name__ == "__main__":
    main()
