"""The statistics of complaints: a page to read and print, the lists behind its figures, and the table as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request

from services.complaints import figures
from services.complaints.figures import Figures, Report, Wanted
from services.complaints.rules import LEVELS, SOURCES, TYPES, may_read_figures
from services.database import read_session
from services.errors import InvalidInput, NotPermitted
from services.people.organisation import department_names
from webapp.auth import actor, now
from webapp.i18n import translate

blueprint = Blueprint("complaint_report", __name__, url_prefix="/reports/complaints")

_FILTERS = ("type", "source", "region", "department")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@blueprint.app_template_global()
def reads_complaint_figures() -> bool:
    return may_read_figures(actor())


@blueprint.get("")
def show() -> Any:
    query, wanted = _asked()
    errors: Mapping[str, list[str]] = {}
    try:
        found = figures.report(read_session(), actor(), wanted)
    except InvalidInput as error:
        errors = error.errors
        query, wanted = _whole_year()
        found = figures.report(read_session(), actor(), wanted)
    page = render_template(
        "complaint_report.html", report=found, months=_since_the_first(found), errors=errors, **_shared(query)
    )
    return page, 422 if errors else 200


def _since_the_first(found: Report) -> dict[str, Figures]:
    """The months without those before the first complaint, which say nothing; at least the last one."""
    names = list(found.months)
    first = next((number for number, name in enumerate(names) if found.months[name].count), len(names) - 1)
    return {name: found.months[name] for name in names[first:]}


@blueprint.get("/list")
def behind() -> Any:
    """The complaints that one figure counts."""
    query, wanted = _asked()
    chosen = request.args.get("show", "all")
    cursor = request.args.get("cursor", "")
    lines, following = figures.list_behind(read_session(), actor(), wanted, show=chosen, cursor=cursor)
    return render_template(
        "complaint_list.html",
        lines=lines,
        chosen=chosen,
        following=following,
        on_first=not cursor,
        **_shared(query),
    )


@blueprint.get("/table.csv")
def table() -> Any:
    """The tables of the page, one below the other; a spreadsheet never takes a cell for a formula."""
    _query, wanted = _asked()
    found = figures.report(read_session(), actor(), wanted)
    text = io.StringIO()
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in _rows(found))
    name = f"complaints-{wanted.begin}-{wanted.end}.csv"
    # with a mark of its encoding, by which Excel knows it
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked() -> tuple[dict[str, str], Wanted]:
    if not may_read_figures(actor()):
        raise NotPermitted("投诉统计供客户关系主管、各级经理、总经理和流程负责人查看")
    query, _year = _whole_year()
    given = {name: value for name in ("from", "to", *_FILTERS) if (value := request.args.get(name, "").strip()[:40])}
    query |= given
    return query, Wanted(
        begin=query["from"], end=query["to"], **{name: query[name] for name in _FILTERS if name in query}
    )


def _whole_year() -> tuple[dict[str, str], Wanted]:
    begin, end = figures.year_before(now())
    return {"from": begin, "to": end}, Wanted(begin=begin, end=end)


def _shared(query: dict[str, str]) -> dict[str, Any]:
    session = read_session()
    return {
        "query": query,
        "types": TYPES,
        "sources": SOURCES,
        "levels": list(enumerate(LEVELS, 1)),
        "scores": figures.SCORES,
        "regions": figures.regions_of(session),
        "no_region": figures.NO_REGION,
        "departments": department_names(session),
        "filtered": any(name in query for name in _FILTERS),
    }


def _rows(found: Report) -> Iterator[list[Any]]:
    parts = (
        ("月份", found.months),
        ("类型", found.types),
        ("来源", found.sources),
        ("地区", found.regions),
        ("合计", {"合计": found.total}),
    )
    for title, lines in parts:
        yield [translate(text) for text in (title, *_COLUMNS)]
        for name, line in lines.items():
            yield [translate(name) if title != "月份" and name else name or translate("未填地区"), *_cells(line)]
        yield []


_COLUMNS = (
    "件数",
    "未结案",
    "首次响应中位数（小时）",
    "首次响应平均（小时）",
    "解决中位数（小时）",
    "解决平均（小时）",
    "升级至客户关系主管",
    "升级至客户服务部经理",
    "升级至总经理",
    "重新处理",
    "5 分",
    "4 分",
    "3 分",
    "2 分",
    "1 分",
    "平均满意度",
)


def _cells(line: Figures) -> list[Any]:
    times = (line.response_median, line.response_average, line.resolution_median, line.resolution_average)
    average = line.satisfaction_average
    return [
        line.count,
        line.open,
        *("" if minutes is None else f"{minutes / 60:.2f}" for minutes in times),
        *(line.escalated.get(level, 0) for level in figures.LEVEL_NUMBERS),
        line.reopened,
        *(line.satisfaction.get(score, 0) for score in figures.SCORES),
        "" if average is None else f"{average:.2f}",
    ]


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
