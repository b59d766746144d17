"""What the steps of a complaint do beside the case: its row in the register, whom it concerns, what is kept of it.

Operations as ``services.cases.operations`` describes them; their undoing is in ``UNDO`` there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.cases.case_run import CaseRun, current_calendar
from services.complaints import rounds, solutions
from services.complaints.clock import work_minutes
from services.complaints.contacts import first_contact_at, has_contact_since
from services.complaints.models import DbComplaint, DbSolutionTemplate
from services.complaints.rules import LEVELS, SPECIALIST, superior_of
from services.errors import Conflict, NotPermitted
from services.notices.message import Message
from services.people.models import DbPost, DbPostHolder, DbUser
from services.people.organisation import find_superior, people_called
from services.registers.customers import find_customer
from services.tasks import work_items
from services.tasks.handing import hand
from services.tasks.models import DbTask

Parameters = Mapping[str, Any]
HANDLE = "handle"
SATISFIED, UNSATISFIED = 4, 2
"""From here on a solution may be kept; up to here the complaint goes up a level."""


def open_complaint(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Enter the complaint into the register, and bring what the tables ask of the customer."""
    known = _of_customer(run.session, parameters)
    complaint = run.session.get(DbComplaint, run.case.id)
    if complaint is None:
        complaint = DbComplaint(
            case_id=run.case.id,
            department_id=run.case.department_id,
            registered_at=run.case.created_at,
            round_began_at=run.case.created_at,
        )
    for name in ("customer", "type", "source", "urgency"):
        setattr(complaint, name, parameters[name])
    complaint.order_number = parameters["order"] or ""
    complaint.customer_grade, complaint.region = known["customer_grade"], known["complaint_region"]
    run.session.add(complaint)
    run.session.flush()
    return known


def _of_customer(session: Session, parameters: Parameters) -> dict[str, str]:
    customer = find_customer(session, parameters["customer"] or "")
    typed = (parameters["region"] or "").strip()
    return {
        "customer_grade": customer.grade if customer else "",
        "complaint_region": typed or (customer.region if customer else ""),
    }


def look_at_customer(session: Session, parameters: Parameters) -> dict[str, Any]:
    """As ``open_complaint``, entering nothing."""
    return dict(_of_customer(session, parameters))


