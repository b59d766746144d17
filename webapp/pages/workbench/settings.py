"""The settings of a draft as a form, and the English of its texts."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_wtf.csrf import generate_csrf

from services.database import read_session
from services.errors import InvalidInput
from services.processes.drafts import Draft, Overtaken, get_draft
from services.processes.english_names import list_texts, save_english
from services.processes.settings_form import (
    TEXTS,
    Typed,
    next_number,
    preview_subject,
    save_settings,
    typed_from,
    view_settings,
)
from services.processes.vocabulary import vocabulary
from webapp.auth import OWNER, access, actor, now
from webapp.errors import sentence
from webapp.i18n import english as shared_english
from webapp.i18n import translate
from webapp.pages.workbench.frame import page
from webapp.rendering import local
from workflows.definition.parts import MANIFEST, read_parts
from workflows.drafting.settings import read_toml
from workflows.errors import DefinitionError

blueprint = Blueprint("workbench_settings", __name__, url_prefix="/workbench")
_ROW = re.compile(r"(outcomes|variables|messages)-(\d{1,3})-name", re.ASCII)
_MAX_TEXT = 2_000


@blueprint.get("/<key>/settings")
@access(OWNER)
def show(key: str) -> Any:
    draft = get_draft(read_session(), actor(), key)
    try:
        return _form(draft)
    except DefinitionError as error:
        return page("workbench/settings_broken.html", key, "settings", draft=draft, problem=error.problems[0])


@blueprint.post("/<key>/settings")
@access(OWNER)
def save(key: str) -> Any:
    typed, revision = _typed(), request.form.get("revision", -1, type=int)
    try:
        save_settings(actor(), key, typed, revision=revision, now=now())
    except InvalidInput as error:
        return _form(get_draft(read_session(), actor(), key), typed, errors=error.errors, revision=revision, status=422)
    except Overtaken as error:
        draft = get_draft(read_session(), actor(), key)
        return _form(draft, typed, theirs=_differing(draft, typed), conflict=sentence(error), status=409)
    flash(translate("设置已保存到草稿"), "success")
    return redirect(url_for("workbench_settings.show", key=key), 303)


def _form(
    draft: Draft, typed: Typed | None = None, *, revision: int | None = None, status: int = 200, **told: Any
) -> Any:
    session, parts = read_session(), read_parts(draft.files)
    view = view_settings(draft.files, parts)
    shown = typed or view.typed
    values = {"errors": {}, "theirs": (), "conflict": "", **told}
    config = {
        "expression": url_for("workbench_checks.expression", key=draft.key),
        "csrf": generate_csrf(),
        "titles": dict(view.names),
    }
    return page(
        "workbench/settings.html",
        draft.key,
        "settings",
        draft=draft,
        status=status,
        view=view,
        typed=shown,
        offers=_offers(vocabulary(session, draft.files)),
        number=next_number(session, shown.texts["number"], local(now()).year),
        subject=preview_subject(shown.texts["subject"], view.names),
        revision=draft.revision if revision is None else revision,
        config=config,
        help=url_for("guide.show", topic="-").removesuffix("-"),
        **values,
    )


def _offers(words: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """What may be chosen, each with what people call it."""
    who = dict.fromkeys((*words["departments"], *words["posts"]))
    return {
        "starters": [(name, translate(name)) for name in who],
        "people": [(f"user:{each['username']}", each["name"]) for each in words["people"]],
        "facts": [(each["name"], translate(each["title"])) for each in words["facts"]],
        # what is taken back is taken back without parameters: the case knows what it has claimed
        "undo": [
            (each["name"], translate(each["title"]))
            for each in words["operations"]
            if not any(parameter["required"] for parameter in each["parameters"])
        ],
    }


def _typed() -> Typed:
    form = request.form
    texts = {name: form.get(name, "")[:_MAX_TEXT].strip() for name in TEXTS}
    return Typed(
        texts=texts,
        starters=("*",) if form.get("everybody") else tuple(form.getlist("starters")),
        facts=tuple(form.getlist("facts")),
        provides=tuple(dict.fromkeys((*form.getlist("provides"), *form.get("provides_more", "").split()))),
        compensation=tuple(form.getlist("compensation")),
        cancel_when=form.get("cancel", "")[:_MAX_TEXT].strip(),
        cancel_refusal=form.get("refusal", "")[:_MAX_TEXT].strip(),
        outcomes=tuple((name, label) for name, label in _rows("outcomes", "label")),
        variables=tuple((name, value) for name, value in _rows("variables", "value")),
        messages=tuple((name, about, senders) for name, about, senders in _rows("messages", "about", "senders")),
    )


def _rows(table: str, *columns: str) -> list[Any]:
    """The rows of a table in which something was typed, each with its name first."""
    numbers = sorted(
        {int(found[2]) for field in request.form if (found := _ROW.fullmatch(field)) and found[1] == table}
    )
    rows = [
        tuple(request.form.get(f"{table}-{number}-{column}", "").strip() for column in ("name", *columns))
        for number in numbers
    ]
    return [row for row in rows if any(row)]


def _differing(draft: Draft, typed: Typed) -> list[tuple[str, str, str]]:
    """The settings that are not what this person typed: the field, theirs, and this person's."""
    theirs = typed_from(read_toml(draft.files[MANIFEST], MANIFEST))
    pairs = [(name, theirs.texts[name], typed.texts[name]) for name in TEXTS]
    for name in ("starters", "facts", "provides", "compensation", "outcomes", "variables", "messages"):
        pairs.append((name, _joined(getattr(theirs, name)), _joined(getattr(typed, name))))
    pairs += [
        ("cancel", theirs.cancel_when, typed.cancel_when),
        ("refusal", theirs.cancel_refusal, typed.cancel_refusal),
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _joined(values: tuple[Any, ...]) -> str:
    return "；".join(
        value if isinstance(value, str) else " = ".join(part for part in value if part) for value in values
    )


@blueprint.get("/<key>/settings/english")
@access(OWNER)
def english(key: str) -> Any:
    return _english(get_draft(read_session(), actor(), key))


@blueprint.post("/<key>/settings/english")
@access(OWNER)
def save_texts(key: str) -> Any:
    given = request.form
    pairs = zip(given.getlist("chinese"), given.getlist("english"), given.getlist("before"), strict=False)
    typed = {chinese: text.strip() for chinese, text, before in pairs if text.strip() != before}
    try:
        save_english(actor(), key, typed, revision=given.get("revision", -1, type=int), now=now())
    except Overtaken as error:
        draft = get_draft(read_session(), actor(), key)
        return _english(draft, typed, conflict=sentence(error), status=409)
    except DefinitionError as error:
        draft = get_draft(read_session(), actor(), key)
        return _english(draft, typed, conflict=str(error.problems[0]), status=422)
    flash(translate("英文已保存到草稿"), "success")
    return redirect(url_for("workbench_settings.english", key=key), 303)


def _english(draft: Draft, typed: dict[str, str] | None = None, *, conflict: str = "", status: int = 200) -> Any:
    try:
        texts = list_texts(draft.files, read_parts(draft.files), shared_english())
    except DefinitionError as error:
        texts, conflict = [], conflict or str(error.problems[0])
    missing = sum(1 for text in texts if not text.english)
    texts.sort(key=lambda text: bool(text.english))
    return page(
        "workbench/english.html",
        draft.key,
        "settings",
        draft=draft,
        status=status,
        texts=texts,
        typed=typed or {},
        missing=missing,
        conflict=conflict,
    )
