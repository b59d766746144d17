"""What a file does to the registers: shown first, then exactly that, with a history; or nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from services.database import Base, db, table_of
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.registers import gift_register
from services.registers.changes import list_changes
from services.registers.imports import staging
from services.registers.imports.layouts import BUDGETS, CUSTOMERS, GIFTS, LAYOUTS, ORDERS
from services.registers.imports.models import DbImport, DbImportRow
from services.registers.imports.preview import Preview, preview
from services.registers.models import (
    DbBudget,
    DbContact,
    DbCustomer,
    DbGift,
    DbGiftMovement,
    DbOrder,
    DbOrderClaim,
    DbOrderEvent,
    DbRegisterChange,
)
from services.registers.orders import first_values
from services.types import Actor
from tests.conftest import MONDAY
from tests.support import address_change
from tests.support.sheets import Rows, csv_of, xlsx_of

Cast = Callable[[str], Actor]
LATER = MONDAY + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def registers_as_before(app: Flask) -> Iterator[None]:
    """What these tests add to the registers is gone afterwards; budgets are set back."""
    amounts = {row.id: row.amount for row in db.session.scalars(select(DbBudget))}
    contacts, customers = _all(DbContact), _all(DbCustomer)
    yield
    db.session.rollback()
    db.session.execute(delete(DbGiftMovement))
    db.session.execute(delete(DbOrderEvent))
    db.session.execute(delete(DbOrderClaim))
    db.session.execute(delete(DbOrder).where(DbOrder.number.like("T%")))
    db.session.execute(delete(DbGift).where(DbGift.code.like("T%")))
    db.session.execute(delete(DbContact).where(DbContact.id.not_in(contacts)))
    db.session.execute(delete(DbCustomer).where(DbCustomer.id.not_in(customers)))
    db.session.execute(delete(DbBudget).where(DbBudget.id.not_in(amounts)))
    for row in db.session.scalars(select(DbBudget)):
        row.amount = amounts[row.id]
    for model, rows in ((DbContact, contacts), (DbCustomer, customers)):
        for key, values in rows.items():
            db.session.execute(update(table_of(model)).where(table_of(model).c.id == key).values(values))
    db.session.commit()


def _all(model: type[Base]) -> dict[int, dict[str, Any]]:
    """Every row of a table as it is, by its id."""
    return {row["id"]: dict(row) for row in db.session.execute(select(table_of(model))).mappings()}


def stage(actor: Actor, register: str, rows: Rows, name: str = "file.xlsx") -> int:
    content = xlsx_of(rows) if name.endswith("x") else csv_of(rows)
    return staging.stage(actor, register, name, content, now=MONDAY)


def shown(actor: Actor, register: str, number: int) -> Preview:
    db.session.expire_all()
    return preview(db.session(), actor, register, number, now=MONDAY)


def take_over(actor: Actor, register: str, rows: Rows) -> Preview:
    number = stage(actor, register, rows)
    found = shown(actor, register, number)
    assert staging.confirm(actor, register, number, ignore_unknown=False, now=LATER)
    return found


def counts(found: Preview) -> tuple[int, int, int, int]:
    head = found.head
    return head.new, head.changed, head.unchanged, head.refused


def order(number: str) -> DbOrder:
    db.session.expire_all()
    return db.session.scalars(select(DbOrder).where(DbOrder.number == number)).one()


SENT = [[name, "已打印", "张伟", "13800000000", "上海市浦东新区世纪大道 100 号"] for name in ("T1", "T2")]
ORDER_ROWS = [
    ["订单编号", "客户编号", "状态", "收货人", "金额", "下单时间"],
    ["T1", "C001", "未打印", "王小明", 120.5, "2026-11-20 09:00"],
    ["T2", "", "已打印", "李静", "", ""],
]


def test_orders_are_added_changed_and_left_alone(cast: Cast) -> None:
    presales = cast("presales")
    assert counts(take_over(presales, ORDERS, ORDER_ROWS)) == (2, 0, 0, 0)
    first, second = order("T1"), order("T2")
    assert (first.state, first.amount, first.ordered_at.isoformat()) == (
        "unprinted",
        Decimal("120.50"),
        "2026-11-20T01:00:00+00:00",
    )
    assert (second.customer_id, second.amount, second.ordered_at, second.changed_at) == (None, 0, LATER, LATER)

    again = [ORDER_ROWS[0], ["T1", "C001", "已收件", "王小明", "120.50", "2026/11/20 9:00"], ORDER_ROWS[2]]
    found = take_over(presales, ORDERS, again)
    assert counts(found) == (0, 1, 1, 0)
    [change] = found.rows["changed"][0].changes
    assert (change.label, change.before, change.after) == ("状态", "未打印", "已收件")
    assert order("T1").state == "collected"


def test_every_order_has_its_history(cast: Cast) -> None:
    presales = cast("presales")
    take_over(presales, ORDERS, ORDER_ROWS)
    take_over(presales, ORDERS, [["number", "state", "address"], ["T1", "printed", "苏州市星湖街 1 号"]])
    events = db.session.execute(
        select(DbOrderEvent.state, DbOrderEvent.source, DbOrderEvent.user_id, DbOrderEvent.note)
        .where(DbOrderEvent.order_id == order("T1").id)
        .order_by(DbOrderEvent.id)
    ).all()
    assert [tuple(event) for event in events] == [
        ("unprinted", "import", presales.id, ""),
        ("printed", "import", presales.id, "收货信息已更改"),
    ]
    newest, first = list_changes(db.session(), "orders", "T1")
    assert {field.field: (field.before, field.after) for field in newest.fields} == {
        "state": ("unprinted", "printed"),
        "address": ("", "苏州市星湖街 1 号"),
    }
    assert (first.is_new, first.source, first.who, first.at) == (True, "import", presales.name, LATER)
    assert first_values(db.session(), "T1")["number"] == "T1"


def test_an_order_never_goes_back(cast: Cast) -> None:
    presales = cast("presales")
    take_over(presales, ORDERS, [["number", "state"], ["T1", "已收件"], ["T2", "已送达"]])
    number = stage(presales, ORDERS, [["number", "state"], ["T1", "已打印"], ["T2", "已送达"]])
    found = shown(presales, ORDERS, number)
    assert counts(found) == (0, 0, 1, 1)
    [problem] = found.rows["refused"][0].problems
    assert (
        problem.reason
        == "订单 T1 现在是“已收件”，不能退回“已打印”；请更新文件或删去这一行，确要更正请在订单页面写明原因"
    )
    with pytest.raises(Conflict):
        staging.confirm(presales, ORDERS, number, ignore_unknown=False, now=LATER)
    assert order("T1").state == "collected"


def test_an_old_file_neither_changes_what_was_delivered_nor_undoes_an_address_change(cast: Cast) -> None:
    presales = cast("presales")
    heading = ["number", "state", "address", "goods"]
    take_over(presales, ORDERS, [heading, ["T1", "已送达", "甲路 1 号", "茶"], ["T2", "已打印", "乙路 2 号", ""]])
    rows = [heading, ["T1", "已送达", "甲路 1 号", "酒"], ["T2", "已打印", "丙路 3 号", "茶"]]
    found = shown(presales, ORDERS, stage(presales, ORDERS, rows))
    assert [(row.number, row.problems[0].column, row.problems[0].reason) for row in found.rows["refused"]] == [
        (2, "订单编号", "订单 T1 已送达，不再更改；请删去这一行"),
        (3, "收货地址", "订单 T2 的收件信息只能由地址更改流程更改；请保留“乙路 2 号”"),
    ]


def test_a_case_that_waits_for_an_order_hears_of_its_new_state(cast: Cast) -> None:
    """The parcel of an open 地址更改 was collected: the warehouse's task ends and the courier post is asked."""
    take_over(cast("presales"), ORDERS, [["number", "state", "recipient", "phone", "address"], *SENT])
    case = address_change.start(number="T1")
    assert address_change.standing(case)[1] == ["change_in_warehouse"]
    take_over(cast("courier"), ORDERS, [["number", "goods"], ["T1", "茶"], ["T2", "茶"]])
    address_change.work(LATER)
    assert address_change.standing(case)[1] == ["change_in_warehouse"]
    take_over(cast("courier"), ORDERS, [["number", "state"], ["T1", "已收件"], ["T2", "已收件"]])
    address_change.work(LATER)
    assert address_change.standing(case)[1] == ["intercept"]
    events = db.session.scalars(select(DbOrderEvent.state).where(DbOrderEvent.order_id == order("T1").id))
    assert list(events) == ["printed", "collected"]


