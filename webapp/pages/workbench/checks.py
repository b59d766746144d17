"""checks of a draft."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from webapp.auth import OWNER, access
from webapp.pages.workbench.frame import page

blueprint = Blueprint("workbench_checks", __name__, url_prefix="/workbench")


@blueprint.get("/<key>/checks")
@access(OWNER)
def show(key: str) -> Any:
    return page("workbench/layout.html", key, "checks")
