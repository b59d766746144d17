"""Signs of life for load balancers and monitoring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import DBAPIError

from services.background.worker import last_heartbeat
from services.database import db
from services.migrate import is_current
from services.reports import figures
from webapp.auth import PUBLIC, access, now

blueprint = Blueprint("health", __name__)

HEARTBEAT_LIMIT = timedelta(seconds=30)


@blueprint.get("/healthz")
@access(PUBLIC)
def alive() -> Any:
    return {"status": "ok"}


@blueprint.get("/readyz")
@access(PUBLIC)
def ready() -> Any:
    """Database, schema and worker; 503 while one of them is missing."""
    try:
        with db.engine.connect() as connection:
            migrated = is_current(connection)
        seen = last_heartbeat()
    except DBAPIError:
        return {"database": False, "migrations": False, "worker": False}, 503
    working = seen is not None and now() - seen < HEARTBEAT_LIMIT
    found = {"database": True, "migrations": migrated, "worker": working}
    return found, 200 if all(found.values()) else 503


@blueprint.get("/metrics")
@access(PUBLIC)
def metrics() -> Response:
    """Counts only; no names, no amounts."""
    registry = CollectorRegistry()
    for name, (meaning, value) in figures.current(now=now()).items():
        Gauge(f"huiqian_{name}", meaning, registry=registry).set(value)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