def test_bad_rows_leave_everything_as_it_was(cast: Cast) -> None:
    presales = cast("presales")
    rows = [["number", "customer", "amount"], ["T1", "C001", 5], ["T2", "C999", 5], ["T3", "C001", -5]]
    found = shown(presales, ORDERS, stage(presales, ORDERS, rows))
    assert counts(found) == (1, 0, 0, 2)
    assert [(row.number, row.problems[0].column, row.problems[0].reason) for row in found.rows["refused"]] == [
        (3, "客户编号", "没有编号为 C999 的客户，请先登记客户"),
        (4, "金额", "不能是负数"),
    ]
    assert db.session.query(DbOrder).filter(DbOrder.number.like("T%")).count() == 0


def test_a_character_that_nothing_can_keep_is_named_with_its_row(cast: Cast) -> None:
    presales = cast("presales")
    number = stage(presales, ORDERS, [["number", "goods", "a\0b"], ["T1", "办公\0椅", ""], ["T2", "办公椅", ""]])
    found = shown(presales, ORDERS, number)
    assert counts(found) == (1, 0, 0, 1)
    assert [(row.number, row.problems[0].column) for row in found.rows["refused"]] == [(2, "商品")]
    assert found.head.unknown == ["a\ufffdb"]


def test_what_changed_meanwhile_is_shown_again(cast: Cast) -> None:
    presales = cast("presales")
    take_over(presales, ORDERS, ORDER_ROWS)
    number = stage(presales, ORDERS, [["number", "carrier"], ["T1", "顺丰"], ["T2", ""]])
    order("T2").carrier = "中通"
    db.session.commit()
    assert not staging.confirm(presales, ORDERS, number, ignore_unknown=False, now=LATER)
    assert order("T1").carrier == ""
    found = shown(presales, ORDERS, number)
    assert counts(found) == (0, 2, 0, 0)
    assert found.rows["changed"][1].changes[0].before == "中通"
    assert staging.confirm(presales, ORDERS, number, ignore_unknown=False, now=LATER)
    assert [order(name).carrier for name in ("T1", "T2")] == ["顺丰", ""]


