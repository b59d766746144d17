"""What a plan and an appointment must keep to, beyond what their fields say: the period, the customers' hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.fact import Asking, Fact, Known
from services.registers.models import DbCustomer
from services.registers.visiting_hours import why_not
from services.visits.visits import next_visits
from workflows.calendar import CompanyCalendar
from workflows.forms.validation import Errors

MANY_A_DAY = 8
AHEAD = timedelta(days=366)
"""So far ahead visits are planned."""

Row = Mapping[str, Any]


def plan_problems(asking: Asking) -> Errors:
    """What keeps a plan from being submitted, by the row and column that it is about."""
    values, today = asking.values, CompanyCalendar().local_day(asking.now).isoformat()
    latest = (date.fromisoformat(today) + AHEAD).isoformat()
    first, last, rows = values["from"], values["to"], values["visits"]
    problems: dict[str, list[str]] = defaultdict(list)
    if last < first:
        problems["to"].append("结束日期不能早于开始日期")
    elif last > latest:
        problems["to"].append("结束日期不能晚于一年以后")
    no_visit = _no_visit(asking.session, {row["customer"] for row in rows})
    seen: dict[tuple[str, str, str], int] = {}
    for index, row in enumerate(rows):
        for column, sentence in _row_problems(row, first, last, today, no_visit):
            problems[f"visits-{index}-{column}"].append(sentence)
        earlier = seen.setdefault((row["customer"], row["date"], row["time"]), index)
        if earlier != index:
            problems[f"visits-{index}-customer"].append(f"与第 {earlier + 1} 行重复：同一客户、同一时间")
    return dict(problems)


def _row_problems(row: Row, first: str, last: str, today: str, no_visit: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    if row["date"] < today:
        found.append(("date", "联络日期不能早于今天"))
    elif first <= last and not first <= row["date"] <= last:
        found.append(("date", f"联络日期应在 {first} 至 {last} 之间"))
    if sentence := _unwelcome(no_visit.get(row["customer"], ""), row["date"], row["time"]):
        found.append(("time", sentence))
    return found


def appointment_problems(asking: Asking) -> Errors:
    """An appointment, too, keeps away from the hours in which the customer does not want to be visited."""
    values = asking.values
    code = values.get("appointed_customer")
    no_visit = _no_visit(asking.session, {code} if code else set())
    sentence = _unwelcome(no_visit.get(code, ""), values["appointed_date"], values["appointed_time"]) if code else ""
    return {"appointed_time": [sentence]} if sentence else {}


def _unwelcome(no_visit: str, day: str, hour: str) -> str:
    return why_not(no_visit, date.fromisoformat(day), time.fromisoformat(hour)) if no_visit else ""


def _no_visit(session: Session, codes: set[str]) -> dict[str, str]:
    """不宜拜访时间 of those customers that have some."""
    query = select(DbCustomer.code, DbCustomer.no_visit).where(DbCustomer.code.in_(codes), DbCustomer.no_visit != "")
    return dict(session.execute(query).all())


def plan_facts(asking: Asking) -> Known:
    """What somebody should know who fills in or checks a plan."""
    rows = [row for row in asking.values.get("visits") or () if row.get("customer") and row.get("date")]
    if not rows:
        return Known()
    days: dict[str, int] = defaultdict(int)
    for row in rows:
        days[row["date"]] += 1
    summary = Fact(title="拜访计划", text="{days} 天，{count} 次拜访", values={"days": len(days), "count": len(rows)})
    busy = [
        Fact(title="拜访计划", text="{day} 安排了 {count} 次拜访", values={"day": day, "count": count}, alert=True)
        for day, count in sorted(days.items())
        if count > MANY_A_DAY
    ]
    return Known(facts=[summary, *busy, *_planned_already(asking, rows)])


def _planned_already(asking: Asking, rows: Sequence[Row]) -> list[Fact]:
    """Customers whom somebody visits anyway."""
    codes = {row["customer"] for row in rows}
    ids = asking.session.scalars(select(DbCustomer.id).where(DbCustomer.code.in_(codes))).all()
    found = next_visits(asking.session, ids, CompanyCalendar().local_day(asking.now))
    others = [visit for visit in found.values() if visit.case_id != asking.case_id]
    text = "{customer}已有拜访计划：{day} {who}（{number}）"
    return [
        Fact(
            title="已有计划",
            text=text,
            values={
                "customer": visit.customer_name,
                "day": visit.day,
                "who": visit.user_name,
                "number": visit.case_number,
            },
            alert=True,
        )
        for visit in sorted(others, key=lambda visit: visit.customer)
    ]
