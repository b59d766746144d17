"""The papers of cases and registers: to look at, to print, as PDF."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for

from services.cases.show_case import show_case
from services.database import read_session
from services.papers.case_papers import paper_of, papers_of
from services.papers.register_papers import paper_of_customers
from services.registers.customers import CustomerFilter
from services.types import CaseId
from webapp import papers
from webapp.auth import actor
from workflows.papers import Document

blueprint = Blueprint("papers", __name__)

blueprint.add_app_template_global(papers_of)
_FILTERS = ("q", "grade", "relation", "region", "category", "sort")


@blueprint.get("/cases/<int:case_id>/print/<name>")
def show(case_id: int, name: str) -> Any:
    """A paper of a case, with the signatures that stand."""
    return papers.page(
        _paper(case_id, name),
        back=url_for("cases.show", case_id=case_id),
        pdf=url_for("papers.pdf", case_id=case_id, name=name, **_branch()),
    )


@blueprint.get("/cases/<int:case_id>/print/<name>.pdf")
def pdf(case_id: int, name: str) -> Any:
    return papers.pdf_of(_paper(case_id, name))


def _paper(case_id: int, name: str) -> Document:
    session = read_session()
    view = show_case(session, actor(), CaseId(case_id))
    return paper_of(session, view, name, request.args.get("branch", ""))


def _branch() -> dict[str, str]:
    return {"branch": request.args["branch"]} if request.args.get("branch") else {}


@blueprint.get("/registers/customers/print")
def customers() -> Any:
    """客户地址分类表 of the customers that the list shows."""
    return papers.page(
        _customers(),
        back=url_for("customers.index", **_asked()),
        pdf=url_for("papers.customers_pdf", **_asked()),
    )


@blueprint.get("/registers/customers/print.pdf")
def customers_pdf() -> Any:
    return papers.pdf_of(_customers())


def _customers() -> Document:
    asked = _asked()
    return paper_of_customers(read_session(), CustomerFilter(text=asked.pop("q", ""), **asked))


def _asked() -> dict[str, str]:
    """The list's filters, as the address has them."""
    return {name: value for name in _FILTERS if (value := request.args.get(name, "").strip())}
