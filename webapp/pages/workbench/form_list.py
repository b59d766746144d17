"""The forms of a draft as a list, and what is done with a whole form or a field's name."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from webapp.auth import OWNER, access
from webapp.pages.workbench.frame import page

blueprint = Blueprint("workbench_form_list", __name__, url_prefix="/workbench")


def page_of_list(key: str) -> Any:
    return page("workbench/forms.html", key, "forms")


@blueprint.post("/<key>/forms/<name>/rename-field")
@access(OWNER)
def rename_field(key: str, name: str) -> Any:
    return {}


@blueprint.get("/<key>/forms/<name>/uses")
@access(OWNER)
def uses(key: str, name: str) -> Any:
    return {"uses": []}
