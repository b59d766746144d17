"""How a person wants to be told by mail."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from services.database import read_session
from services.errors import InvalidInput
from services.notices.settings import GROUPS, NoticeSettings, get_settings, save_settings
from webapp.auth import actor
from webapp.i18n import translate

blueprint = Blueprint("notice_settings", __name__, url_prefix="/me/notices")


@blueprint.get("")
def show() -> Any:
    return _page(_values(get_settings(read_session(), actor().id)))


@blueprint.post("")
def save() -> Any:
    errors: dict[str, list[str]] = {}
    quiet_from, quiet_to = _time("quiet_from", errors), _time("quiet_to", errors)
    digest_at = _time("digest_at", errors)
    if digest_at is None:
        errors.setdefault("digest_at", ["此项必填"])
    settings = NoticeSettings(
        mail={group: request.form.get(f"mail-{group}", "") for group in GROUPS},
        quiet_from=quiet_from,
        quiet_to=quiet_to,
        spare_rest_days="spare_rest_days" in request.form,
        digest_at=digest_at or time(0),
        language=request.form.get("language", ""),
    )
    try:
        if errors:
            raise InvalidInput(errors)
        save_settings(actor(), settings)
    except InvalidInput as error:
        return _page(request.form.to_dict(), errors=error.errors), 422
    flash(translate("通知设置已保存"), "success")
    return redirect(url_for("notice_settings.show"), 303)


def _time(name: str, errors: dict[str, list[str]]) -> time | None:
    """What was typed as a time of day; nothing for nothing."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        errors[name] = ["请填写时间，例如 22:00"]
        return None


def _values(settings: NoticeSettings) -> dict[str, str]:
    """The settings as a form would send them."""
    values = {f"mail-{group}": settings.way(group) for group in GROUPS}
    times = {"quiet_from": settings.quiet_from, "quiet_to": settings.quiet_to, "digest_at": settings.digest_at}
    values |= {name: at.strftime("%H:%M") if at else "" for name, at in times.items()}
    return values | {"language": settings.language} | ({"spare_rest_days": "1"} if settings.spare_rest_days else {})


def _page(values: dict[str, str], errors: dict[str, list[str]] | None = None) -> str:
    return render_template("notice_settings.html", values=values, errors=errors or {}, groups=GROUPS)
