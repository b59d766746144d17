"""The orders of the demo company, in every state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.registers.models import (
    COLLECTED,
    DELIVERED,
    ORDER_STATES,
    PRINTED,
    UNPRINTED,
    DbCustomer,
    DbOrder,
    DbOrderEvent,
)
from workflows.calendar import COMPANY_ZONE

_PREFIX = "DD2611"


@dataclass(frozen=True)
class DemoOrder:
    customer: str
    recipient: str
    phone: str
    address: str
    goods: str
    amount: str
    state: str
    carrier: str = ""
    days: int = 0
    """So many days ago it was ordered."""


SF, ZTO, YTO, JD = "顺丰速运", "中通快递", "圆通速递", "京东物流"
ORDERS = (
    DemoOrder(
        "C001", "周建国", "13801010001", "上海市浦东新区张江路 88 号 3 楼", "人体工学椅 ×2", "2398.00", UNPRINTED
    ),
    DemoOrder("C001", "刘颖", "13801010002", "上海市徐汇区漕溪北路 18 号 1205 室", "升降桌 ×1", "1899.00", UNPRINTED),
    DemoOrder("C001", "周建国", "13801010001", "上海市浦东新区张江路 88 号", "会议白板 ×3", "897.00", PRINTED, SF),
    DemoOrder("C001", "沈洁", "13801010003", "上海市闵行区申长路 988 弄", "投影幕布 ×1", "459.00", DELIVERED, SF, 6),
    DemoOrder(
        "C002", "钱志明", "13902020001", "苏州市工业园区星湖街 218 号 A 栋", "防静电手套 ×50", "450.00", UNPRINTED
    ),
    DemoOrder("C002", "吴珊", "13902020002", "苏州市姑苏区干将东路 333 号", "数显卡尺 ×4", "1196.00", PRINTED, ZTO),
    DemoOrder(
        "C002", "钱志明", "13902020001", "苏州市工业园区星湖街 218 号", "工具箱 ×6", "1314.00", COLLECTED, ZTO, 1
    ),
    DemoOrder(
        "C003", "孙宇", "13703030001", "杭州市余杭区文一西路 969 号 5 号楼", "热敏标签纸 ×20", "360.00", UNPRINTED
    ),
    DemoOrder("C003", "蒋晓雯", "13703030002", "杭州市西湖区教工路 198 号", "条码枪 ×2", "598.00", COLLECTED, YTO, 1),
    DemoOrder("C003", "孙宇", "13703030001", "杭州市余杭区文一西路 969 号", "打包机 ×1", "1280.00", DELIVERED, YTO, 9),
    DemoOrder("C004", "韩梅", "13604040001", "南京市鼓楼区汉中路 2 号采购部", "骨瓷餐具 ×30", "4470.00", PRINTED, SF),
    DemoOrder("C004", "韩梅", "13604040001", "南京市鼓楼区汉中路 2 号", "香薰机 ×12", "2268.00", COLLECTED, SF, 2),
    DemoOrder("C004", "曹磊", "13604040002", "南京市玄武区中山路 99 号", "保温壶 ×24", "2136.00", DELIVERED, SF, 12),
    DemoOrder("C005", "许峰", "13505050001", "无锡市新吴区长江路 16 号 2 号库", "托盘缠绕膜 ×40", "1560.00", UNPRINTED),
    DemoOrder("C005", "许峰", "13505050001", "无锡市新吴区长江路 16 号", "手动液压车 ×2", "1976.00", PRINTED, JD),
    DemoOrder("C006", "潘海涛", "13406060001", "宁波市北仑区小港街道 32 号", "液压油 ×8", "2392.00", COLLECTED, ZTO, 1),
    DemoOrder(
        "C006", "潘海涛", "13406060001", "宁波市北仑区小港街道 32 号", "密封圈套装 ×15", "675.00", DELIVERED, ZTO, 15
    ),
    DemoOrder(
        "C007", "冯洁", "18107070001", "合肥市高新区望江西路 666 号 B2 座", "绝缘手套 ×100", "1880.00", UNPRINTED
    ),
    DemoOrder("C007", "冯洁", "18107070001", "合肥市高新区望江西路 666 号", "电池测试仪 ×1", "6980.00", PRINTED, SF),
    DemoOrder("C007", "郑凯", "18107070002", "合肥市蜀山区长江西路 200 号", "防爆柜 ×1", "3280.00", COLLECTED, JD, 2),
    DemoOrder("C008", "叶阿明", "18208080001", "温州市鹿城区车站大道 101 号 2 楼", "收银纸 ×200", "520.00", UNPRINTED),
    DemoOrder("C008", "叶阿明", "18208080001", "温州市鹿城区车站大道 101 号", "货架 ×5", "1450.00", DELIVERED, YTO, 20),
    DemoOrder("C009", "陆小芳", "18309090001", "常州市武进区湖塘镇 58 号", "缝纫线 ×300", "1170.00", PRINTED, YTO),
    DemoOrder("C009", "陆小芳", "18309090001", "常州市武进区湖塘镇 58 号", "裁剪刀 ×20", "760.00", COLLECTED, YTO, 1),
    DemoOrder("C010", "顾伟", "18410100001", "嘉兴市南湖区中环南路 1882 号", "食品包装袋 ×1000", "890.00", UNPRINTED),
    DemoOrder(
        "C010", "顾伟", "18410100001", "嘉兴市南湖区中环南路 1882 号", "真空封口机 ×1", "1599.00", DELIVERED, ZTO, 8
    ),
    DemoOrder("C011", "严国强", "18511110001", "绍兴市越城区北海路 557 号", "礼盒包装 ×500", "2750.00", PRINTED, SF),
    DemoOrder(
        "C011", "严国强", "18511110001", "绍兴市越城区北海路 557 号", "陶瓷酒坛 ×60", "3540.00", COLLECTED, JD, 3
    ),
    DemoOrder("C012", "应志刚", "18612120001", "金华市永康市五金城 12 号", "电动螺丝刀 ×10", "1690.00", UNPRINTED),
    DemoOrder(
        "C012", "应志刚", "18612120001", "金华市永康市五金城 12 号", "切割片 ×400", "1240.00", DELIVERED, ZTO, 30
    ),
)


def load_orders(session: Session, *, now: datetime) -> None:
    """Add the orders that are missing; those that are there keep their state."""
    customers = {code: number for number, code in session.execute(select(DbCustomer.id, DbCustomer.code))}
    known = set(session.scalars(select(DbOrder.number).where(DbOrder.number.startswith(_PREFIX))))
    missing = [
        _order(demo, number, place, customers.get(demo.customer), now)
        for place, demo in enumerate(ORDERS, 1)
        if (number := f"{_PREFIX}{place:04d}") not in known
    ]
    session.add_all(missing)
    session.flush()
    session.add_all(event for order in missing for event in _events(order))


def _order(demo: DemoOrder, number: str, place: int, customer_id: int | None, now: datetime) -> DbOrder:
    ordered = now - timedelta(days=demo.days, hours=2, minutes=place)
    parcel = demo.state in (COLLECTED, DELIVERED)
    return DbOrder(
        number=number,
        customer_id=customer_id,
        state=demo.state,
        recipient=demo.recipient,
        phone=demo.phone,
        address=demo.address,
        goods=demo.goods,
        amount=Decimal(demo.amount),
        postage=Decimal(0) if Decimal(demo.amount) >= 500 else Decimal(12),
        carrier=demo.carrier,
        tracking_number=f"{ {SF: 'SF', ZTO: 'ZT', YTO: 'YT', JD: 'JD'}[demo.carrier] }26{place:010d}" if parcel else "",
        pickup_at=_pickup(now) if demo.state == PRINTED else None,
        ordered_at=ordered,
        changed_at=ordered + timedelta(hours=ORDER_STATES.index(demo.state) / 2),
    )


def _pickup(now: datetime) -> datetime:
    """The courier comes every day at five; tomorrow, if that is over."""
    today = datetime.combine(now.astimezone(COMPANY_ZONE).date(), time(17), COMPANY_ZONE)
    return today if today > now else today + timedelta(days=1)


def _events(order: DbOrder) -> list[DbOrderEvent]:
    way = ORDER_STATES[: ORDER_STATES.index(order.state) + 1]
    return [
        DbOrderEvent(
            order_id=order.id, at=order.ordered_at + timedelta(hours=step / 2), state=state, source="import", note=""
        )
        for step, state in enumerate(way)
    ]
