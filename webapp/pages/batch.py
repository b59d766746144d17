"""Many tasks at once: what is alike together, what is unusual apart, each with its own result, and a way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from services.database import read_session
from services.errors import Conflict, InvalidInput
from services.tasks.batch import CLAIM, COMPLETE, RETURN, TRANSFER, NotOpened, Result, Verb, act_on_many, undo_batch
from services.tasks.grouping import MAX_BATCH, SUBMIT, Group, Grouping, Item, TaskLine, describe_tasks, group_tasks
from services.tasks.inbox_query import FIELDS, to_filter, understood
from services.tasks.unusual import Reason
from webapp.auth import actor, now
from webapp.errors import told
from webapp.i18n import translate, translate_text
from webapp.rendering import fact_values
from workflows.definition import ProcessDefinition

blueprint = Blueprint("batch", __name__)

APPROVE, REJECT = "approve", "reject"
VERBS: Mapping[str, str] = {"approve": COMPLETE, "return": RETURN, "transfer": TRANSFER, "claim": CLAIM}
COUNTDOWN = 10


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a verb can do with the groups: those that take part, and why others do not."""

    verb: str
    groups: Sequence[Group]
    outcomes: Sequence[str]
    left_out: Sequence[tuple[Item, Group, str]]
    missing: int


@blueprint.get("/batch")
def show() -> Any:
    """The tasks that were chosen, or everything that the filter of the address finds."""
    ids = _numbers(request.args.getlist("id"))
    query = understood({name: request.args[name] for name in FIELDS if name in request.args})
    if not ids and not query:
        flash(translate("请先选择要一起办理的任务"), "danger")
        return redirect(url_for("inbox.show"), 303)
    wanted = ids or to_filter(query, now=now())
    grouping = group_tasks(read_session(), actor(), wanted, now=now())
    return _page(_verb(request.args), grouping, again={"id": ids} if ids else query)


@blueprint.post("/batch")
def act() -> Any:
    verb, ids = _verb(request.form), _numbers(request.form.getlist("id"))
    typed = {name: request.form.get(name, "").strip() for name in ("comment", "to")}
    errors = _missing(verb, ids, typed)
    if errors:
        return _again(verb, ids, typed, errors)
    outcome = request.form.get("outcome", APPROVE) if verb == APPROVE else ""
    if outcome in (REJECT, SUBMIT):
        raise Conflict("驳回和填写表单请逐项办理")
    lines = describe_tasks(read_session(), actor(), ids)
    asked = Verb(name=VERBS[verb], outcome=outcome, comment=typed["comment"], to=typed["to"])
    results = act_on_many(actor(), ids, asked, now=now())
    wrong = _all_wrong(results)
    if wrong:
        return _again(verb, ids, typed, wrong)
    done = [result.task_id for result in results if result.done and result.changed]
    token = _seal().dumps(
        {"user": actor().id, "verb": VERBS[verb], "ids": done, "at": datetime.now(UTC).isoformat(), "shown": verb}
    )
    return render_template(
        "batch_done.html",
        verb=verb,
        results=_told(results, lines),
        lines=lines,
        token=token if done else "",
        seconds=COUNTDOWN,
    )


@blueprint.post("/batch/undo")
def undo() -> Any:
    """Take back everything that a batch of the last seconds did."""
    batch = _opened(request.form.get("batch", ""))
    lines = describe_tasks(read_session(), actor(), batch["ids"])
    at = datetime.fromisoformat(batch["at"])
    results = undo_batch(actor(), batch["ids"], batch["verb"], at=at, now=now())
    return render_template(
        "batch_done.html", verb="undo", results=_told(results, lines), lines=lines, token="", seconds=0
    )


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="batch")


def _opened(token: str) -> dict[str, Any]:
    """What a batch did, as this server told this person. Raises Conflict for anything else."""
    try:
        found: dict[str, Any] = _seal().loads(token)
    except BadSignature as error:
        raise Conflict("找不到要撤销的批量操作，请在各自的页面上撤回") from error
    if found["user"] != actor().id:
        raise Conflict("找不到要撤销的批量操作，请在各自的页面上撤回")
    return found


def _verb(values: Any) -> str:
    return values["verb"] if values.get("verb") in VERBS else APPROVE


def _numbers(texts: Sequence[str]) -> list[int]:
    """The ids of an address or a form; what is no number was not written by the page."""
    numbers = (int(text) for text in texts[:MAX_BATCH] if text.isascii() and text.isdigit() and len(text) < 12)
    return list(dict.fromkeys(numbers))


