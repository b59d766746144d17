"""What the system told this person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from services.database import read_session
from services.notices.notify import list_notices, mark_read
from services.notices.sentences import SENTENCES
from webapp.auth import actor, now

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


@blueprint.get("")
def index() -> Any:
    return render_template("notices.html", notices=list_notices(read_session(), actor().id), sentences=SENTENCES)


@blueprint.post("/read")
def read() -> Any:
    mark_read(actor(), now=now())
    return redirect(url_for("notices.index"), 303)
