"""What the system told this person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from services.database import read_session
from services.notices.notify import list_notices, mark_read
from services.notices.sentences import SENTENCES
from services.processes.versions import list_current
from webapp.auth import actor, now

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


@blueprint.get("")
def index() -> Any:
    session = read_session()
    definitions = {definition.key: definition for _version, definition in list_current(session)}
    found = list_notices(session, actor().id)
    return render_template("notices.html", notices=found, sentences=SENTENCES, definitions=definitions)


@blueprint.post("/read")
def read() -> Any:
    mark_read(actor(), now=now())
    return redirect(url_for("notices.index"), 303)
