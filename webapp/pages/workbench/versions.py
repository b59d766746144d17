"""Versions of a process: publish the draft now or on a day, go back, take out of use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput
from services.processes.catching_up import open_version, set_in_use, take_in
from services.processes.checking import check_draft
from services.processes.drafts import Draft, get_draft
from services.processes.overview import Glance, get_glance, list_history
from services.processes.publication import cancel, find_publication, reschedule, schedule
from services.processes.publish import publish_draft, roll_back
from services.processes.states import files_at
from webapp.auth import OWNER, access, actor, now
from webapp.errors import sentence
from webapp.i18n import translate
from webapp.pages.workbench.compare import said
from webapp.pages.workbench.frame import page
from webapp.pages.workbench.parts import in_words
from webapp.pages.workbench.places import address_of
from workflows.calendar import COMPANY_ZONE
from workflows.comparing import Comparison, compare_processes
from workflows.errors import DefinitionError

blueprint = Blueprint("workbench_versions", __name__, url_prefix="/workbench")
NOW, LATER = "now", "later"


@blueprint.get("/<key>/versions")
@access(OWNER)
def show(key: str) -> Any:
    return _page(key, {}, {})


@blueprint.post("/<key>/versions")
@access(OWNER)
def publish(key: str) -> Any:
    values = {name: request.form.get(name, "").strip() for name in ("note", "when", "due_at", "confirmed")}
    revision = request.form.get("revision", -1, type=int)
    despite = bool(values["confirmed"])
    try:
        if values["when"] == LATER:
            due_at = _moment(values["due_at"])
            schedule(
                actor(),
                key,
                revision=revision,
                note=values["note"],
                due_at=due_at,
                despite_warnings=despite,
                now=now(),
            )
            flash(translate("已安排好：到时自动发布，发布前会再检查一次"), "success")
        else:
            version = publish_draft(
                actor(), key, revision=revision, note=values["note"], despite_warnings=despite, now=now()
            )
            flash(translate("第 {number} 版已发布，新的申请从现在起用它", number=version.number), "success")
    except (InvalidInput, Conflict, DefinitionError) as error:
        return _refused(key, values, error)
    return _back(key)


@blueprint.post("/<key>/publications/<int:number>")
@access(OWNER)
def change(key: str, number: int) -> Any:
    values = {name: request.form.get(name, "").strip() for name in ("note", "due_at")}
    try:
        reschedule(actor(), key, number, note=values["note"], due_at=_moment(values["due_at"]), now=now())
    except (InvalidInput, Conflict) as error:
        return _refused(key, {}, error, "publication")
    flash(translate("发布时间和说明已更改"), "success")
    return _back(key)


@blueprint.post("/<key>/publications/<int:number>/cancel")
@access(OWNER)
def call_off(key: str, number: int) -> Any:
    try:
        cancel(actor(), key, number)
    except Conflict as error:
        return _refused(key, {}, error, "publication")
    flash(translate("已取消，不会发布"), "success")
    return _back(key)


@blueprint.post("/<key>/versions/<int:number>/again")
@access(OWNER)
def again(key: str, number: int) -> Any:
    """Go back to an older version: its contents become the newest one."""
    in_force = request.form.get("in_force", -1, type=int)
    try:
        version = roll_back(actor(), key, number, in_force=in_force, reason=request.form.get("reason", ""), now=now())
    except DefinitionError as error:
        refusal = translate("第 {number} 版按今天的规则已不能发布，可以把它打开为草稿，改好再发布", number=number)
        return _page(key, {}, {"history": [refusal]}, status=422, old=number, old_problems=error.problems)
    except (InvalidInput, Conflict) as error:
        return _refused(key, {}, error, "history")
    flash(translate("已回到第 {old} 版的内容，现在是第 {number} 版", old=number, number=version.number), "success")
    return _back(key)


@blueprint.post("/<key>/versions/<int:number>/open")
@access(OWNER)
def open_old(key: str, number: int) -> Any:
    open_version(actor(), key, number, now=now())
    flash(translate("草稿现在是第 {number} 版的内容；之前的修改仍在时间线上", number=number), "success")
    return redirect(url_for("workbench.show", key=key), 303)


@blueprint.post("/<key>/take-in")
@access(OWNER)
def catch_up(key: str) -> Any:
    """Bring the version that somebody else published into the draft."""
    try:
        both = take_in(actor(), key, now=now())
    except Conflict as error:
        return _refused(key, {}, error)
    if both:
        parts = in_words(both, get_draft(read_session(), actor(), key).files)
        flash(translate("已并入在用的版本；两边都改过的保留了您的：{parts}，请对照后再发布", parts=parts), "success")
    else:
        flash(translate("已并入在用的版本，没有冲突"), "success")
    return _back(key)


@blueprint.post("/<key>/in-use")
@access(OWNER)
def use(key: str) -> Any:
    in_use = request.form.get("in_use") == "yes"
    set_in_use(actor(), key, in_use, now=now())
    flash(
        translate("流程已恢复使用") if in_use else translate("流程已停用：不能再发起，进行中的申请照常办完"), "success"
    )
    return _back(key)


def _refused(key: str, values: Mapping[str, str], error: Exception, place: str = "publish") -> Any:
    """The page again, with what was typed and the reason beside the button that was pressed."""
    if isinstance(error, InvalidInput):
        return _page(key, values, dict(error.errors), status=422)
    if isinstance(error, Conflict):
        return _page(key, values, {place: [sentence(error)]}, status=409)
    return _page(key, values, {place: [translate("检查没有通过，没有发布；请先改正下列错误")]}, status=422)


def _page(key: str, values: Mapping[str, str], errors: Mapping[str, Any], *, status: int = 200, **more: Any) -> Any:
    session = read_session()
    session.rollback()
    glance = get_glance(session, actor(), key, now=now())
    draft = get_draft(session, actor(), key)
    found = _comparison(key, draft, glance)
    news = found is None or not found.is_empty
    return page(
        "workbench/versions.html",
        key,
        "versions",
        status=status,
        draft=draft,
        glance=glance,
        found=found,
        news=news,
        problems=check_draft(session, draft.files, now=now()) if news else [],
        history=list_history(session, actor(), key),
        publication=find_publication(session, key),
        values=values,
        errors=errors,
        said=said,
        place=lambda problem: address_of(key, problem.file, problem.element),
        local=_local,
        **{"old": None, "old_problems": [], **more},
    )


def _comparison(key: str, draft: Draft, glance: Glance) -> Comparison | None:
    """What the draft changes of the version in force. None where nothing is in force."""
    if glance.version is None:
        return None
    return compare_processes(files_at(read_session(), key, str(glance.version)).files, draft.files)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=COMPANY_ZONE)
    except ValueError as error:
        raise InvalidInput({"due_at": ["请选择发布的日期和时间"]}) from error


def _local(moment: datetime) -> str:
    """For an input of the browser, which knows no zones: the company's time."""
    return moment.astimezone(COMPANY_ZONE).strftime("%Y-%m-%dT%H:%M")


def _back(key: str) -> Any:
    return redirect(url_for("workbench_versions.show", key=key), 303)
