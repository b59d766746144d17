"""Papers: what was filled in and signed, on the form that the company files."""

from workflows.papers.composing import Filled, compose
from workflows.papers.customers import customer_paper
from workflows.papers.document import Cell, Document, Grid, Signing, Words
from workflows.papers.specification import Paper, check_papers, has_paper, paper_of_form, read_paper
from workflows.papers.writing import Registers, Signature

__all__ = [
    "Cell",
    "Document",
    "Filled",
    "Grid",
    "Paper",
    "Registers",
    "Signature",
    "Signing",
    "Words",
    "check_papers",
    "compose",
    "customer_paper",
    "has_paper",
    "paper_of_form",
    "read_paper",
]
