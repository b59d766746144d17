"""The forms of a draft as a list, and what is done with a whole form or a field's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for

from services.database import read_session
from services.errors import Conflict, InvalidInput, NotFound, ServiceError
from services.processes import change_forms
from services.processes.change_forms import InUse, list_forms, list_patterns
from services.processes.drafts import get_draft
from services.processes.form_uses import find_uses, rename_form_field
from webapp.auth import OWNER, access, actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate
from webapp.pages.workbench.frame import page
from webapp.pages.workbench.places import address_of

blueprint = Blueprint("workbench_form_list", __name__, url_prefix="/workbench")
_MAX_PATH = 200


def page_of_list(key: str, *, status: int = 200, **typed: Any) -> Any:
    """The list, with what somebody typed and what is wrong with it."""
    session = read_session()
    draft = get_draft(session, actor(), key)
    given = {"errors": {}, "values": {}, "about": "", "uses": (), **typed}
    found = {"forms": list_forms(draft.files), "patterns": list_patterns(session, draft), "place": _address}
    return page("workbench/forms.html", key, "forms", draft=draft, status=status, **found, **given)


def _address(key: str, file: str, element: str) -> str:
    if file.startswith("papers/"):
        return url_for("workbench_papers.show", key=key, file=file)
    return address_of(key, file, element)


@blueprint.post("/<key>/forms")
@access(OWNER)
def add(key: str) -> Any:
    """A new form, opened in the designer."""
    values = {name: request.form.get(name, "").strip() for name in ("name", "title", "pattern")}
    return _changed(key, "", values, lambda **given: change_forms.add_form(actor(), key, **given))


@blueprint.post("/<key>/forms/<name>/rename")
@access(OWNER)
def rename(key: str, name: str) -> Any:
    values = {"name": request.form.get("name", "").strip()}
    return _changed(key, name, values, lambda **given: change_forms.rename_form_key(actor(), key, name, **given))


@blueprint.post("/<key>/forms/<name>/delete")
@access(OWNER)
def delete(key: str, name: str) -> Any:
    try:
        change_forms.delete_form(actor(), key, name, revision=_revision(), now=now())
    except Conflict as error:
        uses = error.uses if isinstance(error, InUse) else ()
        return _refused(key, name, error, {}, uses=uses)
    flash(translate("表单已删除；在“版本与发布”中可以取回"), "success")
    return redirect(url_for("workbench_forms.show", key=key), 303)


def _revision() -> int:
    return request.form.get("revision", -1, type=int)


def _changed(key: str, about: str, values: dict[str, str], change: Callable[..., str]) -> Any:
    try:
        name = change(**values, revision=_revision(), now=now())
    except (InvalidInput, Conflict) as error:
        return _refused(key, about, error, values)
    if about:
        flash(translate("表单已改名，用到它的环节、单据和场景一起改了"), "success")
        return redirect(url_for("workbench_forms.show", key=key), 303)
    return redirect(url_for("workbench_forms.show", key=key, name=name), 303)


def _refused(key: str, about: str, error: ServiceError, values: dict[str, str], **more: Any) -> Any:
    errors = error.errors if isinstance(error, InvalidInput) else {"refusal": [sentence(error)]}
    return page_of_list(key, status=status_of(error), errors=errors, values=values, about=about, **more)


@blueprint.post("/<key>/forms/<name>/rename-field")
@access(OWNER)
def rename_field(key: str, name: str) -> Any:
    """Another name for a field everywhere: ``{"old", "new", "revision"}`` gives the draft's new revision."""
    asked = request.get_json(silent=True)
    given = asked if isinstance(asked, dict) else {}
    old, new, revision = given.get("old"), given.get("new"), given.get("revision")
    if not isinstance(old, str) or not isinstance(new, str) or type(revision) is not int or len(old) > _MAX_PATH:
        abort(400)
    try:
        changed = rename_form_field(actor(), key, name, old=old, new=new.strip(), revision=revision, now=now())
    except InvalidInput as error:
        return {"detail": translate(next(iter(error.errors.values()))[0])}, 422
    except (Conflict, NotFound) as error:
        return {"detail": sentence(error)}, status_of(error)
    return {"revision": changed}


@blueprint.get("/<key>/forms/<name>/uses")
@access(OWNER)
def uses(key: str, name: str) -> Any:
    """Where the process speaks of the field ``?field=``, or of a column as ``lines/value``."""
    found = find_uses(read_session(), actor(), key, name, request.args.get("field", "")[:_MAX_PATH])
    return {
        "uses": [
            {
                "where": use.where,
                "file": use.file,
                "element": use.element,
                "address": _address(key, use.file, use.element),
            }
            for use in found
        ]
    }
