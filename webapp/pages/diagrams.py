"""Diagrams as the viewer gets them: with the names in the reader's language."""

from __future__ import annotations

import re
from html import escape, unescape

from flask import Response

from webapp.i18n import language, translate_text
from workflows.definition import ProcessDefinition

_NAME = re.compile(r' name="([^"]*)"')


def diagram(definition: ProcessDefinition) -> Response:
    """The version's own file; in English the names of its elements are exchanged, and nothing else."""
    xml = definition.diagram.xml
    if language() == "en":
        xml = _NAME.sub(lambda found: _named(definition, found[1]), xml.decode()).encode()
    return Response(xml, mimetype="application/xml")


def _named(definition: ProcessDefinition, name: str) -> str:
    return f' name="{escape(translate_text(definition.english, unescape(name)))}"'
