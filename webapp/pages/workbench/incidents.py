"""Cases that stand still because something of their process failed, and how they are mended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput, ServiceError
from services.incidents import mending
from services.incidents.models import OPEN
from services.incidents.queries import Datum, IncidentView, list_faults, show_incident
from services.processes.versions import list_current
from webapp.auth import MENDER, access, actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate
from webapp.pages import diagrams
from workflows.forms.printing import plain_number

blueprint = Blueprint("incidents", __name__, url_prefix="/incidents")

_YES, _NO = "true", "false"


@blueprint.get("")
@access(MENDER)
def index() -> Any:
    """What is open, the same faults together."""
    session = read_session()
    definitions = {definition.key: definition for _version, definition in list_current(session)}
    return render_template("incidents.html", faults=list_faults(session, actor()), definitions=definitions)


@blueprint.get("/<int:incident_id>")
@access(MENDER)
def show(incident_id: int) -> Any:
    return _page(incident_id)


@blueprint.get("/<int:incident_id>/diagram.bpmn")
@access(MENDER)
def diagram(incident_id: int) -> Any:
    """The diagram of the version that the case runs on."""
    return diagrams.diagram(show_incident(read_session(), actor(), incident_id, now=now()).definition)


@blueprint.post("/<int:incident_id>/retry")
@access(MENDER)
def retry(incident_id: int) -> Any:
    def work(view: IncidentView) -> bool:
        mended = mending.retry(actor(), incident_id, reason=_reason(), variables=_corrected(view), now=now())
        return mended.state != OPEN

    return _mend(incident_id, work)


@blueprint.post("/<int:incident_id>/data")
@access(MENDER)
def data(incident_id: int) -> Any:
    def work(view: IncidentView) -> bool:
        mending.set_data(actor(), incident_id, variables=_corrected(view), reason=_reason(), now=now())
        flash(translate("数据已更正，环节还停在原处"), "success")
        return False

    return _mend(incident_id, work, quiet=True)


@blueprint.post("/<int:incident_id>/skip")
@access(MENDER)
def skip(incident_id: int) -> Any:
    def work(view: IncidentView) -> bool:
        brought = _brought() if view.remedies.brings else {}
        way = request.form.get("way") or None
        if view.remedies.ways and way is None:
            raise InvalidInput({"way": ["请选择往哪里走"]})
        mending.skip(actor(), incident_id, reason=_reason(), variables=brought, way=way, now=now())
        return True

    return _mend(incident_id, work)


@blueprint.post("/<int:incident_id>/move")
@access(MENDER)
def move(incident_id: int) -> Any:
    def work(_view: IncidentView) -> bool:
        step = request.form.get("step", "")
        if not step:
            raise InvalidInput({"step": ["请选择环节"]})
        mending.move(actor(), incident_id, step=step, reason=_reason(), now=now())
        return True

    return _mend(incident_id, work)


@blueprint.post("/<int:incident_id>/retry-all")
@access(MENDER)
def retry_all(incident_id: int) -> Any:
    """The same fault in every case that stands at it."""
    try:
        tried = mending.retry_all(actor(), incident_id, reason=_reason(), now=now())
    except InvalidInput as error:
        return _page(incident_id, errors=error.errors, status=422)
    done = sum(not each.open for each in tried)
    still = len(tried) - done
    flash(translate("{done} 件已继续", done=done), "success")
    if still:
        flash(translate("{still} 件再次失败，仍停在原处", still=still), "danger")
    return redirect(url_for("incidents.index"), 303)


def _mend(incident_id: int, work: Any, *, quiet: bool = False) -> Any:
    """Do it and show what came of it; a refusal shows the page again with what was typed."""
    view = show_incident(read_session(), actor(), incident_id, now=now())
    try:
        mended = work(view)
    except InvalidInput as error:
        return _page(incident_id, errors=error.errors, status=422)
    except Conflict as refusal:
        return _page(incident_id, refusal=refusal, status=status_of(refusal))
    if mended:
        flash(translate("已处理：{number}继续办理", number=view.number), "success")
        return redirect(url_for("cases.show", case_id=view.case_id), 303)
    if not quiet:
        flash(translate("重试后仍然失败，见下面的说明"), "danger")
    return redirect(url_for("incidents.show", incident_id=incident_id), 303)


def _page(
    incident_id: int,
    *,
    errors: Mapping[str, list[str]] = {},
    refusal: ServiceError | None = None,
    status: int = 200,
) -> Any:
    session = read_session()
    session.rollback()
    view = show_incident(session, actor(), incident_id, now=now())
    page = render_template(
        "incident.html",
        incident=view,
        typed=request.form,
        errors=errors,
        refusal=sentence(refusal) if refusal else "",
        written=written,
        is_list=_is_list,
    )
    return page, status


def _reason() -> str:
    return request.form.get("reason", "")


def written(value: Any) -> str:
    """A variable as it stands in a text box."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, list) and all(isinstance(item, str | int | float | Decimal) for item in value):
        return "\n".join(map(str, value))
    return str(value) if not isinstance(value, list | dict) else json.dumps(value, ensure_ascii=False, default=str)


def _is_list(view: IncidentView, datum: Datum) -> bool:
    """Whether a list is asked for: one entry a line."""
    wanted = view.kind == "loop" and view.values.get("why_values", {}).get("what") == datum.name
    return wanted or (isinstance(datum.value, list) and not any(isinstance(item, list | dict) for item in datum.value))


def _corrected(view: IncidentView) -> dict[str, Any]:
    """The variables whose boxes say something else than before."""
    changed = {}
    for datum in view.data:
        text = request.form.get(f"variables-{datum.name}")
        if text is None or text.replace("\r\n", "\n").strip() == written(datum.value):
            continue
        changed[datum.name] = _typed(view, datum, text.replace("\r\n", "\n").strip())
    return changed


def _typed(view: IncidentView, datum: Datum, text: str) -> Any:
    if not text:
        return None
    if _is_list(view, datum):
        return [_plain(line.strip()) for line in text.split("\n") if line.strip()]
    kind = (datum.field or {}).get("type", "")
    if kind == "boolean" or isinstance(datum.value, bool):
        return text == _YES
    if kind:
        return text
    if isinstance(datum.value, int | float | Decimal):
        number = plain_number(text)
        if number is None:
            raise InvalidInput({f"variables-{datum.name}": ["请填写数字"]})
        return number
    return text if isinstance(datum.value, str) else _plain(text)


def _plain(text: str) -> Any:
    """What has no type of its own is a number where it looks like one."""
    number = plain_number(text)
    return text if number is None else number


def _brought() -> dict[str, Any]:
    """Lines such as ``budget_left = 300``: what the element would have brought."""
    found: dict[str, Any] = {}
    for line in request.form.get("brought", "").splitlines():
        name, sign, text = (part.strip() for part in line.partition("="))
        if not name and not text:
            continue
        if not sign or not name.isidentifier():
            raise InvalidInput({"brought": ["每行一项，写成“名称 = 值”"]})
        found[name] = {"是": True, _YES: True, "否": False, _NO: False}.get(text, _plain(text))
    return found
