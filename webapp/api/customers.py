"""The customer register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request

from services.database import read_session
from services.errors import InvalidInput
from services.registers import changes, customer_form
from services.registers import customers as register
from services.registers.customer_form import CONTACT_LIMITS, FIELDS
from services.registers.models import DbContact, DbCustomer
from webapp.api.blueprint import api, json_body, limit, listing
from webapp.auth import actor, now

_FILTERS = ("grade", "relation", "region", "category")


@api.get("/customers")
def list_customers() -> Any:
    """Customers by any part of code, name, address, category, or a contact's name or number."""
    wanted = register.CustomerFilter(
        text=request.args.get("q", ""),
        **{name: request.args.get(name, "") for name in _FILTERS},
        sort=request.args.get("sort") or "code",
        after=request.args.get("cursor", ""),
        limit=limit(),
    )
    found, following = register.list_customers(read_session(), wanted)
    return listing([_customer_json(customer) for customer in found], following)


@api.post("/customers")
def add_customer() -> Any:
    body = json_body()
    values = {name: _scalar(body, name) for name in ("code", *FIELDS) if name in body}
    added = customer_form.add_customer(actor(), values, _contacts(body) or (), source=changes.API, now=now())
    return _whole(added.code), 201


@api.get("/customers/<code>")
def show_customer(code: str) -> Any:
    """A customer with its contacts; `version` is the number of its newest change."""
    return _whole(code)


@api.patch("/customers/<code>")
def change_customer(code: str) -> Any:
    """Change the fields that are given; `contacts` replaces all of them. With `version`, 409 if it changed since."""
    body = json_body()
    values = {name: _scalar(body, name) for name in FIELDS if name in body}
    version = body.get("version")
    if version is not None and (type(version) is not int or version < 0):
        raise InvalidInput({"version": ["内容不正确"]})
    customer_form.change_customer(
        actor(), code, values, _contacts(body), version=version, source=changes.API, now=now()
    )
    return _whole(code)


def _scalar(body: Mapping[str, Any], name: str) -> Any:
    value = body[name]
    numbers = name == "distance_km" and isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not isinstance(value, str) and not numbers:
        raise InvalidInput({name: ["内容不正确"]})
    return value


def _contacts(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
    """Raises InvalidInput unless it is a list of records of texts."""
    if body.get("contacts") is None:
        return None
    rows = body["contacts"]
    if not isinstance(rows, list):
        raise InvalidInput({"contacts": ["内容不正确"]})
    for at, row in enumerate(rows):
        names = (*CONTACT_LIMITS, "birthday")
        if not isinstance(row, dict) or not all(isinstance(row.get(name), str | None) for name in names):
            raise InvalidInput({f"contacts-{at}": ["内容不正确"]})
        if not isinstance(row.get("main", False), bool):
            raise InvalidInput({f"contacts-{at}-main": ["内容不正确"]})
    return rows


def _whole(code: str) -> dict[str, Any]:
    session = read_session()
    customer = register.get_customer(session, code)
    people = register.contacts_of(session, customer.id)
    return {
        **_customer_json(customer),
        "contacts": [_contact_json(contact) for contact in people],
        "version": customer_form.version_of(session, customer.code),
    }


def _customer_json(customer: DbCustomer) -> dict[str, Any]:
    distance = customer.distance_km
    fields = {name: getattr(customer, name) for name in ("code", *FIELDS)}
    return {**fields, "distance_km": None if distance is None else float(distance)}


def _contact_json(contact: DbContact) -> dict[str, Any]:
    birthday = contact.birthday.isoformat() if contact.birthday else None
    return {**{name: getattr(contact, name) for name in CONTACT_LIMITS}, "birthday": birthday, "main": contact.main}
