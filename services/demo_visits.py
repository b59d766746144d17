"""Visits of the demo company's past: without them nobody would be due before anybody else."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.people.models import DbUser
from services.registers.models import DbCustomer
from services.visits.models import VISITED, DbVisit, follow_up_of
from services.visits.planning import AGAIN

# customer, days ago, hour, contact, 成果, 面谈概要
PAST = (
    ("C001", 12, time(10), "周建国", "A", "确认四季度供货安排"),
    ("C002", 48, time(14), "陆萍", "C", "报价待总部确认，约定再谈"),
    ("C003", 75, time(15), "沈云帆", "B", "对数据接口有兴趣"),
    ("C005", 95, time(10), "华志远", "E", "旧合同到期前再联系"),
    ("C006", 30, time(10), "海天明", "B", "试用样品反馈良好"),
    ("C009", 130, time(14), "武进", "D", "今年没有采购计划"),
    ("C010", 70, time(9, 30), "南湖", "B", "希望了解节日礼盒方案"),
)


def load_visits(session: Session, *, now: datetime) -> None:
    """Enter the visits made before the demo was loaded, unless there are visits already."""
    if session.scalar(select(DbVisit.id).limit(1)) is not None:
        return
    visitor = session.scalars(select(DbUser).where(DbUser.username == "specialist")).one()
    customers = {customer.code: customer.id for customer in session.scalars(select(DbCustomer))}
    for code, days, hour, contact, result, note in PAST:
        moment = now - timedelta(days=days)
        visit = DbVisit(
            case_id=None,
            branch="",
            customer_id=customers[code],
            user_id=visitor.id,
            day=moment.date(),
            time=hour,
            contact=contact,
            purpose="回访",
            place="客户公司",
            state=VISITED,
            result=result,
            note=note,
            changed_at=moment,
        )
        session.add(visit)
        if result == AGAIN:
            session.flush()
            session.add(follow_up_of(visit, visit.changed_at))
