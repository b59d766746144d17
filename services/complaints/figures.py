"""The figures of complaints: how many, how quickly, how far up, how satisfied; and the list behind each figure.

A complaint counts in the month in which it was registered, by the company's wall clock. Withdrawn and cancelled ones
are no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, select, tuple_
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.cases.visibility import visible_to
from services.complaints.models import DbComplaint
from services.complaints.rules import SOURCES, TYPES, may_read_figures
from services.errors import InvalidInput, NotPermitted
from services.people.models import DbDepartment
from services.registers.models import DbCustomer
from services.types import Actor
from workflows.calendar import COMPANY_ZONE

MOST_MONTHS = 36
NO_REGION = "-"
"""In a filter: complaints without a region."""
PAGE = 50
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_CURSOR = re.compile(r"\d{1,10}")
SCORES = (5, 4, 3, 2, 1)
LEVEL_NUMBERS = (1, 2, 3)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which complaints. Months are ``2026-11``, both included."""

    begin: str
    end: str
    type: str = ""
    source: str = ""
    region: str = ""
    department: str = ""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """About the complaints of one group; working time in minutes, None where there is nothing to reckon with."""

    count: int = 0
    open: int = 0
    responded: int = 0
    response_median: float | None = None
    response_average: float | None = None
    resolved: int = 0
    resolution_median: float | None = None
    resolution_average: float | None = None
    escalated: Mapping[int, int] = field(default_factory=dict)
    """How many reached each level, or went beyond it, because they were late."""
    reopened: int = 0
    satisfaction: Mapping[int, int] = field(default_factory=dict)
    """How many gave each score, at the last call back."""

    @property
    def rated(self) -> int:
        return sum(self.satisfaction.values())

    @property
    def satisfaction_average(self) -> float | None:
        if not self.rated:
            return None
        return sum(score * times for score, times in self.satisfaction.items()) / self.rated

    def share(self, part: int) -> float:
        """A part of all complaints of the group, in percent."""
        return 100 * part / self.count if self.count else 0.0


@dataclass(frozen=True, kw_only=True)
class Report:
    total: Figures
    months: Mapping[str, Figures]
    """Every month of the period, also those without complaints."""
    types: Mapping[str, Figures]
    sources: Mapping[str, Figures]
    regions: Mapping[str, Figures]


@dataclass(frozen=True, kw_only=True)
class ComplaintLine:
    case_id: int
    number: str
    customer: str
    visible: bool
    """Whether the person may open the case."""
    row: DbComplaint


def report(session: Session, actor: Actor, wanted: Wanted) -> Report:
    """Raises NotPermitted, and InvalidInput for a period that is none."""
    conditions = _conditions(session, actor, wanted)
    month = func.to_char(func.timezone(COMPANY_ZONE.key, DbComplaint.registered_at), "YYYY-MM")
    among = select(DbComplaint, month.label("month")).where(*conditions).subquery()
    groups = [among.c.month, among.c.type, among.c.source, among.c.region]
    of_group = [func.grouping(each).label(f"by_{number}") for number, each in enumerate(groups)]
    sets = func.grouping_sets(*(tuple_(each) for each in groups), tuple_())
    query = select(*groups, *of_group, *_measures(among.c)).group_by(sets)
    parts: list[dict[str, Figures]] = [{}, {}, {}, {}]
    total = Figures()
    for row in session.execute(query):
        place = next((number for number in range(len(groups)) if not row[len(groups) + number]), None)
        if place is None:
            total = _figures(row)
        else:
            parts[place][row[place]] = _figures(row)
    return Report(
        total=total,
        months={month: parts[0].get(month, Figures()) for month in months_between(wanted.begin, wanted.end)},
        types={name: parts[1][name] for name in TYPES if name in parts[1]},
        sources={name: parts[2][name] for name in SOURCES if name in parts[2]},
        regions=dict(sorted(parts[3].items(), key=lambda item: (-item[1].count, item[0]))),
    )


def _measures(table: Any) -> list[ColumnElement[Any]]:
    def median(column: Any) -> Any:
        return func.percentile_cont(0.5).within_group(column)

    return [
        func.count().label("count"),
        func.count().filter(table.closed_at.is_(None)).label("open"),
        func.count(table.response_minutes).label("responded"),
        median(table.response_minutes).label("response_median"),
        func.avg(table.response_minutes).label("response_average"),
        func.count(table.resolution_minutes).label("resolved"),
        median(table.resolution_minutes).label("resolution_median"),
        func.avg(table.resolution_minutes).label("resolution_average"),
        *(func.count().filter(table.escalated_level >= level).label(f"escalated_{level}") for level in LEVEL_NUMBERS),
        func.count().filter(table.reopened > 0).label("reopened"),
        *(func.count().filter(table.satisfaction == score).label(f"score_{score}") for score in SCORES),
    ]


def _figures(row: Row[Any]) -> Figures:
    values = row._mapping
    given: dict[str, Any] = {name: values[name] for name in ("count", "open", "responded", "resolved", "reopened")}
    for name in ("response_median", "response_average", "resolution_median", "resolution_average"):
        given[name] = None if values[name] is None else float(values[name])
    return Figures(
        **given,
        escalated={level: values[f"escalated_{level}"] for level in LEVEL_NUMBERS},
        satisfaction={score: values[f"score_{score}"] for score in SCORES},
    )


