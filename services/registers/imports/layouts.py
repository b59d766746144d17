"""How the registers stand in files: their columns, what each may hold, and who may bring a file in."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.errors import NotFound, NotPermitted
from services.registers import gift_register, orders
from services.registers.budgets import FINANCE_POST
from services.registers.customer_form import read_fields
from services.registers.customers import GRADES, RELATIONS
from services.registers.imports import cells
from services.types import Actor
from workflows.calendar import COMPANY_ZONE

CUSTOMERS, ORDERS, GIFTS, BUDGETS = "customers", "orders", "gifts", "budgets"
_STATES = {
    **{label: state for state, label in orders.STATE_LABELS.items()},
    **{state: state for state in orders.STATE_LABELS},
}
_GRADES = {grade: grade for grade in GRADES}
_RELATIONS = {relation: relation for relation in RELATIONS}
CONTACT_FIELDS = ("contact_title", "contact_phone", "contact_email", "birthday")


@dataclass(frozen=True, kw_only=True)
class Column:
    """``fixed`` columns are never empty: an empty cell leaves what is there, or what a new entry begins with.
    In the others an empty cell empties the field."""

    key: str
    label: str
    read: cells.Reader
    names: tuple[str, ...] = ()
    required: bool = False
    fixed: bool = False
    empty: str | None = ""
    width: int = 14
    kind: str = "text"
    """``text``, ``money``, ``number``, ``day`` or ``moment``: what the cell of an export is."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """``told`` are columns of the export that a file cannot change; ``key`` names the entry."""

    register: str
    title: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    posts: frozenset[str] | None
    told: tuple[Column, ...] = ()

    @property
    def by_key(self) -> Mapping[str, Column]:
        return {column.key: column for column in (*self.columns, *self.told)}

    def find(self, heading: str) -> Column | None:
        """The column that a heading means, in either language."""
        wanted = folded(heading)
        for column in (*self.columns, *self.told):
            if wanted in {folded(name) for name in (column.key, column.label, *column.names)}:
                return column
        return None

    def may_import(self, actor: Actor) -> bool:
        return actor.is_admin or bool(actor.posts if self.posts is None else self.posts & actor.posts)


def folded(heading: str) -> str:
    """A heading without what people write differently: width, capitals, spaces, and the unit in brackets."""
    plain = unicodedata.normalize("NFKC", heading).casefold().partition("(")[0]
    return "".join(plain.split()).strip("*:_")


def _fixed(key: str, label: str, read: cells.Reader, **more: object) -> Column:
    return Column(key=key, label=label, read=read, fixed=True, **more)  # type: ignore[arg-type]


def _customer_code(cell: cells.Cell) -> cells.Value:
    """A code as the register takes it."""
    found = cells.code(20)(cell)
    errors = read_fields({"code": found})[1]
    if errors:
        raise cells.Refused(errors["code"][0])
    return found


_CUSTOMERS = Layout(
    register=CUSTOMERS,
    title="客户",
    key=("code",),
    posts=None,
    columns=(
        Column(key="code", label="编号", names=("客户编号",), read=_customer_code, required=True),
        Column(key="name", label="客户名称", names=("名称", "客户"), read=cells.text(120), required=True, width=32),
        Column(key="address", label="地址", names=("详细地址",), read=cells.text(200), width=40),
        Column(key="region", label="地区", names=("区域",), read=cells.text(40)),
        Column(
            key="distance_km",
            label="与公司之间的距离",
            names=("距离",),
            read=cells.distance,
            empty=None,
            kind="number",
        ),
        Column(key="category", label="经营类别", names=("类别",), read=cells.text(60)),
        _fixed("grade", "等级", cells.choice(_GRADES), names=("客户等级",), width=10),
        _fixed("relation", "关系", cells.choice(_RELATIONS), names=("客户分类", "分类"), width=10),
        Column(key="no_visit", label="不宜拜访时间", read=cells.unwelcome_hours, width=24),
        Column(key="remark", label="备注", read=cells.text(500), width=24),
        _fixed("contact", "联系人", cells.text(40), names=("联络人员",)),
        Column(key="contact_title", label="联系人职务", names=("职务",), read=cells.text(40)),
        Column(key="contact_phone", label="联系人电话", names=("电话", "联系方式"), read=cells.code(40), width=16),
        Column(key="contact_email", label="联系人邮箱", names=("邮箱",), read=cells.email, width=24),
        Column(key="birthday", label="联系人生日", names=("生日",), read=cells.day, empty=None, kind="day"),
    ),
)
_ORDERS = Layout(
    register=ORDERS,
    title="订单",
    key=("number",),
    posts=frozenset(orders.POSTS),
    columns=(
        Column(key="number", label="订单编号", names=("编号", "订单号"), read=cells.code(40), required=True, width=20),
        Column(key="customer", label="客户编号", names=("客户",), read=cells.code(20), empty=None),
        _fixed("state", "状态", cells.choice(_STATES), width=10),
        Column(key="recipient", label="收货人", read=cells.text(40)),
        Column(key="phone", label="收货电话", names=("电话",), read=cells.code(40), width=16),
        Column(key="address", label="收货地址", names=("地址",), read=cells.text(200), width=40),
        Column(key="goods", label="商品", read=cells.text(200), width=28),
        _fixed("amount", "金额", cells.amount, kind="money"),
        _fixed("postage", "运费", cells.amount, kind="money"),
        Column(key="carrier", label="快递公司", read=cells.text(40)),
        Column(key="tracking_number", label="运单号", names=("快递单号",), read=cells.code(40), width=20),
        Column(key="pickup_at", label="取件时间", read=cells.moment, empty=None, kind="moment", width=20),
        _fixed("ordered_at", "下单时间", cells.moment, kind="moment", width=20),
    ),
)


def _price(cell: cells.Cell) -> str:
    found = cells.amount(cell)
    if Decimal(found) > gift_register.MAX_PRICE:
        raise cells.Refused("不能超过 {limit}", limit=gift_register.MAX_PRICE)
    return found


def _quantity(cell: cells.Cell) -> int:
    found = cells.count(cell)
    if found > gift_register.MAX_QUANTITY:
        raise cells.Refused("不能超过 {limit}", limit=gift_register.MAX_QUANTITY)
    return found


_GIFTS = Layout(
    register=GIFTS,
    title="礼品",
    key=("code",),
    posts=frozenset({gift_register.KEEPER_POST}),
    columns=(
        Column(key="code", label="编号", names=("礼品编号",), read=cells.code(20), required=True),
        Column(key="name", label="礼品名称", names=("名称",), read=cells.text(80), required=True, width=28),
        _fixed("unit", "单位", cells.text(10), width=8),
        _fixed("price", "单价", _price, kind="money"),
        _fixed("stock", "库存", _quantity, names=("库存数量",), kind="number", width=10),
        Column(key="remark", label="备注", read=cells.text(500), width=28),
    ),
    told=(
        Column(key="reserved", label="已预留", read=cells.count, kind="number", width=10),
        Column(key="available", label="可用", read=cells.count, kind="number", width=10),
    ),
)
_BUDGETS = Layout(
    register=BUDGETS,
    title="预算",
    key=("month", "department"),
    posts=frozenset({FINANCE_POST}),
    columns=(
        Column(key="department", label="部门", read=cells.text(60), required=True),
        Column(key="month", label="月份", names=("年月",), read=cells.month, required=True, width=10),
        Column(key="amount", label="金额", names=("预算",), read=cells.amount, required=True, kind="money"),
    ),
    told=(
        Column(key="reserved", label="已预留", read=cells.amount, kind="money"),
        Column(key="spent", label="已支出", read=cells.amount, kind="money"),
    ),
)
LAYOUTS: Mapping[str, Layout] = {layout.register: layout for layout in (_CUSTOMERS, _ORDERS, _GIFTS, _BUDGETS)}


def get_layout(register: str) -> Layout:
    """Raises NotFound."""
    found = LAYOUTS.get(register)
    if found is None:
        raise NotFound("没有这个台账")
    return found


def get_layout_for(actor: Actor, register: str) -> Layout:
    """The layout of a register that the person may bring files into. Raises NotFound, NotPermitted."""
    layout = get_layout(register)
    if not layout.may_import(actor):
        raise NotPermitted("您的岗位不能导入“{title}”", title=layout.title)
    return layout


def said(layout: Layout, field: str, value: object) -> str:
    """A value as it stands in a file, and on the screen."""
    if value is None:
        return ""
    if layout.register == ORDERS and field == "state":
        return orders.STATE_LABELS.get(str(value), str(value))
    column = layout.by_key.get(field)
    if column is not None and column.kind == "moment":
        at = datetime.fromisoformat(str(value)).astimezone(COMPANY_ZONE)
        return f"{at:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
    return str(value)


def key_of(layout: Layout, values: Mapping[str, object]) -> str:
    """What names an entry in the history: its code, number, or month and department."""
    return " ".join(str(values[name]) for name in layout.key)


def missing(layout: Layout, found: Sequence[Column]) -> list[Column]:
    """The columns without which no row can be read."""
    return [column for column in layout.columns if column.required and column not in found]
