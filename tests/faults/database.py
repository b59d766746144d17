"""Looking at the rows themselves, read only, to find what no page would show."""

from __future__ import annotations

from typing import Any

import psycopg

from benchmarks.product import Product

STUCK = """
SELECT number FROM cases c WHERE status = 'running' AND next_due IS NULL
AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.case_id = c.id AND t.state = 'open')"""
HALF_DONE = """
SELECT t.id FROM tasks t WHERE
(t.state = 'open') IS DISTINCT FROM EXISTS (SELECT 1 FROM inbox_entries i WHERE i.task_id = t.id)
OR (t.state = 'done' AND (SELECT count(*) FROM history h
  WHERE h.case_id = t.case_id AND h.step = t.step AND h.action = 'completed') <>
  (SELECT count(*) FROM tasks o WHERE o.case_id = t.case_id AND o.step = t.step AND o.state = 'done'))"""
BUDGETS = """
SELECT b.month, b.reserved, coalesce(sum(r.amount) FILTER (WHERE r.state = 'reserved'), 0) FROM budgets b
LEFT JOIN reservations r ON r.budget_id = b.id GROUP BY b.id
HAVING b.reserved <> coalesce(sum(r.amount) FILTER (WHERE r.state = 'reserved'), 0)"""
UNRESERVED = """
SELECT number FROM cases c WHERE passed ? 'reserve_budget'
AND amount IS DISTINCT FROM (SELECT amount FROM reservations r WHERE r.case_id = c.id AND r.state = 'reserved')"""


def rows(product: Product, query: str) -> list[tuple[Any, ...]]:
    socket_folder = product.home / "postgres"
    with psycopg.connect(f"postgresql://postgres@/huiqian?host={socket_folder}") as connection:
        return connection.execute(query).fetchall()


def verified(product: Product) -> bool:
    """What ``huiqian audit verify`` says about every chain of history."""
    return product.command("audit", "verify").wait(120) == 0
