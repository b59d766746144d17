"""A hundred thousand orders from a file, by the command line: as new entries from xlsx, then each changed from CSV.

Runs alone as well: ``python -m benchmarks.imports [ORDERS]``.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from benchmarks.product import Product
from benchmarks.results import Results

ORDERS = 100_000
GOAL_SECONDS = 60.0
_STATES = ("未打印", "已打印", "已收件", "已送达")
_BEGIN = datetime(2026, 11, 20, 9, 0)  # noqa: DTZ001 - as a spreadsheet holds it
_HEADING = (
    "订单编号",
    "客户编号",
    "状态",
    "收货人",
    "收货电话",
    "收货地址",
    "商品",
    "金额",
    "运费",
    "快递公司",
    "运单号",
    "下单时间",
)


def run(product: Product, results: Results, orders: int = ORDERS) -> None:
    xlsx, plain = product.home / "orders.xlsx", product.home / "orders.csv"
    _write_xlsx(xlsx, orders)
    _write_csv(plain, orders)
    goal = GOAL_SECONDS * orders / ORDERS if orders >= ORDERS else None
    results.add("import_orders", orders)
    for name, path in (("import_orders_s", xlsx), ("import_orders_csv_s", plain)):
        seconds, megabytes = _import(product, path)
        results.add(name, seconds, unit="s", goal=goal)
        results.add(name.removesuffix("_s") + "_mb", megabytes, unit="MB")


def _rows(orders: int, *, moved: int) -> Iterator[tuple[Any, ...]]:
    yield _HEADING
    for number in range(orders):
        yield (
            f"B{number:09}",
            f"C{number % 12 + 1:03}",
            _STATES[min(number % 4 + moved, 3)],
            f"收货人{number}",
            f"138{number:08}",
            f"上海市浦东新区张江路 {number} 号",
            f"礼盒 {number % 100}",
            number % 1_000 + 0.5,
            12.5,
            "顺丰速运",
            f"SF{number:012}",
            _BEGIN + timedelta(seconds=number),
        )


def _write_xlsx(path: Path, orders: int) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page, moment = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for at, row in enumerate(_rows(orders, moved=0)):
            for column, value in enumerate(row):
                page.write(at, column, value, *((moment,) if isinstance(value, datetime) else ()))


def _write_csv(path: Path, orders: int) -> None:
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(_rows(orders, moved=1))


def _import(product: Product, path: Path) -> tuple[float, float]:
    """Seconds from the start of the command to its end, and the most memory that it took."""
    began = time.perf_counter()
    command = (sys.executable, "-m", "webapp.cli", "import", "orders", str(path))
    process = subprocess.Popen(command, env=product.environment, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, path
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def main() -> None:
    results = Results()
    with Product() as product:
        run(product, results, int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS)
    results.print()


if __name__ == "__main__":
    main()
