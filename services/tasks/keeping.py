"""Signatures that stand: after a return, when a step comes round again and nobody needs to be asked.

A return keeps what was signed between its target and the step that returned. When the case gets there again, a
signature stands if whoever returned the case asked for that (straight back), unless its step answers for fields that
changed or, answering for none, signed a smaller amount; or if the fields that its step answers for are what they were.
The case always runs through the diagram, so its conditions, tables and operations see the
new values; only the people are not asked twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from services.cases.case_run import CaseRun
from services.cases.comparison import changes
from services.cases.events import record_events
from services.cases.filling import stored_variables
from services.cases.history import Entry
from services.people.organisation import names_of
from services.tasks.models import DbTask
from services.tasks.performers import people_for
from services.tasks.sheets import find_sheet
from workflows.branches import place_of
from workflows.definition import SUBMIT
from workflows.definition.reading import ONCE
from workflows.engine import OpenTask, Visit
from workflows.signing import APPROVE, REJECT, Sheet, ask_again, from_json, result, to_json

STRAIGHT_BACK, UNCHANGED, REPLAYED, ASKED = "straight_back", "unchanged", "replayed", "asked"
"""Why a signature stands: because of who returned the case, because its fields are the same, because only a branch of
the case goes back; ``asked``: it does not, and its people see what changed."""
SAME_APPROVER = "same_approver"

Kept = dict[str, Any]


def keep(run: CaseRun, visits: list[Visit], reasons: Mapping[str, str]) -> None:
    """Remember what was signed at ``visits`` before they are taken back; ``reasons`` by step.

    What an earlier return kept and nobody has reached since stays.
    """
    done = _last_signatures(run, [visit.task_id for visit in visits])
    steps = {step: kept for step, kept in run.case.kept.get("steps", {}).items() if not kept["used"]}
    snapshot = json.loads(json.dumps(run.case.forms, ensure_ascii=False, default=str))
    number = str(max(map(int, run.case.kept.get("forms", {})), default=0) + 1)
    for visit in visits:
        item = done.get(visit.task_id)
        signature = _signature(run, visit, item)
        if signature is not None:
            signed_for = {"forms": number, "amount": _as_kept(run.case.amount)}
            steps[visit.place] = {**signed_for, **signature, "reason": reasons[visit.step], "used": ""}
    forms = {**run.case.kept.get("forms", {}), number: snapshot}
    needed = {number, *(kept["forms"] for kept in steps.values())}
    run.case.kept = {"steps": steps, "forms": {key: value for key, value in forms.items() if key in needed}}


def keep_own_sheet(run: CaseRun, item: DbTask, sheet: Sheet | None, reason: str) -> None:
    """What the others signed on the step that returns the case; it stands if the case comes straight back.

    Follows ``keep``, whose newest forms are those that they signed.
    """
    if sheet is None:
        return
    steps = dict(run.case.kept.get("steps", {}))
    steps[place_of(item.step, item.branch)] = {
        "sheet": to_json(ask_again(sheet, [item.seat])),
        "reason": reason,
        "forms": max(run.case.kept["forms"], key=int),
        "amount": _as_kept(run.case.amount),
        "used": "",
    }
    run.case.kept = {**run.case.kept, "steps": steps}


def _last_signatures(run: CaseRun, engine_tasks: list[str]) -> dict[str, DbTask]:
    query = select(DbTask).where(DbTask.case_id == run.case.id, DbTask.engine_task.in_(engine_tasks))
    rows = run.session.scalars(query.where(DbTask.state == "done").order_by(DbTask.closed_at, DbTask.id))
    return {item.engine_task: item for item in rows}


def _signature(run: CaseRun, visit: Visit, item: DbTask | None) -> Kept | None:
    """What to complete the step with again; a visit that was itself kept hands on what it stood for."""
    earlier = run.case.kept.get("steps", {}).get(visit.place)
    if item is None and earlier is not None and earlier["used"] == visit.task_id:
        return {name: earlier[name] for name in ("outcome", "by", "at", "forms", "amount")}
    if item is None or item.closed_at is None:
        # the applicant's first form is submitted with the start of the case and has no work item
        first = visit.step == run.definition.first_task.id
        at = run.case.created_at.isoformat()
        return {"outcome": SUBMIT, "by": run.case.starter_id, "at": at} if first else None
    sheet = find_sheet(run.case, visit.task_id)
    outcome = item.outcome if sheet is None else result(sheet) or item.outcome
    return {"outcome": outcome, "by": item.closed_by, "at": item.closed_at.isoformat()}


def settle(run: CaseRun) -> None:
    """Complete every step that waits for nobody, and run on, until somebody is to be asked."""
    while (found := _next(run)) is not None:
        task, kept = found
        record_events(run)
        run.record(_entry(run, task, kept))
        stored = stored_variables(run.definition, run.definition.tasks[task.step], run.case.forms, task.branch)
        run.instance.complete(task.id, {"outcome": kept["outcome"], "comment": "", **stored})
        run.signed = None
        _use(run, task, kept)


def _next(run: CaseRun) -> tuple[OpenTask, Kept] | None:
    steps = run.case.kept.get("steps", {})
    once = run.signed is not None and run.definition.settings.same_approver == ONCE
    if not (steps or once) or run.case.status != "running":
        return None
    known = _known(run)
    for task in run.instance.open_tasks():
        if task.id in known:
            continue
        kept = steps.get(task.place)
        if kept is not None and not kept["used"] and _stands(run, task, kept):
            return task, kept
        if once and (same := _same_approver(run, task)) is not None:
            return task, same
    return None


def _known(run: CaseRun) -> set[str]:
    if run.open_items is not None:
        return {item.engine_task for item in run.open_items if item.state == "open"}
    query = select(DbTask.engine_task).where(DbTask.case_id == run.case.id, DbTask.state == "open")
    return set(run.session.scalars(query))


def _stands(run: CaseRun, task: OpenTask, kept: Kept) -> bool:
    return "sheet" not in kept and _still_holds(run, task, kept)


def find_kept_sheet(run: CaseRun, task: OpenTask) -> Sheet | None:
    """The sheet that the step had when it returned the case, if the signatures on it stand."""
    kept = run.case.kept.get("steps", {}).get(task.place, {})
    if "sheet" not in kept or kept["used"] or not _still_holds(run, task, kept):
        return None
    return from_json(kept["sheet"])


def _still_holds(run: CaseRun, task: OpenTask, kept: Kept) -> bool:
    """Whether what is asked now is what was signed."""
    step = run.definition.tasks[task.step]
    if kept["reason"] == ASKED:
        return False
    if not step.signed_fields:
        amount = run.instance.variables().get(run.definition.settings.amount)
        return not (step.signs and is_dearer(kept["amount"], amount))
    before = run.case.kept["forms"][kept["forms"]]
    fields = {change["field"] for change in changes(run.definition, before, run.case.forms, step=task.step)}
    return fields.isdisjoint(step.signed_fields)


def is_dearer(signed: str | None, amount: Any) -> bool:
    """Who signed for an amount has not signed for a bigger one, whatever whoever returned the case asked for."""
    return amount is not None and (signed is None or Decimal(str(amount)) > Decimal(signed))


def _as_kept(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _same_approver(run: CaseRun, task: OpenTask) -> Kept | None:
    """The signature just given, if this step asks the same person alone for the same thing."""
    signed, step = run.signed, run.definition.tasks[task.step]
    editable = run.definition.form_of(step.id).rights_at(step.id).editable
    if signed is None or step.policy is not None or set(step.outcomes) != {APPROVE, REJECT} or editable:
        return None
    if people_for(run, task).people != (run.user_id,):
        return None
    at = run.now.isoformat()
    return {"outcome": APPROVE, "by": run.user_id, "at": at, "reason": SAME_APPROVER, "step": signed.name}


def _entry(run: CaseRun, task: OpenTask, kept: Kept) -> Entry:
    who = names_of(run.session, [kept["by"]]).get(kept["by"], "")
    detail = {"reason": kept["reason"], "by": kept["by"], "by_name": who, "at": kept["at"]}
    if "step" in kept:
        detail["same_as"] = kept["step"]
    return Entry(action="kept", step=task.step, name=task.name, outcome=kept["outcome"], detail=detail)


def _use(run: CaseRun, task: OpenTask, kept: Kept) -> None:
    if kept["reason"] != SAME_APPROVER:
        use(run, task.place, task.id, stood=True)


def use(run: CaseRun, place: str, engine_task: str, *, stood: bool = False) -> Kept | None:
    """What was kept for a step is spent by this visit, where it ``stood`` or people were asked all the same.

    None if nothing is kept.
    """
    steps = run.case.kept.get("steps", {})
    kept: Kept | None = steps.get(place)
    if kept is None or kept["used"]:
        return None
    run.case.kept = {**run.case.kept, "steps": {**steps, place: {**kept, "used": engine_task, "stood": stood}}}
    return kept


def give_back(run: CaseRun, visits: list[Visit]) -> None:
    """Visits were taken back: what they had spent can be used again."""
    gone = {visit.task_id for visit in visits}
    steps = run.case.kept.get("steps", {})
    if any(kept["used"] in gone for kept in steps.values()):
        steps = {step: {**kept, "used": "" if kept["used"] in gone else kept["used"]} for step, kept in steps.items()}
        run.case.kept = {**run.case.kept, "steps": steps}


def replay(run: CaseRun) -> None:
    """Everything that the last return took back stands again."""
    steps = run.case.kept.get("steps", {})
    steps = {step: kept if kept["used"] else {**kept, "reason": REPLAYED} for step, kept in steps.items()}
    run.case.kept = {**run.case.kept, "steps": steps}


def is_kept(run: CaseRun, visit: Visit) -> bool:
    """Whether nobody was asked at this visit."""
    kept = run.case.kept.get("steps", {}).get(visit.place)
    return kept is not None and kept["used"] == visit.task_id and kept["stood"]
