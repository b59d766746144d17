"""Registers from rows of text: all or nothing, every bad row named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import InvalidInput
from services.people.models import DbDepartment
from services.registers.budgets import find_amount, is_month, set_budget
from services.registers.models import DbCustomer

Row = Mapping[str, str]
_FIRST_ROW = 2
"""Row 1 of a sheet is its heading."""


def import_customers(rows: Sequence[Row]) -> int:
    """Add customers, or change those whose code is known. Raises InvalidInput naming row and column."""
    errors = _errors(rows, lambda row: [name for name in ("code", "name") if not row.get(name)])
    if errors:
        raise InvalidInput(errors, "有 {count} 行不能导入：{reasons}", reasons=_spelt(errors))
    with transaction() as session:
        for row in rows:
            values = {name: row.get(name, "") for name in ("name", "address", "category")}
            values["grade"] = row.get("grade") or "C"
            statement = insert(DbCustomer).values(code=row["code"], **values)
            found = {name: statement.excluded[name] for name in ("search_text", "pairs")}
            session.execute(statement.on_conflict_do_update(index_elements=["code"], set_={**values, **found}))
    return len(rows)


def import_budgets(rows: Sequence[Row]) -> int:
    """Set budgets by department and month. Raises InvalidInput naming row and column."""
    with transaction() as session:
        departments = _departments(session)
        errors = _errors(rows, lambda row: _bad_budget_columns(row, departments))
        if errors:
            raise InvalidInput(errors, "有 {count} 行不能导入：{reasons}", reasons=_spelt(errors))
        for row in rows:
            set_budget(session, department=row["department"], month=row["month"], amount=_amount(row) or Decimal(0))
    return len(rows)


def _departments(session: Session) -> set[str]:
    return set(session.scalars(select(DbDepartment.name)))


def _bad_budget_columns(row: Row, departments: set[str]) -> list[str]:
    bad = []
    if row.get("department") not in departments:
        bad.append("department")
    if not is_month(row.get("month", "")):
        bad.append("month")
    if _amount(row) is None:
        bad.append("amount")
    return bad


def _amount(row: Row) -> Decimal | None:
    return find_amount(row.get("amount", "").replace(",", ""))


def _errors(rows: Sequence[Row], bad_columns: Callable[[Row], list[str]]) -> dict[str, list[str]]:
    found = {f"{number}": bad_columns(row) for number, row in enumerate(rows, _FIRST_ROW)}
    return {number: columns for number, columns in found.items() if columns}


def _spelt(errors: Mapping[str, list[str]]) -> str:
    return "；".join(f"第 {number} 行 {'、'.join(columns)}" for number, columns in list(errors.items())[:50])
