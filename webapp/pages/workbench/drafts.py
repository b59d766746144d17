"""The processes of the workbench, and the overview of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from services.database import read_session
from services.processes.versions import list_current
from webapp.auth import OWNER, access
from webapp.pages.workbench.frame import page

blueprint = Blueprint("workbench", __name__, url_prefix="/workbench")


@blueprint.get("")
@access(OWNER)
def index() -> Any:
    return render_template("workbench/index.html", found=list_current(read_session()))


@blueprint.get("/<key>")
@access(OWNER)
def show(key: str) -> Any:
    return page("workbench/overview.html", key, "overview")