def test_an_order_that_moved_on_meanwhile_is_refused_in_the_new_preview(cast: Cast) -> None:
    presales = cast("presales")
    take_over(presales, ORDERS, ORDER_ROWS)
    number = stage(presales, ORDERS, [["number", "state", "customer"], ["T1", "已打印", "C002"]])
    order("T1").state = "delivered"
    db.session.commit()
    assert not staging.confirm(presales, ORDERS, number, ignore_unknown=False, now=LATER)
    found = shown(presales, ORDERS, number)
    assert counts(found) == (0, 0, 0, 1)
    typed = db.session.scalars(select(DbImportRow.typed).where(DbImportRow.import_id == number)).one()
    assert typed == ["T1", "已打印", "C002"]


def test_only_who_brought_the_file_confirms_it_once_and_within_an_hour(cast: Cast) -> None:
    presales = cast("presales")
    number = stage(presales, ORDERS, ORDER_ROWS)
    for actor, moment in ((cast("courier"), LATER), (presales, MONDAY + timedelta(hours=1, seconds=1))):
        with pytest.raises(NotFound):
            staging.confirm(actor, ORDERS, number, ignore_unknown=False, now=moment)
    with pytest.raises(NotFound):
        staging.confirm(cast("admin"), CUSTOMERS, number, ignore_unknown=False, now=LATER)
    assert staging.confirm(presales, ORDERS, number, ignore_unknown=False, now=LATER)
    with pytest.raises(Conflict, match="已经导入过"):
        staging.confirm(presales, ORDERS, number, ignore_unknown=False, now=LATER)
    assert db.session.query(DbImportRow).count() == 0
    [(kept, who)] = staging.list_imports(db.session(), ORDERS)
    assert (kept.filename, kept.new, kept.applied_at, who) == ("file.xlsx", 2, LATER, presales.name)


