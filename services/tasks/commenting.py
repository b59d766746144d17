"""Whether a step has to be explained: what its diagram asks for with ``comment_when``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services.cases.fact import Asking
from services.cases.knowing import known_names, names_in
from services.cases.models import DbCase
from workflows.branches import place_of
from workflows.definition import ProcessDefinition, Task
from workflows.expressions import ExpressionError, evaluate
from workflows.expressions.interpreter import Functions
from workflows.forms import from_stored

REFUSAL = "请写明理由"


def find_refusal(
    session: Session,
    case: DbCase,
    definition: ProcessDefinition,
    task: Task,
    *,
    outcome: str,
    variables: Mapping[str, Any],
    functions: Functions,
    branch: str,
    now: datetime,
) -> str:
    """What is said to whoever finishes the step like this without a word; nothing where they need not explain it.

    Steps that ask for no reason cost nothing; of the others what the form knows is asked as it stands now.
    """
    if not task.comment_when:
        return ""
    form = definition.form_of(task.id)
    values = from_stored(form.properties, case.forms.get(place_of(form.key, branch), {}))
    asking = Asking(
        session=session, form=form, values=values, department_id=case.department_id, case_id=case.id, now=now
    )
    known = known_names(asking, names_in(task.comment_when))
    try:
        needed = evaluate(task.comment_when, {**variables, **known, "outcome": outcome}, functions)
    except ExpressionError:
        return ""  # it is about something that the case does not know yet, or wrong: neither is who signs to blame
    return (task.comment_refusal or REFUSAL) if needed else ""
