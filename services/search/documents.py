"""The searchable parts of a case: its head and its submitted forms, as labels and texts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from services.cases.models import DbCase
from services.people.models import DbUser
from services.processes.versions import get_definition
from services.registers.lookups import Lookups, lookups
from services.search.columns import folded_text
from services.search.models import FORM, HEAD, DbSearchDocument
from services.search.text import pairs
from services.types import VersionId
from workflows.branches import split_place
from workflows.forms import Form, shown
from workflows.forms.lookups import labels_by_path

BETWEEN = " · "
"""Stands between the labels of a field within a field."""
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)


@dataclass(kw_only=True)
class _Part:
    """One document while it is put together."""

    fields: list[dict[str, str]] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    """Other spellings that are found and not shown."""
    customers: list[str] = field(default_factory=list)

    def add(self, label: str, text: str) -> None:
        self.fields.append({"label": label, "text": text})

    def row(self, case_id: int, part: str) -> dict[str, Any]:
        compared = folded_text(*(entry["text"] for entry in self.fields), *self.also)
        return {
            "case_id": case_id,
            "part": part,
            "fields": self.fields,
            "search_text": compared,
            "pairs": pairs(compared),
            "customers": sorted(set(self.customers)),
        }


def write_parts(session: Session, case: DbCase, *, head: bool, forms: Collection[str], renew: bool = True) -> None:
    """Index parts of a case in one statement. What is there is written anew, or left alone without ``renew``."""
    rows = [_head(session, case)] if head else []
    definition = get_definition(session, VersionId(case.version_id))
    registers = lookups(session)
    rows += [
        _form_part(definition.forms[form], case.forms[place], registers).row(case.id, FORM + place)
        for place in forms
        for form in [split_place(place)[0]]
        if form in definition.forms
    ]
    if rows:
        session.connection().execute(_upsert(renew=renew), rows)


def _upsert(*, renew: bool) -> Insert:
    statement = insert(DbSearchDocument)
    where = ["case_id", "part"]
    if not renew:
        return statement.on_conflict_do_nothing(index_elements=where)
    written = {name: statement.excluded[name] for name in ("fields", "search_text", "pairs", "customers")}
    return statement.on_conflict_do_update(index_elements=where, set_=written)


def _head(session: Session, case: DbCase) -> dict[str, Any]:
    part = _Part()
    part.add("编号", case.number)
    part.add("标题", case.title)
    part.add("申请人", session.scalar(select(DbUser.name).where(DbUser.id == case.starter_id)) or "")
    return part.row(case.id, HEAD)


def _form_part(form: Form, values: Mapping[str, Any], registers: Lookups) -> _Part:
    part = _Part()
    # asks each register for all of its codes at once; below it only remembers
    labels_by_path(form.properties, values, registers)
    for schema, label, value in _leaves(form.properties, values, ""):
        source = schema.get("x-source")
        code = str(value)
        if source:
            found = registers.label(source, code)
            part.add(label, f"{found} {code}" if found else code)
            if source == "customers":
                part.customers.append(code)
        else:
            part.add(label, shown(schema, value))
            if _NUMBER.fullmatch(code) and schema.get("type") in ("number", "integer"):
                part.also.append(f"{Decimal(code):.2f}")
    return part


def _leaves(
    properties: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any], above: str
) -> Iterator[tuple[Mapping[str, Any], str, Any]]:
    """Each filled field with its label, those inside of fields and rows included; files are known by their ids only."""
    for name, schema in properties.items():
        value = values.get(name)
        if schema.get("x-widget") == "files" or value in (None, "", [], {}) or isinstance(value, bool):
            continue
        label = above + str(schema.get("title", name))
        items = schema.get("items", {})
        if isinstance(value, Mapping):
            yield from _leaves(schema.get("properties", {}), value, label + BETWEEN)
        elif isinstance(value, list):
            for row in value:
                if isinstance(row, Mapping):
                    yield from _leaves(items.get("properties", {}), row, label + BETWEEN)
                elif row not in (None, ""):
                    yield items, label, row
        else:
            yield schema, label, value
