"""The statistics of complaints: a page to read and print, the lists behind its figures, and the table as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import IO, Any

from flask import Blueprint, abort, render_template, request

from services.complaints import figures
from services.complaints.figures import Figures, Report, Wanted
from services.complaints.rules import LEVELS, SOURCES, TYPES, may_read_figures
from services.complaints.workbook import tables, write_workbook
from services.database import read_session
from services.errors import InvalidInput, NotPermitted
from services.people.organisation import department_names
from webapp.auth import actor, now
from webapp.i18n import translate
from webapp.pages.sending import CSV, XLSX, made

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


@blueprint.get("/table.<kind>")
def table(kind: str) -> Any:
    """The tables of the page as a workbook, or one below the other as CSV. No cell is taken for a formula."""
    if kind not in ("xlsx", "csv"):
        abort(404)
    _query, wanted = _asked()
    found = figures.report(read_session(), actor(), wanted)
    name = f"{translate('投诉统计')}-{wanted.begin}-{wanted.end}.{kind}"
    if kind == "xlsx":
        return made(lambda file: write_workbook(file, found, translate), name=name, mimetype=XLSX)
    return made(lambda file: _write_csv(file, found), name=name, mimetype=CSV)


def _write_csv(file: IO[bytes], found: Report) -> None:
    # with a mark of its encoding, by which spreadsheets know it
    out = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    lines = csv.writer(out)
    for _title, rows in tables(found, translate):
        lines.writerows([_safe(cell) for cell in row] for row in rows)
        lines.writerow([])
    out.detach()


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


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
