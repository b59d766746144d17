"""Searching everything from one field."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from services.database import read_session
from services.errors import InvalidInput
from services.processes.versions import list_current
from services.search.documents import BETWEEN
from services.search.find import KINDS, Found, Wanted, search
from services.search.text import MAX_QUERY, marked
from webapp.auth import actor
from webapp.i18n import translate_text
from workflows.definition import ProcessDefinition

blueprint = Blueprint("search", __name__)

FEW, PAGE = 5, 20


@blueprint.get("/search")
def show() -> Any:
    """A few of each kind, or a page of one; a query that says too little is explained and not an error."""
    text, kind = request.args.get("q", "").strip(), request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    session = read_session()
    found, problem = Found(words=[], groups={}), ""
    if text:
        wanted = Wanted(
            query=text, kind=kind, limit=PAGE if kind else FEW, cursor=request.args.get("cursor", "") if kind else ""
        )
        try:
            found = search(session, actor(), wanted)
        except InvalidInput as error:
            problem = next(sentence for sentences in error.errors.values() for sentence in sentences)
    return render_template(
        "search.html",
        text=text[:MAX_QUERY],
        kind=kind,
        kinds=KINDS,
        found=found,
        problem=problem,
        marked=lambda text: marked(text, found.words),
        label_of=_label_of,
        definitions={definition.key: definition for _version, definition in list_current(session)},
    )


def _label_of(label: str, definition: ProcessDefinition | None) -> str:
    """The label of a field, and of the one that it is in, in the reader's language."""
    english = definition.english if definition else {}
    return BETWEEN.join(translate_text(english, part) for part in label.split(BETWEEN))
