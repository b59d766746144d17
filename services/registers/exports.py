"""Registers as files: xlsx with real dates and numbers, and CSV. What they say can be imported again as it is.

Written row after row from a cursor, so that a hundred thousand orders need no more memory than ten. No text of a
register ever becomes a formula in whatever opens the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter
from sqlalchemy import Select, false
from sqlalchemy.orm import Session
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.errors import InvalidInput
from services.registers import budget_plan, customers, gift_register, order_search
from services.registers.imports.entries import listed
from services.registers.imports.layouts import BUDGETS, CUSTOMERS, GIFTS, ORDERS, Column, get_layout, said
from services.registers.models import DbBudget, DbCustomer, DbGift, DbOrder
from services.types import Actor
from workflows.calendar import COMPANY_ZONE

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet may take for a formula."""
_AT_ONCE = 2_000
_EVERYTHING = 1_000_000
_FORMATS = {"money": "#,##0.00", "number": "General", "day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss", "text": "@"}

_STREAMED = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}

Filters = Mapping[str, str]
"""What the list was narrowed by, as its address says it."""


def export_rows(
    session: Session, actor: Actor, register: str, filters: Filters
) -> tuple[Sequence[Column], Iterator[Sequence[Any]]]:
    """The columns and, from a cursor of the database, the rows. Raises NotFound, NotPermitted, InvalidInput."""
    layout = get_layout(register)
    columns = (*layout.columns, *layout.told)
    query = _narrowed(session, actor, register, filters)
    rows = session.execute(query.execution_options(yield_per=_AT_ONCE))
    # where one column names the entry, that is what the query calls the key
    only = layout.key[0] if len(layout.key) == 1 else ""
    names = ["key" if column.key == only else column.key for column in columns]
    return columns, ([getattr(row, name) for name in names] for row in rows)


def _narrowed(session: Session, actor: Actor, register: str, filters: Filters) -> Select[Any]:
    makers = {CUSTOMERS: _customers, ORDERS: _orders, GIFTS: _gifts, BUDGETS: _budgets}
    return makers[register](session, actor, filters)


def _customers(_session: Session, _actor: Actor, filters: Filters) -> Select[Any]:
    wanted = customers.CustomerFilter(
        text=filters.get("q", ""),
        grade=filters.get("grade", ""),
        relation=filters.get("relation", ""),
        region=filters.get("region", ""),
        category=filters.get("category", ""),
    )
    return listed(CUSTOMERS).where(*customers.narrowed(wanted)).order_by(DbCustomer.code)


def _orders(_session: Session, actor: Actor, filters: Filters) -> Select[Any]:
    order_search.require_reader(actor)
    wanted = order_search.OrderFilter(
        text=filters.get("q", ""),
        state=filters.get("state", ""),
        customer=filters.get("customer", ""),
        first_day=_day(filters, "from"),
        last_day=_day(filters, "to"),
    )
    found: Select[Any] = order_search.filtered(listed(ORDERS).order_by(DbOrder.id), wanted)
    return found


def _day(filters: Filters, name: str) -> date | None:
    given = filters.get(name, "")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise InvalidInput({name: ["请填写日期，如 2026-11-20"]}) from error


def _gifts(session: Session, _actor: Actor, filters: Filters) -> Select[Any]:
    text, state = filters.get("q", ""), filters.get("state", "")
    query = listed(GIFTS).order_by(DbGift.code)
    if not text and not state:
        return query
    lines = gift_register.list_gifts(session, text=text, state=state, limit=_EVERYTHING)
    return query.where(DbGift.id.in_([line.gift.id for line in lines]))


def _budgets(session: Session, actor: Actor, filters: Filters) -> Select[Any]:
    departments = budget_plan.require_visible_departments(session, actor)
    query = listed(BUDGETS).where(DbBudget.department_id.in_(departments))
    query = query.order_by(DbBudget.department_id, DbBudget.month)
    asked, year = filters.get("department", ""), filters.get("year", "")
    if asked:
        chosen = [number for number, name in departments.items() if asked in (str(number), name)]
        query = query.where(DbBudget.department_id.in_(chosen)) if chosen else query.where(false())
    return query.where(DbBudget.month.startswith(f"{year}-", autoescape=True)) if year else query


def write_xlsx(file: IO[bytes], register: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    """One sheet with a heading that stays in sight. Texts are written as texts, whatever they begin with."""
    layout = get_layout(register)
    with xlsxwriter.Workbook(file, _STREAMED) as book:
        page = book.add_worksheet(layout.title)
        page.freeze_panes(1, 0)
        formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        # an edit of such a cell would otherwise make a formula of it
        quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        bold = book.add_format({"bold": True, "bottom": 1})
        for at, column in enumerate(columns):
            page.set_column(at, at, column.width, formats[column.kind])
            page.write_string(0, at, column.label, bold)
        for number, row in enumerate(rows, 1):
            for at, (column, value) in enumerate(zip(columns, row, strict=True)):
                if value not in (None, ""):
                    plain = said(layout, column.key, value) if column.kind == "text" else value
                    _write(page, number, at, column.kind, plain, formats, quoted)


def _write(
    page: Worksheet, row: int, at: int, kind: str, value: Any, formats: Mapping[str, Format], quoted: Format
) -> None:
    if kind in ("money", "number"):
        page.write_number(row, at, float(value), formats[kind])
    elif kind == "moment":
        local = datetime.fromisoformat(value).astimezone(COMPANY_ZONE).replace(tzinfo=None)
        page.write_datetime(row, at, local, formats[kind])
    elif kind == "day":
        page.write_datetime(row, at, date.fromisoformat(value), formats[kind])
    else:
        page.write_string(row, at, value, quoted if value.startswith(RISKY) else formats["text"])


def write_texts(file: IO[bytes], title: str, rows: Iterable[Sequence[str]]) -> None:
    """One sheet of texts, such as the rows of a file that were refused; the first is the heading."""
    with xlsxwriter.Workbook(file, _STREAMED) as book:
        page = book.add_worksheet(title)
        page.freeze_panes(1, 0)
        plain = book.add_format({"num_format": "@"})
        quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        page.set_column(0, 59, 18, plain)
        for number, row in enumerate(rows):
            for at, text in enumerate(row):
                page.write_string(number, at, text, quoted if text.startswith(RISKY) else plain)


def write_csv(file: IO[bytes], register: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    """UTF-8 with the mark that spreadsheets need. A text that looks like a formula has an apostrophe before it."""
    layout = get_layout(register)
    out = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    lines = csv.writer(out)
    lines.writerow([column.label for column in columns])
    for row in rows:
        texts = [said(layout, column.key, value) for column, value in zip(columns, row, strict=True)]
        lines.writerow([f"'{text}" if text.startswith(RISKY) else text for text in texts])
    # the file stays open for whoever reads it
    out.detach()
