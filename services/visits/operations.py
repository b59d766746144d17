"""What the service tasks of a visit plan do, and how each is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.cases.case_run import CaseRun
from services.visits import planning
from services.visits.models import APPOINTED, POSTPONED
from services.visits.planning import Place
from workflows.branches import place_of, split_place

Parameters = Mapping[str, Any]

RECORD, APPOINTMENT = "visit_record", "appointment"
_RECORDED = {"new_date": "date", "new_time": "time", "reason": "reason"}
"""What a record says of a visit that moves, with the parameter that has it; it is asked anew at the next visit."""


def plan_visits(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Enter the rows of the plan as visits, by day."""
    days = planning.plan(run.session, run.case, parameters["visits"], now=run.now)
    _forget_other_visits(run, days)
    return {"days": days}


def _forget_other_visits(run: CaseRun, days: list[dict[str, Any]]) -> None:
    """After a plan came back, what was written of a visit is kept only for the same customer on the same day."""
    visits = {visit["branch"]: visit for day in days for visit in day["visits"]}
    forms = run.case.forms

    def stays(place: str) -> bool:
        form, branch = split_place(place)
        if form not in (APPOINTMENT, RECORD):
            return True
        visit, agreed = visits.get(branch), forms.get(place_of(APPOINTMENT, branch), {})
        about = agreed.get("appointed_customer"), agreed.get("appointed_date")
        return visit is not None and about == (visit["customer"], visit["date"])

    run.case.forms = {place: values for place, values in forms.items() if stays(place)}


def unplan_visits(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    planning.unplan(run.session, run.case, now=run.now)
    return {}


def drop_visits(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    """The plan is given up: visits that were to come are cancelled."""
    dropped = planning.drop(run.session, run.case, now=run.now)
    return {"cancelled_visits": dropped} if dropped else {}


def appoint_visit(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """The day and hour on which the customer agreed."""
    visit, day, hour = parameters["visit"], parameters["date"], parameters["time"]
    planning.appoint(_place(run, visit), day=day, hour=hour)
    return {"planned": {**visit, "date": day, "time": hour, "state": APPOINTED}}


def postpone_visit(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """The visit moves to another day: it stays in its branch and is agreed anew, with the new day to begin with."""
    visit, day, hour = parameters["visit"], parameters["date"], parameters["time"] or parameters["visit"]["time"]
    planning.postpone(_place(run, visit), day=day, hour=hour, reason=parameters["reason"])
    _change_form(run, APPOINTMENT, visit, {"appointed_date": day, "appointed_time": hour})
    _change_form(run, RECORD, visit, dict.fromkeys(("happened", "visited_on", *_RECORDED)))
    # nothing has happened on the new day: without this, who is asked next would be foreseen as one postponement more
    return {"planned": {**visit, "date": day, "time": hour, "state": POSTPONED}, "happened": None}


def unpostpone_visit(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    visit = parameters["visit"]
    planning.restore(_place(run, visit), visit, APPOINTED)
    _change_form(run, APPOINTMENT, visit, {"appointed_date": visit["date"], "appointed_time": visit["time"]})
    recorded = {name: parameters.get(given) for name, given in _RECORDED.items()}
    _change_form(run, RECORD, visit, {**recorded, "happened": "postponed"})
    return {}


def record_visit(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """What came of the visit, by whoever recorded it; 成果 C puts another one on the next plan."""
    visit, record = parameters["visit"], parameters["record"]
    planning.keep(
        _place(run, visit),
        user_id=run.user_id or run.case.starter_id,
        day=record["date"],
        result=record["result"],
        summary=record["summary"] or "",
    )
    return {"visited_weekday": planning.weekday_of(record["date"]), "started_case": "", "start_refusal": ""}


def cancel_visit(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """The visit does not take place, with the reason."""
    planning.cancel(_place(run, parameters["visit"]), reason=parameters["reason"], again=bool(parameters["plan_again"]))
    return {"started_case": "", "start_refusal": ""}


def unappoint_visit(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    visit = parameters["visit"]
    planning.restore(_place(run, visit), visit, visit["state"])
    return {}


def unrecord_visit(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    visit = parameters["visit"]
    planning.restore(_place(run, visit), visit, APPOINTED)
    return {}


def look_at_plan(session: Session, parameters: Parameters) -> dict[str, Any]:
    """The days of a plan as a forecast needs them; rows that are not filled in yet are no visits."""
    rows = [row for row in parameters["visits"] or () if row.get("customer") and row.get("date")]
    return {"days": planning.days_of(session, planning.of_known_customers(session, rows))}


def _place(run: CaseRun, visit: planning.Visit) -> Place:
    return Place(session=run.session, case=run.case, branch=visit["branch"], now=run.now)


def _change_form(run: CaseRun, form: str, visit: planning.Visit, changes: Mapping[str, Any]) -> None:
    """Fields of the branch's stored form: the next time it opens with these. None takes a field out."""
    place = place_of(form, visit["branch"])
    values = {**run.case.forms.get(place, {}), **changes}
    kept = {name: value for name, value in values.items() if value is not None}
    run.case.forms = {**run.case.forms, place: kept}


OPERATIONS = {
    "appoint_visit": appoint_visit,
    "cancel_visit": cancel_visit,
    "drop_visits": drop_visits,
    "plan_visits": plan_visits,
    "postpone_visit": postpone_visit,
    "record_visit": record_visit,
}
UNDO = {
    "appoint_visit": unappoint_visit,
    "cancel_visit": unrecord_visit,
    "plan_visits": unplan_visits,
    "postpone_visit": unpostpone_visit,
    "record_visit": unrecord_visit,
}
