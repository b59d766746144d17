"""Finishing a task: a form is submitted, or a request is approved or rejected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.cases import attachments, drafts
from services.cases.action import open_case, save
from services.cases.case_run import CaseRun
from services.cases.filling import opening_values, submitted_values, variables_of
from services.cases.history import Entry
from services.cases.models import DbCase
from services.database import transaction
from services.errors import InvalidInput
from services.tasks.holding import bounded_comment, lock_task
from services.tasks.models import DbTask
from services.tasks.work_items import DONE, close
from services.types import Actor, TaskId
from workflows.definition import Task

REJECT = "reject"


def complete_task(
    actor: Actor,
    task_id: TaskId,
    *,
    outcome: str,
    comment: str,
    typed: Mapping[str, Any],
    now: datetime,
    with_defaults: bool = False,
) -> DbCase:
    """Finish a task with one of its outcomes; a task that may be claimed is claimed by finishing it.

    ``with_defaults`` fills fields that ``typed`` leaves out, as the opened form would have shown them. Raises NotFound,
    NotPermitted, Conflict, InvalidInput.
    """
    with transaction() as session:
        held = lock_task(session, actor, task_id)
        case, item = held.case, held.task
        run = open_case(session, case, actor=actor, now=now)
        run.open_items = held.open_items
        task = run.definition.tasks[item.step]
        comment = _checked_comment(task, outcome, comment)
        variables: dict[str, Any] = {"outcome": outcome, "comment": comment}
        if task.fills or run.definition.form_of(task.id).rights_at(task.id).editable:
            variables |= _submit_form(run, task, typed, comment, with_defaults=with_defaults)
        run.instance.complete(item.engine_task, variables)
        with session.no_autoflush:
            _record(run, item, outcome, comment)
            drafts.drop_draft(session, actor.id, drafts.task_place(task_id))
            save(run)
        return case


def _checked_comment(task: Task, outcome: str, comment: str) -> str:
    comment = bounded_comment(comment)
    if outcome not in task.outcomes:
        raise InvalidInput({"outcome": ["这个环节没有这种处理方式"]})
    if outcome == REJECT and not comment:
        raise InvalidInput({"comment": ["驳回时请填写意见"]})
    return comment


def _submit_form(
    run: CaseRun, task: Task, typed: Mapping[str, Any], comment: str, *, with_defaults: bool
) -> dict[str, Any]:
    form = run.definition.form_of(task.id)
    before = opening_values(form, run.case.forms.get(form.key), run.instance.variables(), run.functions)
    assert run.actor is not None
    values = submitted_values(
        run.session,
        form,
        {**before, **typed} if with_defaults else typed,
        step=task.id,
        before=before,
        context={**run.instance.variables(), "comment": comment},
        functions=run.functions,
        user_id=run.actor.id,
        case_id=run.case.id,
    )
    # a new mapping, because the session notices a changed column by identity
    run.case.forms = {**run.case.forms, form.key: values}
    attachments.attach(run.session, form, values, run.case.id)
    return variables_of(run.definition, form, values)


def _record(run: CaseRun, item: DbTask, outcome: str, comment: str) -> None:
    item.assignee_id = run.user_id
    close(run, item, DONE, outcome, run.user_id)
    run.record(
        Entry(action="completed", user_id=run.user_id, step=item.step, name=item.name, outcome=outcome, comment=comment)
    )
