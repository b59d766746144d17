"""settings of a draft."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from webapp.auth import OWNER, access
from webapp.pages.workbench.frame import page

blueprint = Blueprint("workbench_settings", __name__, url_prefix="/workbench")


@blueprint.get("/<key>/settings")
@access(OWNER)
def show(key: str) -> Any:
    return page("workbench/layout.html", key, "settings")


@blueprint.get("/<key>/source/<path:path>")
@access(OWNER)
def source(key: str, path: str) -> Any:
    return page("workbench/layout.html", key, "settings")
