"""What service tasks do, inside the transaction of the step that causes it, and how each is taken back.

An operation receives the run and the parameters that the diagram gives; what it returns becomes variables of the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from services.cases import gift_operations, order_operations
from services.cases.case_run import CaseRun
from services.complaints import operations as complaints
from services.database import find_refusal
from services.errors import ServiceError, Unavailable
from services.notices.message import Message
from services.people import organisation
from services.registers import budgets
from services.tasks import work_items
from services.tasks.models import DbTask
from services.visits import operations as visit_operations
from workflows.branches import place_of
from workflows.decisions import decide
from workflows.definition import ProcessDefinition
from workflows.engine import Decided, EngineFailed, OperationCall
from workflows.errors import WorkflowError

Parameters = Mapping[str, Any]


def check_budget(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Compare ``amount`` with what the starter's department has left in the month of ``date``.

    The budget stays locked until the transaction ends, so that two cases cannot both see the same money.
    """
    amount = Decimal(parameters["amount"])
    found = budgets.position(
        run.session,
        department_id=run.case.department_id,
        month=_month(parameters["date"]),
        case_id=run.case.id,
        lock=True,
    )
    exceeded = max(amount - found.available, budgets.ZERO)
    return {"budget_month": found.month, "budget_available": found.available, "budget_exceeded": exceeded}


