"""Runs every benchmark on one product of its own, prints the table and writes ``benchmarks/out/latest.json``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from benchmarks import action, checks, http_action, imports, inbox, pages, rework, search
from benchmarks.product import Product
from benchmarks.results import Results

# these come last: they fill the database
BENCHMARKS: tuple[Callable[[Product, Results], None], ...] = (
    rework.run,
    checks.run,
    pages.run,
    http_action.run,
    action.run,
    imports.run,
    inbox.run,
    search.run,
)


def main() -> None:
    began = time.monotonic()
    results = Results()
    with Product() as product:
        results.add("start_seconds", product.start_seconds, unit="s")
        for benchmark in BENCHMARKS:
            print(f"{benchmark.__module__} …", file=sys.stderr, flush=True)
            benchmark(product, results)
    results.print()
    results.write()
    print(f"\n{time.monotonic() - began:.0f} s in all")


main()
