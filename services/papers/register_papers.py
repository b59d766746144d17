"""Papers of whole registers."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from services.errors import InvalidInput
from services.registers.customers import CustomerFilter, list_customers
from workflows.papers import Document, customer_paper

MAX_LINES = 2_000
_COLUMNS = ("name", "code", "address", "distance_km", "category", "no_visit", "remark")


def paper_of_customers(session: Session, wanted: CustomerFilter) -> Document:
    """客户地址分类表 of the customers that the filter leaves. Raises InvalidInput for more than a paper holds."""
    found, more = list_customers(session, replace(wanted, after="", limit=MAX_LINES))
    if more:
        refusal = "最多打印 2,000 户客户，请先缩小筛选范围"
        raise InvalidInput({"q": [refusal]}, refusal)
    return customer_paper([{name: getattr(customer, name) for name in _COLUMNS} for customer in found])
