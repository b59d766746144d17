"""What is known of the demo company's customers: where they are, how they stand to it, who works there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.registers.models import DbContact, DbCustomer

_LEAP_YEAR = 1984
"""Has every day of a year, also the one on which a birthday of the demo falls."""


@dataclass(frozen=True)
class _Person:
    name: str
    title: str
    phone: str
    birthday: date


@dataclass(frozen=True)
class _Known:
    region: str
    distance_km: str
    relation: str
    no_visit: str
    people: tuple[_Person, ...]
    soon: dict[int, int] = field(default_factory=dict)
    """Whose birthday comes so many days after the demo is loaded: place in ``people`` → days."""


KNOWN = {
    "C001": _Known(
        "上海",
        "18.5",
        "战略",
        "",
        (
            _Person("周建国", "总经理", "138 1600 1001", date(1972, 4, 18)),
            _Person("钱立", "技术总监", "139 1600 1002", date(1981, 9, 2)),
        ),
        {1: 3},
    ),
    "C002": _Known(
        "苏州",
        "86",
        "战略",
        "每天 8:00前",
        (
            _Person("顾恒", "副总经理", "136 6260 2001", date(1969, 12, 11)),
            _Person("陆萍", "采购经理", "136 6260 2002", date(1985, 3, 27)),
        ),
    ),
    "C003": _Known(
        "杭州",
        "172.3",
        "潜力",
        "6-10至6-20",
        (_Person("沈云帆", "创始人", "137 5710 3001", date(1988, 7, 7)),),
        {0: 9},
    ),
    "C004": _Known("南京", "301", "一般", "周末", (_Person("金晓岚", "行政总监", "135 2510 4001", date(1979, 1, 30)),)),
    "C005": _Known(
        "无锡", "128", "一般", "每天 8:00前", (_Person("华志远", "运营经理", "133 5100 5001", date(1983, 10, 16)),)
    ),
    "C006": _Known(
        "宁波", "221.4", "潜力", "周三下午", (_Person("海天明", "董事长助理", "134 5740 6001", date(1990, 5, 23)),)
    ),
    "C007": _Known(
        "合肥",
        "468",
        "战略",
        "工作日 9:00前",
        (
            _Person("方新", "总裁", "138 5510 7001", date(1975, 8, 8)),
            _Person("吴思", "采购总监", "138 5510 7002", date(1986, 2, 14)),
        ),
    ),
    "C008": _Known("温州", "452", "暂时", "", (_Person("林百川", "经理", "139 5770 8001", date(1968, 6, 1)),)),
    "C009": _Known(
        "常州", "164", "一般", "周一、周四上午", (_Person("武进", "厂长", "137 5190 9001", date(1971, 11, 5)),)
    ),
    "C010": _Known("嘉兴", "98.5", "一般", "", (_Person("南湖", "销售总监", "136 5730 0101", date(1982, 2, 28)),)),
    "C011": _Known(
        "绍兴", "196", "潜力", "每月25-31日", (_Person("越明", "办公室主任", "135 5750 1101", date(1977, 3, 3)),)
    ),
    "C012": _Known("金华", "318", "暂时", "", (_Person("康永", "厂长", "133 5790 1201", date(1966, 9, 19)),)),
}


def load_customer_details(session: Session, *, today: date) -> None:
    """Tell what is known of those demo customers of whom nobody has said anything yet."""
    query = select(DbCustomer).where(DbCustomer.code.in_(KNOWN), DbCustomer.region == "")
    for customer in session.scalars(query.order_by(DbCustomer.code)):
        known = KNOWN[customer.code]
        customer.region, customer.relation = known.region, known.relation
        customer.distance_km, customer.no_visit = Decimal(known.distance_km), known.no_visit
        if session.scalar(select(DbContact.id).where(DbContact.customer_id == customer.id).limit(1)) is None:
            session.add_all(_contact(customer, known, place, today) for place in range(len(known.people)))


def _contact(customer: DbCustomer, known: _Known, place: int, today: date) -> DbContact:
    person, birthday = known.people[place], known.people[place].birthday
    if place in known.soon:
        coming = today + timedelta(days=known.soon[place])
        birthday = date(_LEAP_YEAR, coming.month, coming.day)
    return DbContact(
        customer_id=customer.id,
        name=person.name,
        title=person.title,
        phone=person.phone,
        email=f"{customer.code.lower()}.{place + 1}@customer.example",
        birthday=birthday,
        main=place == 0,
    )
