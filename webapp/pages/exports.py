"""Registers as files, narrowed as their lists are."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from services.database import read_session
from services.registers.exports import export_rows, write_csv, write_xlsx
from services.registers.imports.layouts import LAYOUTS
from webapp.auth import actor, now
from webapp.pages.sending import CSV, XLSX, made
from webapp.rendering import local

blueprint = Blueprint("exports", __name__, url_prefix="/registers")


def download(register: str) -> Any:
    """The xlsx, or with ``?format=csv`` the CSV."""
    columns, rows = export_rows(read_session(), actor(), register, request.args)
    as_csv = request.args.get("format") == "csv"
    write = write_csv if as_csv else write_xlsx
    name = f"{LAYOUTS[register].title}-{local(now()):%Y%m%d-%H%M}.{'csv' if as_csv else 'xlsx'}"
    return made(lambda file: write(file, register, columns, rows), name=name, mimetype=CSV if as_csv else XLSX)


# a rule for each register, because /registers/customers/<code> would take one for any
for _register in LAYOUTS:
    blueprint.add_url_rule(f"/{_register}/export", "download", download, defaults={"register": _register})
