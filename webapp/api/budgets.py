"""Budgets of departments and months."""

from __future__ import annotations

from typing import Any

from flask import request

from services.database import read_session
from services.errors import InvalidInput
from services.registers import budget_plan, changes
from services.registers.budgets import find_amount
from webapp.api.blueprint import api, cursor_id, json_body, limit, listing, money, text_of
from webapp.auth import actor, now


@api.get("/budgets")
def list_budgets() -> Any:
    """Budgets: all for finance, the general manager and administrators, else those of your department."""
    wanted = limit()
    found = budget_plan.list_budgets(
        read_session(),
        actor(),
        after=cursor_id(request.args.get("cursor", "0")),
        limit=wanted + 1,
        month=request.args.get("month", ""),
        department=request.args.get("department", ""),
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
    amount = find_amount(str(body.get("amount")))
    if amount is None:
        raise InvalidInput({"amount": ["请输入金额，最多两位小数"]})
    budget_plan.plan_budget(actor(), department=department, month=month, amount=amount, source=changes.API, now=now())
    return {"department": department, "month": month, "amount": money(amount)}, 201