SHOWS: Mapping[str, ColumnElement[bool] | None] = {
    "all": None,
    "open": DbComplaint.closed_at.is_(None),
    "responded": DbComplaint.first_response_at.is_not(None),
    "resolved": DbComplaint.resolved_at.is_not(None),
    **{f"escalated_{level}": DbComplaint.escalated_level >= level for level in LEVEL_NUMBERS},
    "reopened": DbComplaint.reopened > 0,
    "rated": DbComplaint.satisfaction.is_not(None),
    **{f"score_{score}": DbComplaint.satisfaction == score for score in SCORES},
}
"""What a figure counts, by the name that its link uses."""


def list_behind(
    session: Session, actor: Actor, wanted: Wanted, *, show: str, cursor: str = "", limit: int = PAGE
) -> tuple[list[ComplaintLine], str | None]:
    """The complaints that a figure counts, newest first, and where the next page begins.

    Raises NotPermitted, and InvalidInput for a figure that there is not.
    """
    conditions = _conditions(session, actor, wanted)
    if show not in SHOWS:
        raise InvalidInput({"show": [f"可用：{'、'.join(SHOWS)}"]})
    chosen = SHOWS[show]
    conditions += [] if chosen is None else [chosen]
    if cursor:
        if not _CURSOR.fullmatch(cursor) or int(cursor) > 2**31 - 1:
            raise InvalidInput({"cursor": ["不是有效的 cursor"]})
        conditions.append(DbComplaint.case_id < int(cursor))
    rows = session.execute(_lines(actor).where(*conditions).order_by(DbComplaint.case_id.desc()).limit(limit + 1)).all()
    lines = [_line(row) for row in rows[:limit]]
    return lines, str(lines[-1].case_id) if len(rows) > limit else None


def _lines(actor: Actor) -> Select[Any]:
    customer = select(DbCustomer.name).where(DbCustomer.code == DbComplaint.customer).scalar_subquery()
    visible = case((visible_to(actor), True), else_=False)
    return (
        select(DbComplaint, DbCase.number, customer.label("name"), visible.label("visible"))
        .join(DbCase, DbCase.id == DbComplaint.case_id)
        .execution_options(populate_existing=True)
    )


def _line(row: Any) -> ComplaintLine:
    complaint = row[0]
    return ComplaintLine(
        case_id=complaint.case_id,
        number=row.number,
        customer=row.name or complaint.customer,
        visible=row.visible,
        row=complaint,
    )


def _conditions(session: Session, actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    if not may_read_figures(actor):
        raise NotPermitted("投诉统计供客户关系主管、各级经理、总经理和流程负责人查看")
    begin, end = _edge(wanted.begin, "from"), _edge(_next_month(wanted.end), "to")
    months = (end.year - begin.year) * 12 + end.month - begin.month
    if months <= 0:
        raise InvalidInput({"to": ["结束的月份不能早于开始的月份"]})
    if months > MOST_MONTHS:
        raise InvalidInput({"to": [f"最多 {MOST_MONTHS} 个月"]})
    found = [
        ~DbComplaint.dropped,
        DbComplaint.registered_at >= _moment(begin),
        DbComplaint.registered_at < _moment(end),
    ]
    for name, known in (("type", TYPES), ("source", SOURCES)):
        value = getattr(wanted, name)
        if value and value not in known:
            raise InvalidInput({name: [f"可用：{'、'.join(known)}"]})
        found += [getattr(DbComplaint, name) == value] if value else []
    if wanted.region:
        found.append(DbComplaint.region == ("" if wanted.region == NO_REGION else wanted.region))
    if wanted.department:
        found.append(DbComplaint.department_id == _department(session, wanted.department))
    return found


def _department(session: Session, name: str) -> int:
    found = session.scalar(select(DbDepartment.id).where(DbDepartment.name == name))
    if found is None:
        raise InvalidInput({"department": ["没有这个部门，请从列表中选择"]})
    return found


def _edge(month: str, name: str) -> date:
    match = _MONTH.fullmatch(month)
    if match is None or not 2000 <= int(match[1]) <= 2200:
        raise InvalidInput({name: ["请写成 2026-11 这样的月份"]})
    return date(int(match[1]), int(match[2]), 1)


def _next_month(month: str) -> str:
    match = _MONTH.fullmatch(month)
    if match is None:
        return month
    year, number = divmod(int(match[1]) * 12 + int(match[2]), 12)
    return f"{year}-{number + 1:02d}"


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(0), COMPANY_ZONE).astimezone(UTC)


def months_between(begin: str, end: str) -> list[str]:
    """Both included, oldest first."""
    first, last = _edge(begin, "from"), _edge(end, "to")
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{number // 12}-{number % 12 + 1:02d}" for number in numbers]


def year_before(now: datetime) -> tuple[str, str]:
    """The twelve months that end with this one."""
    day = now.astimezone(COMPANY_ZONE).date()
    first = day.year * 12 + day.month - 12
    return f"{first // 12}-{first % 12 + 1:02d}", f"{day.year}-{day.month:02d}"


def regions_of(session: Session) -> list[str]:
    """The regions that complaints came from, by name."""
    return list(
        session.scalars(
            select(DbComplaint.region).where(DbComplaint.region != "").distinct().order_by(DbComplaint.region)
        )
    )


def figure(session: Session, _actor: Actor, _now: datetime) -> tuple[str, Mapping[str, Any]]:
    """How many wait to be closed now."""
    open_now = select(func.count()).where(DbComplaint.closed_at.is_(None), ~DbComplaint.dropped)
    return "{count} 件未结案", {"count": session.scalar(open_now) or 0}
