"""What people do with a task besides saying yes: hand over, ask, add signers, take back, restore."""

from __future__ import annotations

from typing import Any

from services.cases.models import DbCase
from services.cases.restore_case import restore_case
from services.cases.show_case import view_of
from services.database import read_session
from services.errors import InvalidInput
from services.tasks.add_signers import add_signers
from services.tasks.delegate_task import delegate_task
from services.tasks.remove_signers import remove_signers
from services.tasks.transfer_task import transfer_task
from services.tasks.withdraw_task import withdraw_task
from services.types import CaseId, TaskId
from webapp.api.blueprint import api, json_body, text_of
from webapp.api.cases import case_json
from webapp.auth import actor, now


@api.post("/tasks/<int:task_id>/transfer")
def transfer(task_id: int) -> Any:
    """Hand the task over to somebody else (转办)."""
    body = json_body()
    to, comment = text_of(body, "to"), text_of(body, "comment", required=False)
    return _shown(transfer_task(actor(), TaskId(task_id), to=to, comment=comment, now=now()))


@api.post("/tasks/<int:task_id>/delegate")
def delegate(task_id: int) -> Any:
    """Ask somebody for an opinion; the task comes back with the answer (委派)."""
    body = json_body()
    to, comment = text_of(body, "to"), text_of(body, "comment", required=False)
    return _shown(delegate_task(actor(), TaskId(task_id), to=to, comment=comment, now=now()))


@api.post("/tasks/<int:task_id>/add-signers")
def add(task_id: int) -> Any:
    """Further people sign the step before the caller, after, or beside (加签)."""
    body = json_body()
    case = add_signers(
        actor(),
        TaskId(task_id),
        users=names_of(body, "users"),
        when=text_of(body, "when"),
        mode=text_of(body, "mode", required=False) or "all",
        comment=text_of(body, "comment", required=False),
        now=now(),
    )
    return _shown(case)


@api.post("/tasks/<int:task_id>/remove-signers")
def remove(task_id: int) -> Any:
    """Signers who were added and have not signed are not asked any more (减签)."""
    body = json_body()
    case = remove_signers(
        actor(),
        TaskId(task_id),
        users=names_of(body, "users"),
        comment=text_of(body, "comment", required=False),
        now=now(),
    )
    return _shown(case)


@api.post("/tasks/<int:task_id>/withdraw")
def take_back(task_id: int) -> Any:
    """Take one's last action on the task back while nobody has acted on it (撤回)."""
    return _shown(withdraw_task(actor(), TaskId(task_id), now=now()))


@api.post("/cases/<int:case_id>/restore")
def restore(case_id: int) -> Any:
    """A case that was taken back or rejected becomes a new draft with its data (恢复)."""
    body = json_body()
    replace = body.get("replace", False)
    if not isinstance(replace, bool):
        raise InvalidInput({"replace": ["应为 true 或 false"]})
    process, values = restore_case(actor(), CaseId(case_id), now=now(), replace=replace)
    return {"process": process, "draft": values}


def _shown(case: DbCase) -> Any:
    return case_json(view_of(read_session(), case))


def names_of(body: dict[str, Any], name: str) -> list[str]:
    """A list of user names; one alone may stand without the list. Raises InvalidInput naming the field."""
    value = body.get(name)
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(each, str) for each in names):
        raise InvalidInput({name: ["应为用户名的列表"]})
    return names
