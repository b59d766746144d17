"""The processes in force, for everybody to read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template

from services.database import read_session
from services.processes.versions import get_current_version, get_definition, list_current, may_start
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
    version = get_current_version(session, key)
    definition = get_definition(session, VersionId(version.id))
    return render_template("process.html", version=version, definition=definition, may=may_start(definition, actor()))


@blueprint.get("/<key>/diagram.bpmn")
def diagram(key: str) -> Response:
    session = read_session()
    definition = get_definition(session, VersionId(get_current_version(session, key).id))
    return diagrams.diagram(definition)
