"""What the page of one task needs beside its case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases import action
from services.cases.case_run import CaseRun
from services.cases.comparison import Change, changes
from services.cases.drafts import find_draft, task_place
from services.cases.filling import opening_values
from services.cases.models import DbCase
from services.cases.show_case import CaseView, show_case
from services.errors import NotFound
from services.people.organisation import names_of
from services.tasks.commenting import find_refusal
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.return_task import ReturnTarget, targets
from services.tasks.sheets import StepSheet
from services.types import Actor, CaseId, TaskId
from workflows.branches import innermost, place_of
from workflows.definition import Task


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """A task, whether this person may act on it, and the values its form opens with."""

    id: TaskId
    case: CaseView
    task: Task
    name: str
    """The work item's name, which in a branch says which one."""
    branch: str
    state: str
    outcome: str
    closed_at: datetime | None
    closed_by: str
    created_at: datetime
    due_at: datetime | None
    assignee: str
    absent_id: int | None
    absent: str
    """Whom the person stands in for; empty for a task of their own."""
    owner_id: int | None
    owner: str
    """Who asked the assignee for an opinion; empty for a task to decide."""
    outcomes: list[str]
    changed: list[Change] | None
    """What a rework changed since the step was signed or the person returned the case; None where neither was."""
    sheet: StepSheet | None
    """The signers of the step, where there are several."""
    opened: bool
    """Whether the person has looked at it before, as far as it is in their inbox."""
    may_act: bool
    may_claim: bool
    may_release: bool
    why: Mapping[str, Any]
    values: Mapping[str, Any]
    draft: Mapping[str, Any] | None
    draft_saved_at: datetime | None
    returnable_to: list[ReturnTarget]
    explained: Mapping[str, str]
    """The outcomes that need a comment beside those that always do, each with what is said without one."""


def show_task(session: Session, actor: Actor, task_id: TaskId, *, now: datetime) -> TaskView:
    """Raises NotFound for a task that is not there or whose case the person may not see."""
    item = session.get(DbTask, task_id)
    if item is None:
        raise NotFound("没有这项任务，或您无权查看")
    view = show_case(session, actor, CaseId(item.case_id))
    entry = session.scalar(
        select(DbInboxEntry).where(DbInboxEntry.task_id == task_id, DbInboxEntry.user_id == actor.id)
    )
    may_act = item.state == "open" and view.running and entry is not None and not entry.hidden
    task = view.definition.tasks[item.step]
    values, returnable, explained = _from_engine(session, actor, item, task, now) if may_act else ({}, [], {})
    returnable = [] if item.owner_id is not None else returnable
    draft = find_draft(session, actor.id, task_place(task_id)) if may_act else None
    absent_id = entry.for_id if entry is not None else None
    names = names_of(session, [item.assignee_id, item.closed_by, item.owner_id, absent_id])
    claimable = entry is not None and entry.claimable
    return TaskView(
        id=task_id,
        case=view,
        task=task,
        name=item.name,
        branch=item.branch,
        state=item.state,
        outcome=item.outcome,
        closed_at=item.closed_at,
        closed_by=names.get(item.closed_by or 0, ""),
        created_at=item.created_at,
        due_at=item.due_at,
        assignee=names.get(item.assignee_id or 0, ""),
        absent_id=absent_id,
        absent=names.get(absent_id or 0, ""),
        owner_id=item.owner_id,
        owner=names.get(item.owner_id or 0, ""),
        outcomes=item.outcomes,
        changed=_changed(session, item, view) if may_act else None,
        sheet=next((sheet for sheet in view.sheets if sheet.engine_task == item.engine_task), None),
        opened=entry is None or entry.opened_at is not None,
        may_act=may_act,
        may_claim=may_act and claimable and item.assignee_id is None,
        may_release=may_act and claimable and item.assignee_id == actor.id,
        why=item.why,
        values=values,
        draft=draft.values if draft else None,
        draft_saved_at=draft.saved_at if draft else None,
        returnable_to=returnable,
        explained=explained if item.owner_id is None else {},
    )


def _changed(session: Session, item: DbTask, view: CaseView) -> list[Change] | None:
    """Whoever returned the case had not signed: for them it is compared with what they returned."""
    if "changed" in item.why:
        return list(item.why["changed"])
    last = next((line for line in reversed(view.history) if line.action == "returned"), None)
    if last is None or last.step != item.step or last.detail.get("branch", "") != item.branch:
        return None
    case = session.get_one(DbCase, item.case_id)
    steps = case.kept.get("steps", {})
    place = innermost(steps, last.detail.get("to", ""), item.branch)
    kept = steps.get(place, {})
    before = case.kept.get("forms", {}).get(kept.get("forms"))
    return None if before is None else changes(view.definition, before, case.forms, step=item.step)


def _from_engine(
    session: Session, actor: Actor, item: DbTask, task: Task, now: datetime
) -> tuple[dict[str, Any], list[ReturnTarget], dict[str, str]]:
    case = session.get_one(DbCase, item.case_id)
    run = action.open_case(session, case, actor=actor, now=now)
    form = run.definition.form_of(task.id)
    names = run.instance.variables_at(item.engine_task)
    values = opening_values(form, case.forms.get(place_of(form.key, item.branch)), names, run.functions)
    return values, targets(run, item.engine_task, item.branch), _explained(run, task, item)


def _explained(run: CaseRun, task: Task, item: DbTask) -> dict[str, str]:
    if not task.comment_when:
        return {}
    found = {
        outcome: find_refusal(
            run.session,
            run.case,
            run.definition,
            task,
            outcome=outcome,
            variables=run.instance.variables_at(item.engine_task),
            functions=run.functions,
            branch=item.branch,
            now=run.now,
        )
        for outcome in item.outcomes
    }
    return {outcome: refusal for outcome, refusal in found.items() if refusal}
