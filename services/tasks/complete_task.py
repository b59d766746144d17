"""Finishing a task: a form is submitted, or a request is approved or rejected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.cases import attachments, drafts
from services.cases.action import save
from services.cases.case_run import CaseRun
from services.cases.filling import opening_values, submitted_values, variables_of
from services.cases.history import WAS
from services.cases.models import DbCase
from services.database import transaction
from services.errors import InvalidInput
from services.incidents.failures import outlives_failures
from services.registers import benefits
from services.tasks.acting import note, take_up
from services.tasks.commenting import find_refusal
from services.tasks.deciding import finish_if_decided, refused
from services.tasks.delegate_task import answer
from services.tasks.holding import HeldTask, bounded_comment
from services.tasks.models import DbTask
from services.tasks.sheets import find_sheet, put_sheet
from services.tasks.work_items import DONE, close
from services.types import Actor, TaskId
from workflows.branches import place_of
from workflows.definition import Task
from workflows.signing import APPROVE, REJECT, NotPossible, Sheet, Signature, sign


@outlives_failures
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

    Of a step that several people sign it is one signature; of a task that was asked of the actor it is an opinion, and
    the task goes back. ``with_defaults`` fills fields that ``typed`` leaves out, as the opened form would have shown
    them. Raises NotFound, NotPermitted, Conflict, InvalidInput.
    """
    with transaction() as session:
        run, held = take_up(session, actor, task_id, now=now)
        case, item = held.case, held.task
        task = run.definition.tasks[item.step]
        comment = _checked_comment(item, outcome, comment)
        drafts.drop_draft(session, actor.id, drafts.task_place(task_id))
        if item.owner_id is not None:
            answer(run, held, outcome, comment, typed)
        else:
            _complete(run, held, task, outcome, comment, typed, with_defaults=with_defaults)
        with session.no_autoflush:
            save(run)
        return case


def _complete(
    run: CaseRun,
    held: HeldTask,
    task: Task,
    outcome: str,
    comment: str,
    typed: Mapping[str, Any],
    *,
    with_defaults: bool,
) -> None:
    item = held.task
    variables: dict[str, Any] = {"outcome": outcome, "comment": comment}
    before = run.case.forms
    if _may_edit(run, task, item):
        variables |= _submit_form(run, task, item, typed, comment, with_defaults=with_defaults)
    _require_reason(run, task, item, variables)
    sheet = find_sheet(run.case, item.engine_task) if item.seat else None
    if sheet is None:
        run.instance.complete(item.engine_task, variables)
    with run.session.no_autoflush:
        _record(run, held, outcome, comment, before)
        if sheet is not None:
            _sign(run, held, sheet, outcome, comment)
    # only what a person signs in their own name may stand for the next step as well
    run.signed = item if outcome == APPROVE and held.entry.for_id is None and sheet is None else None


def _sign(run: CaseRun, held: HeldTask, sheet: Sheet, outcome: str, comment: str) -> None:
    item = held.task
    signature = Signature(
        outcome=outcome,
        by=run.user_id or 0,
        at=run.now.isoformat(),
        comment=comment,
        on_behalf_of=held.entry.for_id,
    )
    try:
        sheet = sign(sheet, item.seat, signature)
    except NotPossible as error:
        raise refused(error) from error
    put_sheet(run.case, item.engine_task, sheet)
    finish_if_decided(run, item.engine_task, sheet)


def overwritten(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What a form said before where it says something else now; None for what it did not say."""
    plain = json.loads(json.dumps(dict(after), ensure_ascii=False, default=str))
    return {name: before.get(name) for name in {**before, **plain} if before.get(name) != plain.get(name)}


def _may_edit(run: CaseRun, task: Task, item: DbTask) -> bool:
    """Signers who were added sign what the others filled in."""
    editable = run.definition.form_of(task.id).rights_at(task.id).editable
    return (task.fills or bool(editable)) and "place" not in item.why


def _checked_comment(item: DbTask, outcome: str, comment: str) -> str:
    comment = bounded_comment(comment)
    if outcome not in item.outcomes:
        raise InvalidInput({"outcome": ["这个环节没有这种处理方式"]})
    if outcome == REJECT and not comment:
        raise InvalidInput({"comment": ["驳回时请填写意见"]})
    return comment


def _require_reason(run: CaseRun, task: Task, item: DbTask, variables: Mapping[str, Any]) -> None:
    if variables["comment"] or not task.comment_when:
        return
    refusal = find_refusal(
        run.session,
        run.case,
        run.definition,
        task,
        outcome=variables["outcome"],
        variables={**run.instance.variables_at(item.engine_task), **variables},
        functions=run.functions,
        branch=item.branch,
        now=run.now,
    )
    if refusal:
        raise InvalidInput({"comment": [refusal]})


def _submit_form(
    run: CaseRun, task: Task, item: DbTask, typed: Mapping[str, Any], comment: str, *, with_defaults: bool
) -> dict[str, Any]:
    form = run.definition.form_of(task.id)
    place, known = place_of(form.key, item.branch), run.instance.variables_at(item.engine_task)
    before = opening_values(form, run.case.forms.get(place), known, run.functions)
    assert run.actor is not None
    values = submitted_values(
        run.session,
        form,
        {**before, **typed} if with_defaults else typed,
        step=task.id,
        before=before,
        context={**known, "comment": comment},
        functions=run.functions,
        user_id=run.actor.id,
        case_id=run.case.id,
        department_id=run.case.department_id,
        now=run.now,
    )
    # a new mapping, because the session notices a changed column by identity
    run.case.forms = {**run.case.forms, place: values}
    attachments.attach(run.session, form, values, run.case.id)
    benefits.keep(run.session, run.case.id, form, values)
    return variables_of(run.definition, form, values)


def _record(run: CaseRun, held: HeldTask, outcome: str, comment: str, before: Mapping[str, Any]) -> None:
    """A form that was submitted once more is recorded with what it said before: nothing else keeps an earlier round."""
    item = held.task
    place = place_of(run.definition.tasks[item.step].form, item.branch)
    detail: dict[str, Any] = {}
    if place in before and before[place] is not run.case.forms[place]:
        detail = {WAS: overwritten(before[place], run.case.forms[place])}
    item.assignee_id = run.user_id
    close(run, item, DONE, outcome, run.user_id)
    note(run, held, "completed", comment=comment, outcome=outcome, detail=detail)
