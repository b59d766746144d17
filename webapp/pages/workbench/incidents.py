"""Cases that stand still, and how they are mended."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("incidents", __name__, url_prefix="/incidents")
