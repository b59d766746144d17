"""Visits: whom to visit next, and what was planned and came of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request

from services.cases.case_run import current_calendar
from services.database import read_session
from services.errors import InvalidInput
from services.visits.proposal import A_DAY, LeftOut, Proposed, Wanted, propose, require_planner
from services.visits.visits import VisitLine, list_visits
from webapp.api.blueprint import api, json_body, listing, text_of
from webapp.auth import actor, now


@api.post("/visits/proposal")
def propose_visits() -> Any:
    """Customers of a region to visit in a period, with the reasons, and who was left out and why. Nothing is planned
    by it: `rows` are the `visits` of a plan."""
    session, body = read_session(), json_body()
    require_planner(session, actor())
    calendar = current_calendar(session)
    wanted = Wanted(
        region=text_of(body, "region", required=False),
        first=_day(body.get("from"), "from"),
        last=_day(body.get("to"), "to"),
        a_day=_count(body.get("per_day", A_DAY)),
    )
    found = propose(session, wanted, today=calendar.local_day(now()), calendar=calendar)
    return {
        "items": [_proposed(visit) for visit in found.visits],
        "left_out": [_left_out(left) for left in found.left_out],
        "rows": found.rows,
    }


@api.get("/visits")
def visits() -> Any:
    """Visits from `from` to `to`: one's own, and those of plans that one may see; also of one `customer`."""
    found = list_visits(
        read_session(),
        actor(),
        first=_day(request.args.get("from"), "from"),
        last=_day(request.args.get("to"), "to"),
        customer=request.args.get("customer", "")[:20],
    )
    return listing([_visit(line) for line in found], None)


def _day(value: Any, name: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InvalidInput({name: ["请填写日期，如 2026-11-24"]}) from error


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput({"per_day": ["请输入整数"]})
    return value


def _proposed(visit: Proposed) -> dict[str, Any]:
    return {
        "customer": visit.customer,
        "customer_name": visit.customer_name,
        "date": visit.day.isoformat(),
        "time": visit.time.isoformat("minutes"),
        "contact": visit.contact,
        "purpose": visit.purpose,
        "place": visit.place,
        "reasons": [str(reason) for reason in visit.reasons],
    }


def _left_out(left: LeftOut) -> dict[str, Any]:
    return {"customer": left.customer, "customer_name": left.customer_name, "reason": str(left.reason)}


def _visit(line: VisitLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "case": {"id": line.case_id, "number": line.case_number} if line.case_id else None,
        "branch": line.branch,
        "customer": line.customer,
        "customer_name": line.customer_name,
        "who": line.user_name,
        "date": line.day.isoformat() if line.day else None,
        "time": line.time.isoformat("minutes") if line.time else None,
        "contact": line.contact,
        "purpose": line.purpose,
        "place": line.place,
        "state": line.state,
        "result": line.result,
    }
