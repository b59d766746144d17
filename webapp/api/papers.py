"""The papers of a case: which there are, and each as PDF."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from services.cases.show_case import CaseView, show_case
from services.database import read_session
from services.papers.case_papers import PaperLine, paper_of, papers_of
from services.types import CaseId
from webapp import papers
from webapp.api.blueprint import api, listing
from webapp.auth import actor


def _view(case_id: int) -> CaseView:
    return show_case(read_session(), actor(), CaseId(case_id))


@api.get("/cases/<int:case_id>/papers")
def list_papers(case_id: int) -> Any:
    """The papers of a case that were filled in, those of branches with their branch"""
    return listing([_line_json(case_id, line) for line in papers_of(_view(case_id))], None)


@api.get("/cases/<int:case_id>/papers/<name>.pdf")
def show_paper(case_id: int, name: str) -> Any:
    """A paper as PDF"""
    return papers.pdf_of(paper_of(read_session(), _view(case_id), name, request.args.get("branch", "")))


def _line_json(case_id: int, line: PaperLine) -> dict[str, Any]:
    branch = {"branch": line.branch} if line.branch else {}
    return {
        "name": line.name,
        "title": line.title,
        "branch": line.branch or None,
        "about": line.about,
        "pdf": url_for("api.show_paper", case_id=case_id, name=line.name, **branch),
    }
