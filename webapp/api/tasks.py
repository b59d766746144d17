"""Work items and the verbs of approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import request

from services.cases.show_case import view_of
from services.database import read_session
from services.errors import InvalidInput
from services.tasks.batch import CLAIM, COMPLETE, RETURN, TRANSFER, WITHDRAW, Result, Verb, act_on_many
from services.tasks.claim_task import claim_task, release_task
from services.tasks.complete_task import complete_task
from services.tasks.grouping import MAX_BATCH
from services.tasks.inbox_filters import InboxFilter
from services.tasks.inbox_query import FIELDS, cleaned, to_filter
from services.tasks.list_tasks import InboxLine, list_tasks
from services.tasks.return_task import EVERYBODY, return_task
from services.tasks.saved_filters import get_filter
from services.tasks.show_task import TaskView, show_task
from services.tasks.why import explain_task
from services.types import TaskId
from webapp.api.blueprint import api, cursor_id, instant, json_body, limit, listing, money, record_of, text_of
from webapp.api.cases import case_json
from webapp.api.why import why_json
from webapp.auth import actor, now
from webapp.errors import told
from workflows.forms import from_json

BATCH_ACTIONS = (RETURN, TRANSFER, CLAIM, WITHDRAW)
LAST_DAY = date(2999, 12, 31)


@api.get("/tasks")
def inbox() -> Any:
    page = list_tasks(read_session(), actor().id, _filter())
    return listing([_line_json(line) for line in page.lines], page.next_cursor)


def _filter() -> InboxFilter:
    """The filter of the address, on top of a saved one if it names one."""
    given = {name: request.args[name] for name in FIELDS if name in request.args}
    saved = request.args.get("filter", "")
    query = {**get_filter(read_session(), actor(), cursor_id(saved)).query, **given} if saved else given
    wanted = to_filter(cleaned(query), now=now(), limit=limit(), cursor=request.args.get("cursor", ""))
    return replace(wanted, due_before=_day(request.args.get("due_before", "")) or wanted.due_before)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text[:10])
    except ValueError as error:
        raise InvalidInput({"due_before": ["格式不正确"]}) from error
    return min(day, LAST_DAY)


@api.get("/tasks/<int:task_id>")
def show_one(task_id: int) -> Any:
    return _task_json(show_task(read_session(), actor(), TaskId(task_id), now=now()))


@api.post("/tasks/<int:task_id>/complete")
def complete(task_id: int) -> Any:
    body = json_body()
    case = complete_task(
        actor(),
        TaskId(task_id),
        outcome=text_of(body, "outcome"),
        comment=text_of(body, "comment", required=False),
        typed=_typed(TaskId(task_id), record_of(body, "data")),
        now=now(),
        with_defaults=True,
    )
    return case_json(view_of(read_session(), case))


def _typed(task_id: TaskId, data: dict[str, Any]) -> dict[str, Any]:
    """Numbers become Decimal by the form of the task's step; without data there is nothing to look up."""
    if not data:
        return {}
    view = show_task(read_session(), actor(), task_id, now=now())
    return from_json(view.case.definition.form_of(view.task.id).properties, data)


@api.post("/tasks/<int:task_id>/claim")
def claim(task_id: int) -> Any:
    claim_task(actor(), TaskId(task_id), now=now())
    return show_one(task_id)


@api.post("/tasks/<int:task_id>/release")
def release(task_id: int) -> Any:
    release_task(actor(), TaskId(task_id), now=now())
    return show_one(task_id)


@api.post("/tasks/<int:task_id>/return")
def give_back(task_id: int) -> Any:
    body = json_body()
    case = return_task(
        actor(),
        TaskId(task_id),
        to=text_of(body, "to", required=False) or None,
        comment=text_of(body, "comment", required=False),
        resume=text_of(body, "resume", required=False) or EVERYBODY,
        now=now(),
    )
    return case_json(view_of(read_session(), case))


@api.post("/tasks/batch")
def batch() -> Any:
    """One verb for several tasks: an outcome, or an action; each has its own result."""
    body = json_body()
    ids = body.get("ids")
    if not isinstance(ids, list) or not ids or len(ids) > MAX_BATCH or not all(type(i) is int for i in ids):
        raise InvalidInput({"ids": [f"1–{MAX_BATCH}"]})
    results = act_on_many(actor(), ids, _verb(body), now=now(), opened_only=False)
    return {"items": [_result_json(result) for result in results]}


def _verb(body: dict[str, Any]) -> Verb:
    name = text_of(body, "action", required=False)
    if name and "outcome" in body:
        raise InvalidInput({"action": ["outcome 和 action 只能填写一项"]})
    if name and name not in BATCH_ACTIONS:
        raise InvalidInput({"action": [f"可用：{'、'.join(BATCH_ACTIONS)}"]})
    comment = text_of(body, "comment", required=False)
    if not name:
        return Verb(name=COMPLETE, outcome=text_of(body, "outcome"), comment=comment)
    return Verb(name=name, to=text_of(body, "to", required=name == TRANSFER), comment=comment)


def _result_json(result: Result) -> dict[str, Any]:
    status, detail = told(result.error) if result.error else (200, "")
    return {"id": result.task_id, "status": status, "detail": detail}


def _line_json(line: InboxLine) -> dict[str, Any]:
    return {
        "id": line.task_id,
        "case": {
            "id": line.case_id,
            "number": line.number,
            "process": line.process,
            "title": line.title,
            "status": line.status,
        },
        "step": line.step,
        "name": line.name,
        "state": "claimable" if line.claimable else line.state,
        "assignee": line.assignee_username or None,
        "assignee_name": line.assignee or None,
        "for": line.absent_username or None,
        "candidates": line.candidates,
        "due_at": instant(line.due_at),
        "created_at": instant(line.created_at),
        "outcomes": line.outcomes,
        "outcome": line.outcome,
        "amount": money(line.amount),
        "started_by": line.starter,
        "expected_at": instant(line.expected_at),
        "latest_at": instant(line.latest_at),
        "after": line.after,
        "urged": {"count": line.urges, "last_at": instant(line.urged_at)},
        "copied": {"by": line.copied_by, "at": instant(line.copied_at), "read_at": instant(line.read_at)}
        if line.copied_by
        else None,
    }


def _task_json(view: TaskView) -> dict[str, Any]:
    form = view.case.definition.form_of(view.task.id)
    data = view.case.visible_at(view.task.id, {**view.case.data, **view.values})
    waiting = next((task for task in view.case.tasks if task.id == view.id), None)
    return {
        "id": view.id,
        "case": {"id": view.case.id, "number": view.case.number, "process": view.case.process},
        "step": view.task.id,
        "name": view.name,
        "state": "claimable" if view.may_claim else view.state,
        "assignee": waiting.assignee.username if waiting and waiting.assignee else None,
        "candidates": [person.username for person in waiting.candidates] if waiting else [],
        "due_at": instant(view.due_at),
        "created_at": instant(view.created_at),
        "outcomes": list(view.task.outcomes),
        "comment_required": sorted({*view.explained, *({"reject"} & set(view.task.outcomes))}),
        "form": {"key": form.key, "title": form.title, "schema": form.schema, "layout": list(form.layout)},
        "data": data,
        "returnable_to": [
            {"step": target.step, "name": target.name, "who": target.who} for target in view.returnable_to
        ],
        "why": why_json(explain_task(read_session(), view, now=now())),
    }
