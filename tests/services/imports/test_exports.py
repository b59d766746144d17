"""What leaves the registers: complete, as real values, safe in a spreadsheet, and the same when it comes back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import python_calamine
from flask import Flask
from sqlalchemy import delete

from services.database import db
from services.errors import InvalidInput, NotFound, NotPermitted
from services.registers import exports
from services.registers.imports import staging
from services.registers.imports.layouts import BUDGETS, CUSTOMERS, GIFTS, LAYOUTS, ORDERS
from services.registers.models import DbContact, DbCustomer, DbGift, DbGiftMovement, DbOrder, DbOrderEvent
from tests.conftest import MONDAY, find_actor
from tests.support.sheets import csv_of

RISKY = ["=1+1", "+86 138", "-5", "@SUM(A1)", '=HYPERLINK("http://evil.example","x")']


@pytest.fixture(autouse=True)
def filled(app: Flask) -> Iterator[None]:
    """Orders with every kind of text and with seconds, a gift, and a customer with a contact."""
    rows = [
        [
            "number",
            "customer",
            "state",
            "recipient",
            "phone",
            "address",
            "amount",
            "pickup_at",
            "ordered_at",
            "tracking_number",
        ]
    ]
    for at in range(60):
        moment = f"{MONDAY + timedelta(seconds=7919 * at + 1):%Y-%m-%dT%H:%M:%S+00:00}"
        text = "'" + RISKY[at % len(RISKY)]
        state = ("未打印", "已打印", "已收件", "已送达")[at % 4]
        rows.append(
            [f"T{at:03}", "C001" if at % 2 else "", state, text, "007", "", f"{at}.1", moment, moment, f"00{at}"]
        )
    for register, table in (
        (ORDERS, rows),
        (GIFTS, [["code", "name", "price", "stock"], ["T1", "'=1+1", "12.5", "7"]]),
        (CUSTOMERS, [["code", "name", "contact", "birthday"], ["T-1", "测试", "王芳", "1985-06-18"]]),
    ):
        assert staging.import_file(LAYOUTS[register], "a.csv", csv_of(table), now=MONDAY).applied
    yield
    db.session.rollback()
    for table_class in (DbGiftMovement, DbOrderEvent):
        db.session.execute(delete(table_class))
    db.session.execute(delete(DbOrder).where(DbOrder.number.like("T%")))
    db.session.execute(delete(DbGift).where(DbGift.code == "T1"))
    theirs = db.session.query(DbCustomer.id).filter(DbCustomer.code == "T-1").scalar_subquery()
    db.session.execute(delete(DbContact).where(DbContact.customer_id == theirs))
    db.session.execute(delete(DbCustomer).where(DbCustomer.code == "T-1"))
    db.session.commit()


def xlsx(register: str, username: str = "admin", **filters: str) -> bytes:
    out = io.BytesIO()
    columns, rows = exports.export_rows(db.session(), find_actor(username), register, filters)
    exports.write_xlsx(out, register, columns, rows)
    db.session.rollback()
    return out.getvalue()


def written(register: str, columns: Any, rows: Any) -> bytes:
    out = io.BytesIO()
    exports.write_csv(out, register, columns, rows)
    return out.getvalue()


def values(content: bytes) -> list[list[Any]]:
    with python_calamine.CalamineWorkbook.from_object(io.BytesIO(content)) as book:
        return book.get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("register", [CUSTOMERS, ORDERS, GIFTS, BUDGETS])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_export_that_is_imported_changes_nothing(register: str, kind: str) -> None:
    if kind == "xlsx":
        content = xlsx(register)
    else:
        columns, rows = exports.export_rows(db.session(), find_actor("admin"), register, {})
        content = written(register, columns, rows)
        db.session.rollback()
    done = staging.import_file(LAYOUTS[register], f"a.{kind}", content, now=MONDAY)
    assert (done.refused, done.unknown, done.new, done.changed) == ([], [], 0, 0)
    assert done.unchanged == len(values(xlsx(register))) - 1 > 0


def test_no_text_becomes_a_formula() -> None:
    content = xlsx(ORDERS, q="T0")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    heading, *rows = values(content)
    assert {row[heading.index("收货人")] for row in rows} == set(RISKY)
    columns, found = exports.export_rows(db.session(), find_actor("admin"), ORDERS, {"q": "T0"})
    lines = written(ORDERS, columns, found).decode("utf-8-sig")
    assert "'+86 138" in lines
    assert not [line for line in lines.split(",") if line.startswith(("=", "+", "@"))]


def test_dates_and_numbers_are_real_and_codes_stay_texts() -> None:
    heading, first, *_more = values(xlsx(ORDERS, q="T0"))
    row = dict(zip(heading, first, strict=True))
    assert (row["金额"], row["收货电话"], row["运单号"]) == (0.1, "007", "000")
    assert f"{row['下单时间']:%Y-%m-%d %H:%M:%S}" == "2026-11-23 09:00:01"
    assert row["状态"] == "未打印"


@pytest.mark.parametrize(
    ("register", "filters", "count"),
    [
        (ORDERS, {"q": "T0", "state": "collected"}, 15),
        (ORDERS, {"q": "T0", "customer": "C001", "state": "delivered"}, 15),
        (ORDERS, {"q": "T0", "from": "2026-11-28", "to": "2026-11-28"}, 9),
        (ORDERS, {"q": "T001"}, 1),
        (CUSTOMERS, {"q": "测试"}, 1),
        (GIFTS, {"q": "T1"}, 1),
        (BUDGETS, {"year": "2026", "department": "客户服务部"}, 12),
        (BUDGETS, {"year": "%", "department": ""}, 0),
        (BUDGETS, {"department": "x"}, 0),
    ],
)
def test_an_export_is_narrowed_as_its_list(register: str, filters: dict[str, str], count: int) -> None:
    assert len(values(xlsx(register, **filters))) - 1 == count


def test_who_may_not_read_a_register_gets_no_file() -> None:
    for register in (ORDERS, BUDGETS):
        with pytest.raises(NotPermitted):
            xlsx(register, "gifts" if register == BUDGETS else "outsider")
    with pytest.raises(NotFound):
        xlsx("nothing")
    with pytest.raises(InvalidInput):
        xlsx(ORDERS, **{"from": "x"})


def test_a_department_head_gets_only_the_own_budgets() -> None:
    heading, *rows = values(xlsx(BUDGETS, "manager"))
    assert {row[heading.index("部门")] for row in rows} == {"客户服务部"}
