"""The controls of a rehearsal, on top of each of its pages: who is played, the clock, steps back, and the end.

They exist below ``/play/<id>`` alone, where the request is in the rehearsal's world; whoever sends one is its owner.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.cases import drafts
from services.cases.case_run import current_calendar
from services.cases.filling import starter_context
from services.database import inside_world, read_session
from services.errors import Conflict, InvalidInput, NotFound
from services.people.accounts import find_actor_by_id
from services.play.clock import next_moment, next_workday, pass_time
from services.play.looking import Effect, fills_form, list_cases, list_effects, list_people, list_told, list_waiting
from services.play.plays import begin_again, end_play, go_on
from services.play.samples import sample_values
from services.processes.deriving import keep_scenario, scenario_from_case
from services.processes.versions import get_current_version, get_definition
from services.tasks.show_task import show_task
from services.types import CaseId, TaskId, UserId, VersionId
from webapp import play as plays
from webapp.auth import actor, now
from webapp.errors import sentence
from webapp.i18n import language, translate
from webapp.play import leave_to, playing, real_actor, real_now
from webapp.playing import note_time, said, send_again, tell_failures
from workflows.calendar import COMPANY_ZONE, calendar_functions
from workflows.errors import DefinitionError
from workflows.expressions import FUNCTIONS
from workflows.forms import prefill

blueprint = Blueprint("play_controls", __name__, url_prefix="/controls")

_ROUND = timedelta(minutes=1)


@blueprint.app_context_processor
def _banner() -> dict[str, Any]:
    """What the banner shows, asked only where there is one."""
    return {"play_banner": _shown}


def _shown() -> dict[str, Any]:
    session = read_session()
    clock = playing().clock
    return {
        "play": playing(),
        "clock": clock.astimezone(COMPANY_ZONE),
        "people": list_people(session),
        "waiting": list_waiting(session),
        "next": next_moment(clock),
        "sample": _sample_place(),
    }


def _sample_place() -> dict[str, Any] | None:
    """The form that the page shows, if it shows one that samples could fill."""
    args = request.view_args or {}
    if request.endpoint in ("forms.fill", "forms.submit"):
        return {"key": args["key"]}
    if request.endpoint not in ("tasks.show", "tasks.act"):
        return None
    task_id: int = args["task_id"]
    return {"task_id": task_id} if fills_form(read_session(), task_id) else None


@blueprint.post("/person")
def person() -> Any:
    """Be somebody else; with a task, whoever may do it, and open it at once."""
    task_id = request.form.get("task_id", 0, type=int)
    chosen = request.form.get("person_id", 0, type=int)
    if find_actor_by_id(read_session(), UserId(chosen)) is None:
        raise InvalidInput({"person_id": ["请选择一位在职人员"]})
    go_on(real_actor(), playing().id, now=real_now(), person_id=UserId(chosen))
    return redirect(url_for("tasks.show", task_id=task_id) if task_id else url_for("inbox.show"), 303)


@blueprint.post("/clock")
def clock() -> Any:
    """Let time pass; what is due happens at its own moment."""
    play = playing()
    try:
        passed = pass_time(play.clock, _until(play.clock))
    except InvalidInput as error:
        flash("；".join(translate(text) for texts in error.errors.values() for text in texts), "danger")
        return _back()
    note_time(play, passed)
    tell_failures(passed)
    shown = passed.reached.astimezone(COMPANY_ZONE).strftime("%Y-%m-%d %H:%M")
    flash(translate("时间走到 {moment}，触发了 {count} 个定时", moment=shown, count=passed.fired), "success")
    return _back()


def _until(clock: datetime) -> datetime:
    match request.form.get("to", ""):
        case "hour":
            return clock + timedelta(hours=1)
        case "workday":
            return next_workday(clock)
        case "next":
            found = next_moment(clock)
            if found is None:
                raise InvalidInput({"moment": ["后面没有定时，也没有期限"]})
            return found
        case _:
            return _typed_moment()


def _typed_moment() -> datetime:
    try:
        typed = datetime.fromisoformat(request.form.get("moment", ""))
    except ValueError:
        typed = None  # type: ignore[assignment]
    if typed is None or not 2000 <= typed.year <= 2100:
        raise InvalidInput({"moment": ["请填写日期和时间"]})
    return typed.replace(tzinfo=COMPANY_ZONE) if typed.tzinfo is None else typed


@blueprint.post("/undo")
def undo() -> Any:
    """As it was before the last action: everything before it is done again in a new world."""
    play = playing()
    if not play.actions:
        raise Conflict("还没有做过什么，不能退后一步")
    last = play.actions[-1]
    before = begin_again(real_actor(), play.id, on_draft=False, now=real_now())
    _replay(before.actions[:-1], UserId(last["by"]))
    return redirect(url_for("inbox.show"), 303)


@blueprint.post("/again")
def again() -> Any:
    """From the beginning on the draft as it stands now, with the same inputs."""
    play = playing()
    try:
        before = begin_again(real_actor(), play.id, on_draft=True, now=real_now())
    except DefinitionError as error:
        flash(translate("草稿现在无法读懂，试运行停在原来的草稿上：{reason}", reason=str(error.problems[0])), "danger")
        return _back()
    _replay(before.actions, play.person_id)
    return redirect(url_for("inbox.show"), 303)


def _replay(actions: Any, person_id: UserId) -> None:
    with inside_world(""):
        renewed = plays.get_play(read_session(), real_actor(), playing().id)
    done = send_again(renewed, actions)
    go_on(real_actor(), renewed.id, now=real_now(), person_id=person_id)
    if done.stopped_at:
        text = "已重做 {count} 步；“{step}”在现在的草稿上做不成，请从这里继续"
        flash(translate(text, count=done.done, step=done.stopped_at), "danger")
    else:
        flash(translate("已重做 {count} 步", count=done.done), "success")


@blueprint.post("/sample")
def sample() -> Any:
    """Fill the empty fields of a form with something that fits, as a draft of the person who is played."""
    task_id, key = request.form.get("task_id", 0, type=int), request.form.get("key", "")
    session = read_session()
    if task_id:
        view = show_task(session, actor(), TaskId(task_id), now=now())
        if not view.may_act:
            raise NotFound("这项任务不在这个人的待办里")
        form, place = view.case.definition.form_of(view.task.id), drafts.task_place(TaskId(task_id))
        values = sample_values(session, form, view.task.id, view.values, now=now())
        address = url_for("tasks.show", task_id=task_id)
    else:
        definition = get_definition(session, VersionId(get_current_version(session, key).id))
        form, place = definition.form_of(definition.first_task.id), drafts.new_case_place(key)
        values = sample_values(session, form, definition.first_task.id, _defaults(form), now=now())
        address = url_for("forms.fill", key=key)
    drafts.save_draft(actor(), place, values, now=now())
    return redirect(address, 303)


def _defaults(form: Any) -> dict[str, Any]:
    session, person = read_session(), actor()
    calendar = current_calendar(session)
    context = starter_context(
        session, starter_id=person.id, department=person.department, started_at=now(), calendar=calendar
    )
    return prefill(form, context, {**FUNCTIONS, **calendar_functions(calendar, now())})


@blueprint.get("/report")
def report() -> Any:
    """What came of it so far: what was done, who would have been told, what changed; and the way to a scenario."""
    session = read_session()
    return render_template(
        "play_report.html",
        play=playing(),
        cases=list_cases(session),
        actions=[{**action, "said": said(action)} for action in playing().actions],
        told=list_told(session, language()),
        effects=[(effect, _in_words(effect)) for effect in list_effects(session)],
    )


def _in_words(effect: Effect) -> str:
    values = {name: translate(value) if name == "state" else value for name, value in effect.values.items()}
    return translate(effect.sentence, **values)


@blueprint.post("/scenario")
def save_scenario() -> Any:
    """Keep what was played as a scenario of the draft, and show it there."""
    case_id = CaseId(request.form.get("case_id", 0, type=int))
    title, masked = request.form.get("title", "").strip(), request.form.get("masked") == "yes"
    derived = scenario_from_case(read_session(), case_id, title=title, masked=masked)
    play = playing()
    with inside_world(""):
        try:
            name = keep_scenario(real_actor(), play.key, derived, now=real_now())
        except (InvalidInput, Conflict) as error:
            flash(sentence(error), "danger")
            return _back()
    return leave_to(url_for("workbench_scenarios.show", key=play.key, name=name))


@blueprint.post("/end")
def end() -> Any:
    """The rehearsal is gone; back to the workbench."""
    key = end_play(real_actor(), playing().id)
    return leave_to(url_for("workbench_play.show", key=key))


def _back() -> Any:
    """To the page that the control was on, which is one of this rehearsal."""
    wanted = request.form.get("back", "")
    inside = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return redirect(f"{request.script_root}{wanted}" if inside else url_for("inbox.show"), 303)
