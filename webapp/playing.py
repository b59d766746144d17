"""What was done in a rehearsal: noted as it was sent, and sent again after a step back or on a changed draft.

An action is noted by what it was about (the step of a case), not by the ids of rows, so that it finds its task again
where a changed draft numbers tasks otherwise. Sending it again goes through the whole application, as any request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import Context
from datetime import datetime
from typing import Any, NamedTuple

from flask import Flask, Response, abort, current_app, flash, g, request, url_for
from werkzeug.test import Client, EnvironBuilder, TestResponse

from services.database import inside_world, read_session
from services.play.clock import A_STEP, Passed, pass_time
from services.play.looking import about_task, find_task
from services.play.plays import Action, Play, go_on
from services.types import UserId
from webapp.auth import actor, now
from webapp.i18n import translate
from webapp.play import PLAY, REPLAY, find_play, playing, real_actor, real_now

_TIME = "clock"
_CONTROLS = "play_controls."
_OWN = (_CONTROLS, "sign_in.")
_SENT_BACK = 303


class Replayed(NamedTuple):
    """How many actions were done again, and which one could not be."""

    done: int
    stopped_at: str


def init_app(app: Flask) -> None:
    """Call it after ``auth``: what is noted is who does it."""
    app.before_request(_look_up_task)
    app.after_request(_note)


def _look_up_task() -> None:
    """Before the action, while its task is still open: what it is about. The controls exist in rehearsals alone."""
    if find_play() is None and (request.endpoint or "").startswith(_CONTROLS):
        abort(404)
    if find_play() is None or request.method != "POST" or g.get("actor") is None:
        return
    task_id = (request.view_args or {}).get("task_id")
    g.played_task = about_task(read_session(), task_id) if task_id else None


def _note(response: Response) -> Response:
    """After the action: a moment passes, and what is due by then happens."""
    if find_play() is None or request.method != "POST" or response.status_code != _SENT_BACK:
        return response
    if g.get("actor") is None or (request.endpoint or "").startswith(_OWN):
        return response
    # a form that was asked for another row, or for a proposal, comes back as a page: only what was done leads on
    action: Action = {
        "by": actor().id,
        "who": actor().name,
        "at": now().isoformat(),
        "endpoint": request.endpoint,
        "args": {name: value for name, value in (request.view_args or {}).items() if isinstance(value, str | int)},
        "form": [[name, text] for name, text in request.form.items(multi=True) if name != "csrf_token"],
        "task": g.get("played_task"),
    }
    passed = pass_time(now(), now() + A_STEP)
    tell_failures(passed)
    go_on(real_actor(), playing().id, now=real_now(), clock=passed.reached, action=action)
    return response


def note_time(play: Play, passed: Passed) -> None:
    """The clock was moved on."""
    action = {"endpoint": _TIME, "at": passed.reached.isoformat(), "by": play.person_id, "who": "", "task": None}
    go_on(real_actor(), play.id, now=real_now(), clock=passed.reached, action=action)


def tell_failures(passed: Passed) -> None:
    for sentence in passed.failures[:3]:
        flash(sentence, "danger")


def send_again(play: Play, actions: Sequence[Mapping[str, Any]]) -> Replayed:
    """Do the actions again in the world of ``play``, which has just begun; stops at the first that is refused."""
    clock = play.clock
    for number, action in enumerate(actions):
        at = max(datetime.fromisoformat(action["at"]), clock)
        with inside_world(play.schema):
            passed = pass_time(clock, at)
            task_id = _find_task(action)
        if action["endpoint"] == _TIME:
            note_time(play, passed)
        elif task_id == 0 or _send(play, action, at, task_id).status_code != _SENT_BACK:
            return Replayed(number, said(action))
        clock = at
    return Replayed(len(actions), "")


def _find_task(action: Mapping[str, Any]) -> int | None:
    """The open task that the action is about now: 0 where there is none, None where it is about no task."""
    about = action.get("task")
    if not about:
        return None
    return find_task(read_session(), about, action["by"]) or 0


def _send(play: Play, action: Mapping[str, Any], at: datetime, task_id: int | None) -> TestResponse:
    args = {**action["args"], **({"task_id": task_id} if task_id else {})}
    form: dict[str, list[str]] = {"csrf_token": [request.form.get("csrf_token", "")]}
    for name, text in action["form"]:
        form.setdefault(name, []).append(text)
    builder = EnvironBuilder(
        path=url_for(action["endpoint"], **args).removeprefix(request.script_root),
        base_url=request.host_url + request.script_root.lstrip("/"),
        method="POST",
        data=form,
        headers={"Cookie": request.headers.get("Cookie", ""), "Referer": request.url},
        environ_overrides={PLAY: play.id, REPLAY: (UserId(action["by"]), at)},
    )
    client = Client(current_app._get_current_object(), use_cookies=False)  # type: ignore[attr-defined]
    # a context of its own: this request's world, session and person are not those of the one that is sent
    answer: TestResponse = Context().run(client.open, builder)
    return answer


_SAID = {
    _TIME: "时间前进",
    "forms.submit": "发起申请",
    "tasks.claim": "认领",
    "tasks.release": "放回",
    "verbs.transfer": "转办",
    "verbs.delegate": "委派",
    "verbs.add": "加签",
    "verbs.remove": "减签",
    "verbs.take_back": "撤回任务",
    "cases.withdraw": "撤回申请",
    "cases.cancel": "撤销申请",
}
_OUTCOMES = {"approve": "同意", "reject": "驳回", "return": "退回", "submit": "提交", "abstain": "弃权"}


def said(action: Mapping[str, Any]) -> str:
    """What an action was, in the reader's language."""
    form = dict(map(tuple, action.get("form", [])))
    word = _SAID.get(action["endpoint"]) or _OUTCOMES.get(form.get("outcome", "")) or "办理"
    name = (action.get("task") or {}).get("name", "")
    return f"{translate(word)} · {name}" if name else translate(word)