def test_files_that_nobody_confirms_are_forgotten(cast: Cast) -> None:
    number = stage(cast("presales"), ORDERS, ORDER_ROWS)
    staging.sweep(now=MONDAY + timedelta(minutes=59))
    assert db.session.get(DbImport, number) is not None
    staging.sweep(now=MONDAY + timedelta(minutes=61))
    db.session.expire_all()
    assert (db.session.get(DbImport, number), db.session.query(DbImportRow).count()) == (None, 0)


def test_a_discarded_file_is_gone_and_a_second_one_takes_its_place(cast: Cast) -> None:
    presales = cast("presales")
    first, second = stage(presales, ORDERS, ORDER_ROWS), stage(presales, ORDERS, ORDER_ROWS)
    with pytest.raises(NotFound):
        staging.confirm(presales, ORDERS, first, ignore_unknown=False, now=LATER)
    staging.discard(presales, ORDERS, second, now=LATER)
    assert db.session.query(DbImport).count() == 0


def test_unknown_columns_are_left_out_only_when_told_so(cast: Cast) -> None:
    presales = cast("presales")
    number = stage(presales, ORDERS, [["number", "颜色"], ["T1", "红"]])
    assert shown(presales, ORDERS, number).head.unknown == ["颜色"]
    with pytest.raises(InvalidInput) as refusal:
        staging.confirm(presales, ORDERS, number, ignore_unknown=False, now=LATER)
    assert "unknown" in refusal.value.errors
    assert staging.confirm(presales, ORDERS, number, ignore_unknown=True, now=LATER)


@pytest.mark.parametrize(
    ("register", "allowed"),
    [
        (CUSTOMERS, {"specialist", "finance", "gifts", "presales", "warehouse", "courier", "admin"}),
        (ORDERS, {"presales", "warehouse", "courier", "admin"}),
        (GIFTS, {"gifts", "admin"}),
        (BUDGETS, {"finance", "admin"}),
    ],
)
def test_who_may_bring_a_file(cast: Cast, register: str, allowed: set[str]) -> None:
    everybody = ("specialist", "finance", "gifts", "presales", "warehouse", "courier", "admin", "outsider")
    assert {name for name in everybody if LAYOUTS[register].may_import(cast(name))} == allowed
    with pytest.raises(NotPermitted):
        staging.stage(cast("outsider"), register, "a.csv", b"code\n1", now=MONDAY)


def test_customers_come_with_the_person_to_talk_to(cast: Cast) -> None:
    specialist = cast("specialist")
    heading = ["编号", "名称", "地址", "等级", "距离", "不宜拜访时间", "联系人", "联系人电话", "生日"]
    first = ["T-1", "测试有限公司", "南京路 1 号", "B", 12.5, "周一上午", "王芳", "13800000001", "1985-06-18"]
    found = take_over(
        specialist, CUSTOMERS, [heading, first, ["C001", "上海晨光科技有限公司", "", "", "", "", "", "", ""]]
    )
    assert counts(found) == (1, 1, 0, 0)
    customer = db.session.scalars(select(DbCustomer).where(DbCustomer.code == "T-1")).one()
    assert (customer.grade, customer.relation, customer.distance_km) == ("B", "一般", Decimal("12.5"))
    assert "测试" in (customer.pairs or [])
    [contact] = db.session.scalars(select(DbContact).where(DbContact.customer_id == customer.id))
    assert (contact.name, contact.phone, contact.main) == ("王芳", "13800000001", True)
    [line] = list_changes(db.session(), "customers", "T-1")
    assert {field.field: field.after for field in line.fields}["contact:王芳"] == "13800000001 · 1985-06-18 · ★"

    again = take_over(
        specialist, CUSTOMERS, [["编号", "名称", "联系人", "联系人电话"], ["T-1", "测试公司", "赵六", "139"]]
    )
    assert [change.label for change in again.rows["changed"][0].changes] == ["客户名称", "联系人", "联系人电话"]
    people = db.session.scalars(select(DbContact).where(DbContact.customer_id == customer.id).order_by(DbContact.id))
    assert [(contact.name, contact.phone, contact.main) for contact in people] == [
        ("王芳", "13800000001", False),
        ("赵六", "139", True),
    ]
    assert counts(take_over(specialist, CUSTOMERS, [heading[:2], ["T-1", "测试公司"]])) == (0, 0, 1, 0)


