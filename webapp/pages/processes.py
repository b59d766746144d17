"""The processes in force, for everybody to read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from services.database import read_session
from services.people.organisation import names_of
from services.processes.models import DbProcessVersion
from services.processes.versions import (
    get_current_version,
    get_definition,
    get_version,
    is_stopped,
    list_current,
    may_start,
)
from services.types import VersionId
from webapp.auth import actor
from webapp.pages import diagrams

blueprint = Blueprint("processes", __name__, url_prefix="/processes")


@blueprint.get("")
def index() -> Any:
    found = [
        (version, definition, may_start(definition, actor())) for version, definition in list_current(read_session())
    ]
    return render_template("processes.html", found=found)


@blueprint.get("/<key>")
def show(key: str) -> Any:
    session = read_session()
    current = get_current_version(session, key)
    version = _asked(session, key, current)
    definition = get_definition(session, VersionId(version.id))
    stopped = is_stopped(session, key)
    return render_template(
        "process.html",
        version=version,
        current=current,
        stopped=stopped,
        publisher=names_of(session, [version.published_by]).get(version.published_by or 0, ""),
        definition=definition,
        may=version is current and not stopped and may_start(definition, actor()),
    )


@blueprint.get("/<key>/diagram.bpmn")
def diagram(key: str) -> Response:
    session = read_session()
    version = _asked(session, key, get_current_version(session, key))
    return diagrams.diagram(get_definition(session, VersionId(version.id)))


def _asked(session: Session, key: str, current: DbProcessVersion) -> DbProcessVersion:
    """The version that ``?version=`` names: running cases stay on older ones. Raises NotFound."""
    number = request.args.get("version", type=int)
    return current if number in (None, current.number) else get_version(session, key, number)
