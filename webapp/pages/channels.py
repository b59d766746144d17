"""Channels to groups and other systems, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from services.database import read_session
from services.errors import InvalidInput
from services.notices import channels, deliveries
from services.notices.channels import EVENTS, NAMES, ChannelForm
from services.notices.models import DbChannel
from services.processes.versions import list_current
from webapp.auth import ADMIN, access, actor, now
from webapp.i18n import translate

blueprint = Blueprint("channels", __name__, url_prefix="/channels")


@blueprint.get("")
@access(ADMIN)
def index() -> Any:
    return render_template("channels.html", channels=channels.list_channels(read_session()), names=NAMES, now=now())


@blueprint.get("/new/<kind>")
@access(ADMIN)
def new(kind: str) -> Any:
    if kind not in NAMES:
        abort(404)
    return _page(kind, {"enabled": True, "events": list(EVENTS)})


@blueprint.post("/new/<kind>")
@access(ADMIN)
def add(kind: str) -> Any:
    if kind not in NAMES:
        abort(404)
    try:
        channel_id = channels.add_channel(actor(), kind, _form(), now=now())
    except InvalidInput as error:
        return _page(kind, _typed(request.form), errors=error.errors), 422
    flash(translate("通道已添加；请发送一条测试消息"), "success")
    return redirect(url_for("channels.show", channel_id=channel_id), 303)


@blueprint.get("/<int:channel_id>")
@access(ADMIN)
def show(channel_id: int) -> Any:
    channel = channels.get_channel(read_session(), channel_id)
    return _page(channel.kind, _stored(channel), channel=channel)


@blueprint.post("/<int:channel_id>")
@access(ADMIN)
def change(channel_id: int) -> Any:
    try:
        channels.change_channel(actor(), channel_id, _form(), now=now())
    except InvalidInput as error:
        channel = channels.get_channel(read_session(), channel_id)
        return _page(channel.kind, _typed(request.form), channel=channel, errors=error.errors), 422
    flash(translate("通道已保存"), "success")
    return redirect(url_for("channels.show", channel_id=channel_id), 303)


@blueprint.post("/<int:channel_id>/test")
@access(ADMIN)
def test(channel_id: int) -> Any:
    """Says what the other side answered, on the page itself: it may be long, and it is nobody else's."""
    verdict = deliveries.send_test(actor(), channel_id, now=now())
    channel = channels.get_channel(read_session(), channel_id)
    return _page(channel.kind, _stored(channel), channel=channel, verdict=verdict)


@blueprint.post("/<int:channel_id>/retry")
@access(ADMIN)
def retry(channel_id: int) -> Any:
    count = deliveries.retry(actor(), channel_id, request.form.get("delivery", type=int), now=now())
    flash(translate("{count} 条将重新发送", count=count), "success")
    return redirect(url_for("channels.show", channel_id=channel_id), 303)


@blueprint.post("/<int:channel_id>/remove")
@access(ADMIN)
def remove(channel_id: int) -> Any:
    channels.remove_channel(actor(), channel_id)
    flash(translate("通道已删除"), "success")
    return redirect(url_for("channels.index"), 303)


def _form() -> ChannelForm:
    return ChannelForm(
        name=request.form.get("name", ""),
        url=request.form.get("url", ""),
        secret=request.form.get("secret", ""),
        events=request.form.getlist("events"),
        processes=request.form.getlist("processes"),
        enabled="enabled" in request.form,
    )


def _typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """What came with the form, to be shown again."""
    lists = {name: form.getlist(name) for name in ("events", "processes")}
    return {"name": form.get("name", ""), "url": form.get("url", ""), "enabled": "enabled" in form, **lists}


def _stored(channel: DbChannel) -> dict[str, Any]:
    return {name: getattr(channel, name) for name in ("name", "url", "enabled", "events", "processes")}


def _page(kind: str, values: Mapping[str, Any], **more: Any) -> str:
    session = read_session()
    channel = more.get("channel")
    return render_template(
        "channel.html",
        kind=kind,
        kind_name=NAMES[kind],
        all_events=EVENTS,
        values={"name": "", "url": "", "events": [], "processes": [], **values},
        definitions={definition.key: definition for _version, definition in list_current(session)},
        sent=deliveries.list_deliveries(session, channel.id) if channel else [],
        **{"channel": None, "errors": {}, "verdict": None, "now": now(), **more},
    )