def reserve_budget(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    amount = Decimal(parameters["amount"])
    budgets.reserve(
        run.session,
        case_id=run.case.id,
        department_id=run.case.department_id,
        month=_month(parameters["date"]),
        amount=amount,
        now=run.now,
    )
    return {"budget_reserved": amount}


def settle_budget(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    spent = Decimal(parameters["spent"])
    left = budgets.settle(run.session, case_id=run.case.id, spent=spent, now=run.now)
    return {"budget_difference": left}


def release_budget(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    released = budgets.release(run.session, case_id=run.case.id, now=run.now)
    return {"budget_released": released} if released else {}


def unsettle_budget(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    budgets.unsettle(run.session, case_id=run.case.id, now=run.now)
    return {}


def remind(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Remind whoever holds the open task of ``step``, of one ``branch`` if that is given."""
    for task, people in _open_tasks(run, parameters):
        run.tell(Message(people=people, kind="reminder", task_id=task.id, values={"step": task.name}))
    return {}


def escalate(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Tell the people of the lane ``to``, else the superiors of those who hold the task, that ``step`` is late."""
    case = run.case
    for task, people in _open_tasks(run, parameters):
        if "to" in parameters:
            told = organisation.holders_of(
                run.session, parameters["to"], starter_id=case.starter_id, department_id=case.department_id
            )
        else:
            superiors = (organisation.find_superior(run.session, person) for person in people)
            told = [superior.id for superior in superiors if superior is not None]
        run.tell(Message(people=[*told, *people], kind="escalation", task_id=task.id, values={"step": task.name}))
    return {}


def _open_tasks(run: CaseRun, parameters: Parameters) -> list[tuple[DbTask, list[int]]]:
    return work_items.open_tasks_of_step(run.session, run.case.id, parameters["step"], parameters.get("branch"))


def start_case(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Start a case of ``process`` with ``data`` as whoever acts here, and link it as ``kind`` ``about`` something.

    What came of it is written into ``field`` of the form ``form`` of the branch, where these are given.
    """
    # starting a case needs the operations of its own first steps
    from services.cases.start_another import start_another

    asked = {name: parameters[name] for name in ("process", "data", "kind", "about")}
    started = start_another(run, **asked)
    if "form" in parameters:
        place = place_of(parameters["form"], parameters.get("branch", ""))
        values = run.case.forms.get(place, {})
        run.case.forms = {**run.case.forms, place: {**values, parameters["field"]: started.text}}
    return {"started_case": started.number, "start_refusal": started.refusal}


def _month(day: str) -> str:
    return day[:7]


Operation = Callable[[CaseRun, Parameters], dict[str, Any]]

OPERATIONS: Mapping[str, Operation] = {
    **complaints.OPERATIONS,
    "check_budget": check_budget,
    "escalate": escalate,
    "release_budget": release_budget,
    "remind": remind,
    "reserve_budget": reserve_budget,
    "settle_budget": settle_budget,
    "start_case": start_case,
    **gift_operations.OPERATIONS,
    **order_operations.OPERATIONS,
    **visit_operations.OPERATIONS,
}

UNDO: Mapping[str, Operation] = {
    **complaints.UNDO,
    "reserve_budget": release_budget,
    "settle_budget": unsettle_budget,
    **gift_operations.UNDO,
    **order_operations.UNDO,
    **visit_operations.UNDO,
}


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a look may know: it has a case's place in the company, and no run that it could change."""

    session: Session
    department_id: int | None
    case_id: int | None
    """None for a case that is not started yet."""


def look_at_budget(sight: Sight, parameters: Parameters) -> dict[str, Any]:
    """As ``check_budget``, without the lock; a form that is not filled in yet exceeds nothing."""
    if not parameters["amount"] or not parameters["date"]:
        return {"budget_exceeded": budgets.ZERO}
    found = budgets.position(
        sight.session, department_id=sight.department_id, month=_month(parameters["date"]), case_id=sight.case_id
    )
    exceeded = max(Decimal(parameters["amount"]) - found.available, budgets.ZERO)
    return {"budget_month": found.month, "budget_available": found.available, "budget_exceeded": exceeded}


def look_at_order(sight: Sight, parameters: Parameters) -> dict[str, Any]:
    return order_operations.look_at_order(sight.session, parameters)


def look_at_claim(_sight: Sight, _parameters: Parameters) -> dict[str, Any]:
    return order_operations.look_at_claim()


def look_at_visits(sight: Sight, parameters: Parameters) -> dict[str, Any]:
    return visit_operations.look_at_plan(sight.session, parameters)


def _by_session(
    look: Callable[[Session, Parameters], dict[str, Any]], sight: Sight, parameters: Parameters
) -> dict[str, Any]:
    return look(sight.session, parameters)


LOOKS: Mapping[str, Callable[[Sight, Parameters], dict[str, Any]]] = {
    **{name: partial(_by_session, look) for name, look in complaints.LOOKS.items()},
    "check_budget": look_at_budget,
    "claim_order": look_at_claim,
    "plan_visits": look_at_visits,
    "read_order": look_at_order,
}
"""What a forecast runs in place of an operation on whose answer the way depends. All others do nothing there."""


def looking(sight: Sight) -> dict[str, Callable[[OperationCall], dict[str, Any]]]:
    """The operations as a dry run calls them: nothing is changed and nothing locked."""
    return {name: partial(_look, sight, LOOKS.get(name)) for name in OPERATIONS}


def _look(
    sight: Sight, look: Callable[[Sight, Parameters], dict[str, Any]] | None, call: OperationCall
) -> dict[str, Any]:
    try:
        return look(sight, call.parameters) if look else {}
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise EngineFailed(f"{call.operation} cannot look: {error}", element=call.element) from error


def bound_to(run: CaseRun) -> dict[str, Callable[[OperationCall], dict[str, Any]]]:
    """The operations as the engine calls them."""
    return {name: partial(_call, run, operation) for name, operation in OPERATIONS.items()}


def _call(run: CaseRun, operation: Operation, call: OperationCall) -> dict[str, Any]:
    with told_as_failure(run, call.element):
        return operation(run, call.parameters)


def undo(run: CaseRun, call: OperationCall) -> None:
    """Take back an operation whose step is undone by a return."""
    if call.operation in UNDO:
        with told_as_failure(run, call.element):
            UNDO[call.operation](run, call.parameters)


@contextmanager
def told_as_failure(run: CaseRun, element: str) -> Iterator[None]:
    """Whatever goes wrong in an operation is a failure of its element, at which the case can be held.

    What an operation says to whoever acts stays theirs to read; where nobody acts it is a failure as well. A database
    that is busy is no failure of the case: the action is refused as a whole and can be tried again.
    """
    try:
        yield
    except (EngineFailed, Unavailable):
        raise
    except ServiceError as refusal:
        if run.actor is not None and run.attended:
            raise
        raise EngineFailed(str(refusal), element=element) from refusal
    except Exception as error:
        if find_refusal(error) is not None:
            raise
        raise EngineFailed(f"{type(error).__name__}: {error}", element=element) from error


def decider(definition: ProcessDefinition) -> Callable[[str, Mapping[str, Any]], Decided]:
    """The process's decision tables as the engine asks them."""

    def ask(name: str, variables: Mapping[str, Any]) -> Decided:
        try:
            outputs, trace = decide(definition.decisions[name], name, variables)
        except (KeyError, WorkflowError) as error:
            raise EngineFailed(f"the decision {name} failed: {error}") from error
        return Decided(outputs=outputs, trace=[asdict(rule) for rule in trace])

    return ask
