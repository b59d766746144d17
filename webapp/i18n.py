"""Chinese first, English second. The message ids are the Chinese sentences; ``translations/en.po`` has the English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request

LANGUAGES = {"zh": "zh-CN", "en": "en"}
COOKIE = "huiqian_language"
_CATALOGUE = Path(__file__).parent / "translations" / "en.po"


@cache
def english() -> Mapping[str, str]:
    """The English sentence of each Chinese one."""
    with _CATALOGUE.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}


def language() -> str:
    """``zh`` or ``en``: what the person chose, else what the browser prefers, else Chinese."""
    if not has_request_context():
        return "zh"
    if "language" not in g:
        chosen = request.cookies.get(COOKIE)
        g.language = chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "zh")
    found: str = g.language
    return found


def translate(sentence: str, **values: Any) -> str:
    """The sentence in the reader's language, with its values in place."""
    if language() == "en":
        sentence = english().get(sentence) or (sentence if values else _filled_in(sentence))
    return sentence.format(**values) if values else sentence


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The sentences with gaps, as patterns that find what was filled in."""
    return [
        (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(chinese)), re.DOTALL), text)
        for chinese, text in english().items()
        if re.search(r"\{\w+\}", chinese)
    ]


def _filled_in(sentence: str) -> str:
    """The English of a sentence whose gaps were filled before it came here, such as a field's limit."""
    for pattern, text in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return text.format(**found.groupdict())
    return sentence


def translate_text(catalogue: Mapping[str, str], text: str) -> str:
    """A text of a process (a field's label, a step's name), by the process's own catalogue."""
    if language() != "en":
        return text
    known = catalogue.get(text) or translate(text)
    if known != text:
        return known
    # a work item's name: the step, and what it is about in this branch
    name, sign, about = text.partition(" · ")
    return f"{catalogue.get(name) or translate(name)}{sign}{about}"


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(_=translate, t=translate_text, language=language)
    app.jinja_env.globals["html_language"] = lambda: LANGUAGES[language()]
