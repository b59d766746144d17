"""The registers of the company, each a tile with one figure; and what the pages of all registers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from services.complaints import figures, solutions
from services.complaints.rules import may_read_figures
from services.database import read_session
from services.registers import budget_plan, customers, gift_register, order_search
from services.registers.orders import may_read
from services.types import Actor
from services.visits import visits
from webapp.auth import actor, now

blueprint = Blueprint("registers", __name__, url_prefix="/registers")


Figure = tuple[str, Mapping[str, Any]]
"""What a tile says about its register: a sentence of the catalogue, and its values."""


@dataclass(frozen=True, kw_only=True)
class Register:
    """A register as the hub shows it. ``endpoint`` is its list page."""

    endpoint: str
    icon: str
    title: str
    about: str
    figure: Callable[[Session, Actor, datetime], Figure]
    visible: Callable[[Session, Actor], bool] = lambda _session, _actor: True


REGISTERS: tuple[Register, ...] = (
    Register(
        endpoint="customers.index",
        icon="users",
        title="客户",
        about="资料、联系人、生日与全部往来",
        figure=customers.figure,
    ),
    Register(
        endpoint="budgets.index",
        icon="report-money",
        title="预算",
        about="各部门每月的预算、占用与支出",
        figure=budget_plan.figure,
        visible=lambda session, person: bool(budget_plan.visible_departments(session, person)),
    ),
    Register(
        endpoint="orders.index",
        icon="route",
        title="订单",
        about="发货状态、收件信息与地址更改",
        figure=order_search.figure,
        visible=lambda _session, person: may_read(person),
    ),
    Register(
        endpoint="gifts.index",
        icon="gift",
        title="礼品",
        about="库存、预留、待采购与出入库台账",
        figure=gift_register.figure,
    ),
    Register(
        endpoint="complaint_report.show",
        icon="list-check",
        title="投诉统计",
        about="件数、时限、升级与满意度",
        figure=figures.figure,
        visible=lambda _session, person: may_read_figures(person),
    ),
    Register(
        endpoint="solutions.index",
        icon="star",
        title="解决方案模板",
        about="处理投诉时可以采用的办法",
        figure=solutions.figure,
    ),
    Register(
        endpoint="visits.index",
        icon="calendar",
        title="拜访",
        about="计划、预约、结果与待再度访问",
        figure=visits.figure,
    ),
)
"""In the order of the hub."""


@blueprint.get("")
def index() -> Any:
    """The registers that this person may see."""
    session, person = read_session(), actor()
    shown = [(one, one.figure(session, person, now())) for one in REGISTERS if one.visible(session, person)]
    return render_template("registers.html", registers=shown)
