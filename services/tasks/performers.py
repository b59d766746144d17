"""Whose a step is: whoever the diagram computes for it, else the people of its lane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.cases.case_run import CaseRun
from services.people.organisation import Assignment, assign, is_lane, people_called
from services.types import UserId
from workflows.definition import ProcessDefinition
from workflows.engine import OpenTask
from workflows.expressions import ExpressionError, evaluate

PERFORMER = "performer"
"""Why somebody has a task: the case itself names them."""


def people_for(run: CaseRun, task: OpenTask) -> Assignment:
    """The people of a step that the case waits for. Those of a lane are asked for once an action."""
    step = run.definition.tasks[task.step]
    known = None if step.performer else run.assignments.get((task.lane, step.signs))
    if known is not None:
        return known
    found = find_people(
        run.session,
        run.definition,
        task,
        run.functions,
        starter_id=run.case.starter_id,
        department_id=run.case.department_id,
    )
    if not step.performer:
        run.assignments[task.lane, step.signs] = found
    return found


def find_people(
    session: Session,
    definition: ProcessDefinition,
    task: OpenTask,
    functions: Mapping[str, Any],
    *,
    starter_id: int,
    department_id: int | None,
) -> Assignment:
    """The people of an open step.

    A ``performer`` that names one post takes the place of the lane, under the same rules for an empty post and for the
    applicant. People by their user names, and several names, are asked themselves; where none of them is here, the
    lane's people are.
    """
    step = definition.tasks[task.step]
    names = _performers(step.performer, task.variables, functions)
    lane = task.lane
    if len(names) == 1 and is_lane(session, names[0]):
        [lane] = names
    elif names:
        found = (person for name in names for person in people_called(session, name))
        people = tuple(UserId(person) for person in dict.fromkeys(found) if not (step.signs and person == starter_id))
        if people:
            return Assignment(people=people, reason=PERFORMER, lane=lane)
    return assign(
        session,
        lane,
        starter_id=starter_id,
        department_id=department_id,
        signs=step.signs,
        nobody=definition.settings.nobody,
    )


def performer_trouble(run: CaseRun, task: OpenTask) -> ExpressionError | None:
    """Why the diagram's own choice of people cannot be reckoned out; None where it can."""
    try:
        evaluate(run.definition.tasks[task.step].performer, task.variables, run.functions)
    except ExpressionError as error:
        return error
    return None


def _performers(source: str, variables: Mapping[str, Any], functions: Mapping[str, Any]) -> list[str]:
    """The names that the expression gives; none where it cannot be reckoned out, so that no task is ever lost."""
    if not source:
        return []
    try:
        names = evaluate(source, variables, functions)
    except ExpressionError:
        return []
    return [name for name in (names if isinstance(names, list) else [names]) if isinstance(name, str) and name]
