"""Papers as answers: the page to print, and the PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, render_template

from services.papers.pdf import make_pdf
from webapp.auth import now
from workflows.papers import Document

_FONTS = Path(__file__).parent / "fonts"


def page(document: Document, *, back: str, pdf: str) -> Any:
    """The paper to look at and to print; ``back`` and ``pdf`` are addresses."""
    return render_template("print.html", paper=document, back=back, pdf=pdf)


def pdf_of(document: Document) -> Response:
    """The paper as a file, named by what it is. Raises Unavailable where the fonts were not built."""
    answer = Response(make_pdf(document, fonts=_FONTS, now=now()), mimetype="application/pdf")
    name = quote("-".join(filter(None, (document.title, document.number))) + ".pdf")
    answer.headers["Content-Disposition"] = f"inline; filename=paper.pdf; filename*=UTF-8''{name}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
