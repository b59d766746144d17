"""The OpenAPI 3.1 description, made from the routes themselves so that none is missing."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app
from werkzeug.routing import Rule

from services.complaints.rules import SOURCES
from services.registers.customer_form import MAX_CONTACTS
from services.registers.customers import GRADES, RELATIONS
from services.tasks.inbox_query import FIELDS
from webapp.api.blueprint import api
from webapp.auth import PUBLIC, access

_TEXT, _RECORD, _NUMBER = {"type": "string"}, {"type": "object"}, {"type": "integer"}
_FLAG = {"type": "boolean"}
_ERRORS = {
    "400": "not JSON",
    "401": "not signed in",
    "403": "not allowed",
    "404": "not there, or not visible to you",
    "409": "somebody was faster, or the state does not allow it",
    "422": "wrong values, each named in `errors`",
    "429": "too many attempts",
}

_TEXTS = {"type": "array", "items": _TEXT}
_COMMENT = {"text*": _TEXT, "attachments": _TEXTS}
_COPY = {"to*": {"oneOf": [_TEXT, _TEXTS]}, "comment": _TEXT}

_CONTACT = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("name", "title", "phone", "email"), _TEXT),
        "birthday": {"type": "string", "format": "date"},
        "main": _FLAG,
    },
    "required": ["name"],
}
_CUSTOMER = {
    **dict.fromkeys(("address", "region", "category", "no_visit", "remark"), _TEXT),
    "distance_km": {"type": ["number", "string", "null"]},
    "grade": {"enum": list(GRADES)},
    "relation": {"enum": list(RELATIONS)},
    "contacts": {"type": "array", "items": _CONTACT, "maxItems": MAX_CONTACTS},
}

_STATE = {"enum": ["unprinted", "printed", "collected", "delivered"]}
_ORDER: dict[str, Any] = {
    **dict.fromkeys(("number*", "recipient", "phone", "address", "customer", "goods"), _TEXT),
    "amount": {"type": ["string", "number"]},
    "postage": {"type": ["string", "number"]},
    **dict.fromkeys(("carrier", "tracking_number", "pickup_at", "ordered_at"), _TEXT),
    "state": _STATE,
}

_GIFT = {"unit": _TEXT, "price": {"type": ["string", "number"]}, "remark": _TEXT}

# What a call takes in its body: field → schema; an asterisk marks what is required.
_BODIES: dict[str, dict[str, Any]] = {
    "open_session": {"username*": _TEXT, "password*": _TEXT},
    "start": {"process*": _TEXT, "data": _RECORD},
    "cancel": {"reason*": _TEXT},
    "forecast_of_new": {"data": _RECORD},
    "complete": {"outcome*": _TEXT, "comment": _TEXT, "data": _RECORD},
    "give_back": {"to": _TEXT, "comment*": _TEXT, "resume": {"enum": ["everybody", "straight"]}},
    "transfer": {"to*": _TEXT, "comment": _TEXT},
    "delegate": {"to*": _TEXT, "comment": _TEXT},
    "add": {
        "users*": _TEXTS,
        "when*": {"enum": ["before", "after", "beside"]},
        "mode": {"enum": ["all", "any"]},
        "comment": _TEXT,
    },
    "remove": {"users*": _TEXTS, "comment": _TEXT},
    "restore": {"replace": {"type": "boolean"}},
    "batch": {
        "ids*": {"type": "array", "items": _NUMBER, "maxItems": 200},
        "outcome": _TEXT,
        "action": {"enum": ["return", "transfer", "claim", "withdraw"]},
        "to": _TEXT,
        "comment": _TEXT,
    },
    "add_gift": {"code*": _TEXT, "name*": _TEXT, "stock": _NUMBER, **_GIFT},
    "change_gift": {"name": _TEXT, **_GIFT, "purchase": _NUMBER, "counted": _NUMBER, "reason": _TEXT},
    "add_customer": {"code*": _TEXT, "name*": _TEXT, **_CUSTOMER},
    "change_customer": {"name": _TEXT, **_CUSTOMER, "version": _NUMBER},
    "hand_over_everything": {"to*": _TEXT, "reason": _TEXT, "superior": _FLAG, "head": _FLAG, "posts": _FLAG},
    "add_substitute": {
        **dict.fromkeys(("substitute*", "first_day*", "last_day*", "absent", "process", "reason"), _TEXT),
        "limit": {"type": ["string", "number"]},
    },
    "log_contact": {"channel*": {"enum": list(SOURCES)}, "text*": _TEXT, "person": _TEXT, "at": _TEXT},
    "comment_on_case": _COMMENT,
    "comment_on_task": _COMMENT,
    "copy_case": _COPY,
    "copy_task": _COPY,
    "urge": {"comment": _TEXT},
    "save_filter": {"name*": _TEXT, "query*": _RECORD, "share": _TEXT},
    "change_filter": {"name": _TEXT, "query": _RECORD, "share": _TEXT, "position": _NUMBER},
    "add_order": _ORDER,
    "change_order": {
        "state": _STATE,
        "reason": _TEXT,
        **{name: _ORDER[name] for name in ("customer", "goods", "amount", "postage", "carrier", "tracking_number")},
        "pickup_at": _TEXT,
    },
    "take_order_events": {"events*": {"type": "array", "items": _RECORD, "maxItems": 200}},
    "send_case_message": {"name*": _TEXT, "payload": _RECORD},
    "propose_visits": {"region": _TEXT, "from*": _TEXT, "to*": _TEXT, "per_day": _NUMBER},
    "retry_incident": {"reason*": _TEXT, "variables": _RECORD},
    "skip_incident": {"reason*": _TEXT, "variables": _RECORD, "way": _TEXT},
    "move_incident": {"reason*": _TEXT, "step*": _TEXT},
    "correct_incident": {"reason*": _TEXT, "variables*": _RECORD},
    "set_budget": {"department*": _TEXT, "month*": _TEXT, "amount*": {"type": ["string", "number"]}},
}
_QUERIES: dict[str, tuple[str, ...]] = {
    "inbox": ("filter", *FIELDS, "due_before", "limit", "cursor"),
    "index": ("process", "status", "q", "started_by", "limit", "cursor"),
    "show_paper": ("branch",),
    "visits": ("from", "to", "customer"),
    "search_everything": ("q", "kind", "limit", "cursor"),
    "list_customers": ("q", "grade", "relation", "region", "category", "sort", "limit", "cursor"),
    "list_substitutes": ("person",),
    "events": ("after", "limit"),
    "comments": ("limit", "cursor"),
    "contacts": ("limit", "cursor"),
    "complaint_figures": ("from", "to", "type", "source", "region", "department"),
    "upload": ("filename",),
    "list_orders": ("q", "state", "customer", "from", "to", "limit", "cursor"),
    "list_gifts": ("q", "state", "limit", "cursor"),
    "list_gift_movements": ("limit", "cursor"),
    "list_budgets": ("month", "department", "limit", "cursor"),
}
_ZIP_BODIES = frozenset({"check", "publish_version"})
_CREATING = frozenset(
    {
        "add_customer",
        "add_gift",
        "add_substitute",
        "save_filter",
        "comment_on_case",
        "comment_on_task",
        "log_contact",
        "open_session",
        "publish_version",
        "add_order",
        "set_budget",
        "start",
        "upload",
    }
)


@api.get("/openapi.json")
@access(PUBLIC)
def description() -> Any:
    paths: dict[str, dict[str, Any]] = {}
    for rule in current_app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1")
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                paths.setdefault(path, {})[method.lower()] = _operation(rule, method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Huiqian", "version": "1", "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _problem_schema()},
        },
    }


def _operation(rule: Rule, method: str) -> dict[str, Any]:
    name = rule.endpoint.removeprefix("api.")
    view = current_app.view_functions[rule.endpoint]
    created = method == "POST" and name in _CREATING
    done = "204" if name in ("close_session", "delete_filter") else "201" if created else "200"
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": (view.__doc__ or name.replace("_", " ")).strip().partition("\n")[0],
        "parameters": _parameters(rule, name),
        "responses": {done: {"description": "done"}} | {code: _refusal(text) for code, text in _ERRORS.items()},
    }
    if name in _BODIES:
        operation["requestBody"] = {"content": {"application/json": {"schema": _body_schema(_BODIES[name])}}}
    elif name == "upload":
        operation["requestBody"] = {"content": {"application/octet-stream": {"schema": {}}}}
    elif name in _ZIP_BODIES:
        operation["requestBody"] = {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
    if getattr(view, "access", "") == PUBLIC:
        operation["security"] = []
    return operation


def _parameters(rule: Rule, name: str) -> list[dict[str, Any]]:
    in_path = [
        {"name": argument, "in": "path", "required": True, "schema": _NUMBER if argument.endswith("_id") else _TEXT}
        for argument in sorted(rule.arguments)
    ]
    in_query = [{"name": argument, "in": "query", "schema": _TEXT} for argument in _QUERIES.get(name, ())]
    header = [{"name": "Idempotency-Key", "in": "header", "schema": _TEXT}] if name in ("start", "add_order") else []
    return in_path + in_query + header


def _body_schema(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name.rstrip("*"): schema for name, schema in fields.items()},
        "required": [name.rstrip("*") for name in fields if name.endswith("*")],
    }


def _refusal(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}


def _problem_schema() -> dict[str, Any]:
    error = {"type": "object", "properties": {"field": _TEXT, "message": _TEXT}}
    return {
        "type": "object",
        "description": "RFC 9457",
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": _NUMBER,
            "detail": _TEXT,
            "errors": {"type": "array", "items": error},
            "problems": {"type": "array", "items": _RECORD},
        },
    }