def plan_complaint(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Note who handles it until when. Whoever was chosen by hand may stand on a level of their own."""
    complaint = _complaint(run)
    level = max(int(parameters["level"]), _level_of(run.session, parameters["handler"]))
    complaint.handler, complaint.level = parameters["handler"], level
    complaint.respond_by = _moment(parameters["respond_by"])
    complaint.resolve_by = _moment(parameters["resolve_by"])
    return {"level": level, "superior": superior_of(level)}


def _level_of(session: Session, handler: str) -> int:
    """The highest level of a post, or of the posts that a person holds."""
    held = select(DbPost.name).join(DbPostHolder, DbPostHolder.post_id == DbPost.id)
    held = held.join(DbUser, DbUser.id == DbPostHolder.user_id).where(DbUser.username == handler)
    return max((LEVELS.index(post) + 1 for post in (handler, *session.scalars(held)) if post in LEVELS), default=0)


def remind_first_response(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Half of the time to the first response is over: remind whoever holds the task, unless somebody spoke already."""
    if not _spoken(run):
        for task, people in work_items.open_tasks_of_step(run.session, run.case.id, parameters["step"]):
            run.tell(Message(people=people, kind="respond_soon", task_id=task.id))
    return {}


def escalate_first_response(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Nobody spoke with the customer in time: tell the post ``to`` and whoever holds the task."""
    if not _spoken(run):
        above = people_called(run.session, parameters["to"])
        for task, people in work_items.open_tasks_of_step(run.session, run.case.id, parameters["step"]):
            run.tell(Message(people=[*above, *people], kind="no_response", task_id=task.id))
    return {}


def _spoken(run: CaseRun) -> bool:
    return has_contact_since(run.session, run.case.id, _complaint(run).round_began_at)


def note_escalation(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Count how far up the complaint went because it was late, and tell its handler."""
    complaint = _complaint(run)
    complaint.escalated_level = max(complaint.escalated_level, int(parameters["level"]))
    for task, people in work_items.open_tasks_of_step(run.session, run.case.id, HANDLE):
        run.tell(Message(people=people, kind="escalation", task_id=task.id, values={"step": task.name}))
    return {}


def apply_instruction(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """What a superior decided about a late complaint: urge its handler, take it over, or give it to somebody else."""
    decision, text = parameters["decision"], parameters["instruction"] or ""
    who = run.actor.name if run.actor else ""
    for task, people in work_items.open_tasks_of_step(run.session, run.case.id, HANDLE):
        told = [person for person in people if person != run.user_id]
        if text or decision != "instruct":
            values = {"step": task.name, "who": who, "text": text or "—"}
            run.tell(Message(people=told, kind="instructed", task_id=task.id, values=values))
        if decision != "instruct":
            _hand_over(run, task, parameters["to"] or "", to_self=decision == "take_over")
    return {}


def _hand_over(run: CaseRun, task: DbTask, to: str, *, to_self: bool) -> None:
    if task.owner_id is not None:
        raise Conflict("处理人正在征求意见，请等意见交回后再接手或改派")
    people = [run.user_id] if to_self and run.user_id is not None else people_called(run.session, to)
    if not people:
        raise Conflict("“{post}”现在没有人在岗，请改派给别人", post=to)
    hand(run, task, people, kind="transferred")
    _complaint(run).handler = run.actor.username if to_self and run.actor else to


def resolve_complaint(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    """The handler is done: stop the clocks, tell superiors who were asked, and find who revisits the customer.

    An answer without a contact before it is the first response itself.
    """
    complaint, calendar = _complaint(run), current_calendar(run.session)
    began = complaint.registered_at
    if complaint.first_response_at is None:
        complaint.first_response_at = run.now
        complaint.response_minutes = work_minutes(calendar, began, run.now)
    complaint.resolved_at, complaint.handled_by = run.now, run.user_id
    complaint.resolution_minutes = work_minutes(calendar, began, run.now)
    run.session.flush()
    for number in range(1, len(LEVELS) + 1):
        for task, people in work_items.open_tasks_of_step(run.session, run.case.id, f"escalation_{number}"):
            told = [person for person in people if person != run.user_id]
            run.tell(Message(people=told, kind="settled", values={"step": task.name}))
    return {"handled_by": run.actor.username if run.actor else "", "revisitors": _revisitors(run)}


def unresolve_complaint(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    complaint = _complaint(run)
    complaint.resolved_at = complaint.resolution_minutes = complaint.handled_by = None
    spoken = first_contact_at(run.session, run.case.id)
    complaint.first_response_at = spoken
    calendar = current_calendar(run.session)
    complaint.response_minutes = work_minutes(calendar, complaint.registered_at, spoken) if spoken else None
    return {}


def _revisitors(run: CaseRun) -> list[str]:
    """客户关系专员 and who registered it, but never who handled it; where that leaves nobody, the next post above."""
    candidates = [*people_called(run.session, SPECIALIST), run.case.starter_id]
    for people in (candidates, *(people_called(run.session, post) for post in LEVELS), _above(run)):
        found = [person for person in dict.fromkeys(people) if person != run.user_id]
        names = select(DbUser.username).where(DbUser.id.in_(found), DbUser.active).order_by(DbUser.id)
        if found and (active := list(run.session.scalars(names))):
            return active
    return []


def _above(run: CaseRun) -> list[int]:
    above = find_superior(run.session, run.user_id) if run.user_id is not None else None
    return [above.id] if above else []


def look_for_revisitors(_session: Session, _parameters: Parameters) -> dict[str, Any]:
    return {"revisitors": [SPECIALIST]}


def record_revisit(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Enter what the customer says. Raises NotPermitted for the handler, who does not judge their own work."""
    complaint = _complaint(run)
    if run.user_id is not None and run.user_id == complaint.handled_by:
        raise NotPermitted("您处理了这件投诉，请由别的同事回访客户；可以转办给客户关系专员")
    complaint.satisfaction = int(parameters["satisfaction"])
    goes_on = complaint.satisfaction <= UNSATISFIED and int(parameters["level"]) < len(LEVELS)
    complaint.closed_at = None if goes_on else run.now
    run.session.flush()
    return {}


def forget_revisit(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    complaint = _complaint(run)
    complaint.satisfaction = complaint.closed_at = None
    return {}


def reopen_complaint(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    complaint = _complaint(run)
    rounds.put_aside(run, complaint)
    complaint.reopened += 1
    run.session.flush()
    return {}


def unreopen_complaint(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    complaint = _complaint(run)
    rounds.bring_back(run, complaint)
    complaint.reopened -= 1
    return {}


def keep_solution(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Keep a solution that satisfied, to be offered for complaints that are alike."""
    forms, complaint = run.case.forms, _complaint(run)
    template = solutions.new_template(
        title=parameters["title"],
        kind=complaint.type,
        problem="\n".join(filter(None, (forms["complaint"].get(name) for name in ("description", "expectation")))),
        text=forms["solution"]["solution"],
        created_by=run.user_id,
        now=run.now,
    )
    template.case_id, template.satisfaction = run.case.id, complaint.satisfaction
    run.session.add(template)
    return {}


def forget_solution(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    """What somebody has taken over meanwhile stays as it is, out of the offer."""
    for template in run.session.scalars(select(DbSolutionTemplate).where(DbSolutionTemplate.case_id == run.case.id)):
        if solutions.is_used(run.session, template.id):
            template.retired = True
        else:
            run.session.execute(delete(DbSolutionTemplate).where(DbSolutionTemplate.id == template.id))
    return {}


def drop_complaint(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    """Withdrawn or cancelled: it stays in the register and leaves the figures."""
    complaint = run.session.get(DbComplaint, run.case.id)
    if complaint is None:
        return {}
    complaint.dropped, complaint.closed_at = True, run.now
    return {"complaint_dropped": True}


def _complaint(run: CaseRun) -> DbComplaint:
    return run.session.get_one(DbComplaint, run.case.id)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


OPERATIONS = {
    "apply_instruction": apply_instruction,
    "drop_complaint": drop_complaint,
    "escalate_first_response": escalate_first_response,
    "keep_solution": keep_solution,
    "note_escalation": note_escalation,
    "open_complaint": open_complaint,
    "plan_complaint": plan_complaint,
    "record_revisit": record_revisit,
    "remind_first_response": remind_first_response,
    "reopen_complaint": reopen_complaint,
    "resolve_complaint": resolve_complaint,
}

UNDO = {
    "keep_solution": forget_solution,
    "record_revisit": forget_revisit,
    "reopen_complaint": unreopen_complaint,
    "resolve_complaint": unresolve_complaint,
}

LOOKS = {"open_complaint": look_at_customer, "resolve_complaint": look_for_revisitors}
"""By session alone: what a look is told beside it matters to none of these."""