def _missing(verb: str, ids: Sequence[int], typed: Mapping[str, str]) -> dict[str, list[str]]:
    errors = {} if ids else {"ids": ["请至少选择一项"]}
    if verb == "return" and not typed["comment"]:
        errors["comment"] = ["退回时请填写意见"]
    if verb == "transfer" and not typed["to"]:
        errors["to"] = ["请选择同事"]
    return errors


def _all_wrong(results: Sequence[Result]) -> dict[str, list[str]]:
    """What was typed is wrong for every task alike: nothing was done, and the page comes back."""
    first = results[0].error
    if not isinstance(first, InvalidInput):
        return {}
    same = all(isinstance(each.error, InvalidInput) and each.error.errors == first.errors for each in results)
    return {name: texts for name, texts in first.errors.items() if name in ("comment", "to")} if same else {}


def _told(results: Sequence[Result], lines: Mapping[int, TaskLine]) -> list[tuple[Result, str, list[str]]]:
    """Each with why it was not done, and what was unusual about it."""
    rows = []
    for result in results:
        unusual = result.error.reasons if isinstance(result.error, NotOpened) else ()
        reasons = [reason_text(reason, lines[result.task_id].definition) for reason in unusual]
        rows.append((result, told(result.error)[1] if result.error else "", reasons))
    return rows


def _again(verb: str, ids: Sequence[int], typed: Mapping[str, str], errors: dict[str, list[str]]) -> Any:
    shown = _numbers(request.form.getlist("shown"))
    grouping = group_tasks(read_session(), actor(), shown or list(ids), now=now())
    return _page(verb, grouping, again={"id": shown or list(ids)}, ticked=ids, typed=typed, errors=errors), 422


def _page(
    verb: str,
    grouping: Grouping,
    *,
    again: Mapping[str, Any],
    ticked: Sequence[int] | None = None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> Any:
    """Unless somebody chose otherwise, what is alike is ticked and what is unusual is not."""
    offer = _offer(verb, grouping)
    alike = [item.task_id for group in offer.groups for item in group.alike]
    return render_template(
        "batch.html",
        offer=offer,
        claimable=verb == "claim" or any(not item.mine for group in grouping.groups for item in group.items),
        verbs=VERBS,
        again=again,
        ticked=alike if ticked is None else ticked,
        typed=typed or {"comment": "", "to": ""},
        errors=errors or {},
        reason_text=reason_text,
    )


def _offer(verb: str, grouping: Grouping) -> Offer:
    groups: list[Group] = []
    left_out: list[tuple[Item, Group, str]] = []
    outcomes = _outcomes(grouping) if verb == APPROVE else ()
    for group in grouping.groups:
        why = _why_not(verb, group, outcomes)
        if why:
            left_out += [(item, group, why) for item in group.items]
        elif verb == "claim":
            mine = [(item, group, "已经在您手上，不用认领") for item in group.items if item.mine]
            left_out += mine
            if len(mine) < len(group.items):
                groups.append(group.without_mine())
        else:
            groups.append(group)
    return Offer(verb=verb, groups=groups, outcomes=outcomes, left_out=left_out, missing=len(grouping.missing))


def _outcomes(grouping: Grouping) -> tuple[str, ...]:
    """同意 where any step has it; else the ways of the steps, if they are the same for all."""
    ways = {tuple(group.outcomes) for group in grouping.groups if not group.fills}
    if any(APPROVE in outcomes for outcomes in ways):
        return (APPROVE,)
    return tuple(way for way in next(iter(ways)) if way != REJECT) if len(ways) == 1 else ()


def _why_not(verb: str, group: Group, outcomes: Sequence[str]) -> str:
    if group.fills and verb in ("approve", "return"):
        return "要填写表单，请打开后逐项办理"
    if verb == APPROVE and (not outcomes or not set(outcomes) <= set(group.outcomes)):
        return "处理方式与其他任务不同，请另外选择"
    return ""


def reason_text(reason: Reason, definition: ProcessDefinition) -> str:
    """A reason in the reader's language."""
    english = definition.english
    fields = "、".join(" · ".join(translate_text(english, title) for title in titles) for titles in reason.fields)
    text = translate(reason.text, **{**fact_values(reason.values), **({"fields": fields} if fields else {})})
    return f"{translate(reason.title)}：{text}" if reason.title else text
