"""Registers: customers and budgets."""

from __future__ import annotations

from typing import Any

from flask import request

from services.database import read_session
from services.errors import InvalidInput
from services.registers import budgets, customers
from services.registers.models import DbCustomer
from webapp.api.blueprint import api, cursor_id, json_body, limit, listing, money, text_of
from webapp.auth import actor


@api.get("/customers")
def list_customers() -> Any:
    wanted = limit()
    text = request.args.get("q", "")
    if text:
        return listing([_customer_json(found) for found in customers.search_customers(read_session(), text)], None)
    found = customers.list_customers(read_session(), after=request.args.get("cursor", ""), limit=wanted + 1)
    following = found[wanted - 1].code if len(found) > wanted else None
    return listing([_customer_json(customer) for customer in found[:wanted]], following)


@api.post("/customers")
def add_customer() -> Any:
    body = json_body()
    added = customers.add_customer(
        actor(),
        text_of(body, "code"),
        text_of(body, "name"),
        address=text_of(body, "address", required=False),
        category=text_of(body, "category", required=False),
        grade=text_of(body, "grade", required=False) or "C",
    )
    return _customer_json(added), 201


def _customer_json(customer: DbCustomer) -> dict[str, Any]:
    return {
        "code": customer.code,
        "name": customer.name,
        "address": customer.address,
        "category": customer.category,
        "grade": customer.grade,
    }


@api.get("/budgets")
def list_budgets() -> Any:
    wanted = limit()
    after = request.args.get("cursor", "0")
    wanted_month, wanted_department = request.args.get("month", ""), request.args.get("department", "")
    found = budgets.list_budgets(
        read_session(), after=cursor_id(after), limit=wanted + 1, month=wanted_month, department=wanted_department
    )
    following = found[wanted - 1][0].id if len(found) > wanted else None
    items = [
        {
            "department": department,
            "month": budget.month,
            "amount": money(budget.amount),
            "reserved": money(budget.reserved),
            "spent": money(budget.spent),
        }
        for budget, department in found[:wanted]
    ]
    return listing(items, following)


@api.post("/budgets")
def set_budget() -> Any:
    body = json_body()
    department, month = text_of(body, "department"), text_of(body, "month")
    amount = budgets.find_amount(str(body.get("amount")))
    if amount is None:
        raise InvalidInput({"amount": ["请输入金额，最多两位小数"]})
    budgets.plan_budget(actor(), department=department, month=month, amount=amount)
    return {"department": department, "month": month, "amount": money(amount)}, 201
