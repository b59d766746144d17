"""The reference guide, for everybody who signed in."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template, request, url_for

from services.processes.vocabulary import program_words
from webapp.guide import Block, find_page, find_topic, neighbours, read_blocks, search
from webapp.guide.topics import FOLDER, GROUPS
from webapp.i18n import language
from workflows.checks.reading import read_diagram
from workflows.comparing import DRAWING
from workflows.comparing.elements import read_elements
from workflows.definition import ProcessDefinition, read_folder, read_process

blueprint = Blueprint("guide", __name__, url_prefix="/help")


def init_app(app: Flask) -> None:
    app.jinja_env.globals["guide_url"] = guide_url


def guide_url(kind: str, name: str) -> str:
    """The page about an element, property, function, widget or hit policy; the index where it has none."""
    topic = find_topic(kind, name)
    return url_for("guide.show", topic=topic) if topic else url_for("guide.index")


@blueprint.get("")
def index() -> Any:
    query = request.args.get("q", "").strip()
    groups = [(group, [find_page(name, language()) for name in names]) for group, names in GROUPS.items()]
    return render_template("guide/index.html", groups=groups, query=query, found=search(query, language()))


@blueprint.get("/<topic>")
def show(topic: str) -> Any:
    page = find_page(topic, language())
    if page is None:
        abort(404)
    before, after = (name and find_page(name, language()) for name in neighbours(page.topic))
    blocks = read_blocks(page.text)
    drawn = next((block for block in blocks if block.kind == "example"), None)
    return render_template(
        "guide/page.html",
        page=page,
        blocks=blocks,
        before=before,
        after=after,
        drawn=drawn,
        facts=_facts(drawn) if drawn else [],
        operations=program_words()["operations"] if page.topic == "operations" else [],
    )


@blueprint.get("/examples/<name>.bpmn")
def diagram(name: str) -> Response:
    """The diagram of one of the guide's own processes."""
    definition = example(name)
    return Response(definition.diagram.xml, mimetype="application/xml")


def example(name: str) -> ProcessDefinition:
    if name not in {path.name for path in (FOLDER / "examples").iterdir()}:
        abort(404)
    return _example(name)


@cache
def _example(name: str) -> ProcessDefinition:
    return read_process(read_folder(FOLDER / "examples" / name))


def _facts(block: Block) -> list[tuple[str, str, str, str]]:
    """Of each highlighted element its name and what the diagram says of it, or only the property in question."""
    diagram = example(block.folder).diagram
    elements = read_elements(read_diagram(diagram.xml, diagram.file))
    found = []
    for each in block.highlights:
        element = elements[each.element]
        for what, fact in element.facts.items():
            if (
                fact.value
                and fact.weight != DRAWING
                and what not in ("名称", "类型")
                and each.property in ("", fact.name)
            ):
                found.append((element.name or element.id, what, fact.name, fact.value))
    return found
