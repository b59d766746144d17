"""The gifts of the demo company, with stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from services.registers.changes import IMPORT
from services.registers.gift_register import Values, enter_gift
from services.registers.gifts import Cause


@dataclass(frozen=True)
class DemoGift:
    code: str
    name: str
    unit: str
    price: Decimal
    stock: int
    remark: str = ""


GIFTS = (
    DemoGift("G001", "龙井茶礼盒", "盒", Decimal(268), 40, "明前，250 克"),
    DemoGift("G002", "丝绸围巾", "条", Decimal(328), 25),
    DemoGift("G003", "定制钢笔", "支", Decimal(180), 60, "笔杆可刻字"),
    DemoGift("G004", "青花瓷茶具", "套", Decimal(680), 12),
    DemoGift("G005", "真皮名片夹", "个", Decimal(128), 50),
    DemoGift("G006", "商务笔记本", "本", Decimal("58.50"), 200),
    DemoGift("G007", "中秋月饼礼盒", "盒", Decimal(198), 0, "每年八月订货"),
    DemoGift("G008", "景泰蓝摆件", "件", Decimal(1280), 3),
    DemoGift("G009", "保温杯", "个", Decimal(99), 80),
    DemoGift("G010", "黄酒礼盒", "盒", Decimal(236), 18),
)


def load_gifts(session: Session, *, now: datetime) -> None:
    """Add the gifts that are missing; those that are there keep their stock."""
    for gift in GIFTS:
        values = Values(code=gift.code, name=gift.name, unit=gift.unit, price=gift.price, remark=gift.remark)
        enter_gift(session, values, Cause(now=now, user_id=None), stock=gift.stock, source=IMPORT)