def test_a_birthday_lies_in_the_past(cast: Cast) -> None:
    rows = [["编号", "名称", "联系人", "生日"], ["T-1", "甲", "王", "2026-11-23"], ["T-2", "乙", "李", "2026-11-24"]]
    found = shown(cast("specialist"), CUSTOMERS, stage(cast("specialist"), CUSTOMERS, rows))
    assert [(row.number, row.problems[0].column) for row in found.rows["refused"]] == [(3, "联系人生日")]


def test_the_stock_of_gifts_goes_through_the_ledger(cast: Cast) -> None:
    keeper = cast("gifts")
    take_over(keeper, GIFTS, [["编号", "名称", "单价", "库存"], ["T1", "茶叶礼盒", 128, 10], ["T2", "钢笔", 60, 0]])
    gift = gift_register.get_gift(db.session(), "T1")
    gift.reserved = 4
    db.session.commit()
    refused = shown(keeper, GIFTS, stage(keeper, GIFTS, [["编号", "名称", "库存"], ["T1", "茶叶礼盒", 3]]))
    assert refused.rows["refused"][0].problems[0].reason == "库存 3 少于已为申请预留的 4；请先处理这些申请"
    assert counts(take_over(keeper, GIFTS, [["编号", "名称", "库存"], ["T1", "茶叶", 7]])) == (0, 1, 0, 0)
    db.session.expire_all()
    gift = gift_register.get_gift(db.session(), "T1")
    assert (gift.name, gift.stock, gift.reserved, gift.unit) == ("茶叶", 7, 4, "件")
    moves = gift_register.list_movements(db.session(), gift, limit=10)
    assert [(move.kind, move.stock_before, move.stock_after, move.who) for move in moves] == [
        ("adjust", 10, 7, keeper.name),
        ("opening", 0, 10, keeper.name),
    ]
    assert moves[0].note == "导入：file.xlsx"


def test_budgets_are_set_by_department_and_month(cast: Cast) -> None:
    finance = cast("finance")
    rows = [
        ["部门", "月份", "金额"],
        ["客户服务部", "2026年11月", "31,000"],
        ["销售部", "2028-01", 5],
        ["没有部", "2028-01", 5],
    ]
    found = shown(finance, BUDGETS, stage(finance, BUDGETS, rows))
    assert counts(found) == (1, 1, 0, 1)
    assert found.rows["refused"][0].problems[0].reason == "没有部门“没有部”"
    take_over(finance, BUDGETS, rows[:3])
    amounts = db.session.scalars(select(DbBudget.amount).where(DbBudget.month.in_(("2026-11", "2028-01"))))
    assert {Decimal(31_000), Decimal(5)} <= set(amounts)
    assert db.session.query(DbRegisterChange).filter_by(register="budgets", source="import").count() == 2


@pytest.mark.parametrize("preview_only", [True, False])
def test_the_command_line_takes_all_or_nothing(app: Flask, preview_only: bool) -> None:
    layout, options = LAYOUTS[ORDERS], {"now": MONDAY, "preview": preview_only}
    bad = staging.import_file(layout, "a.csv", csv_of([*ORDER_ROWS, ["T3", "C999", "", "", "", ""]]), **options)
    assert (bad.applied, [row.number for row in bad.refused]) == (False, [4])
    assert db.session.query(DbOrder).filter(DbOrder.number.like("T%")).count() == 0
    done = staging.import_file(layout, "a.csv", csv_of(ORDER_ROWS, encoding="gbk"), **options)
    assert (done.applied, done.new, done.read_as) == (not preview_only, 2, "GB18030")
    assert db.session.query(DbOrder).filter(DbOrder.number.like("T%")).count() == (0 if preview_only else 2)
    with pytest.raises(InvalidInput, match="不认识的列：颜色"):
        staging.import_file(layout, "a.csv", csv_of([["number", "颜色"], ["T9", "红"]]), **options)


def test_a_register_that_somebody_else_fills_meanwhile(cast: Cast, monkeypatch: Any) -> None:
    """An entry that is new to the file, and is added by somebody between the look and the insert."""
    presales = cast("presales")
    number = stage(presales, ORDERS, ORDER_ROWS)
    take_over(cast("courier"), ORDERS, [["number"], ["T1"]])
    assert not staging.confirm(presales, ORDERS, number, ignore_unknown=False, now=LATER)
    assert counts(shown(presales, ORDERS, number)) == (1, 1, 0, 0)
