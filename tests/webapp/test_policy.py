"""Rules that hold over all routes, also those that somebody adds tomorrow."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

from tests.support.clients import outside
from webapp.auth import PUBLIC

PUBLIC_ROUTES = {
    "static",
    "api.description",
    "api.open_session",
    "api.take_order_events",
    "boards.calendar",
    "health.alive",
    "health.metrics",
    "health.ready",
    "sign_in.demo",
    "sign_in.form",
    "sign_in.language",
    "sign_in.leave",
    "sign_in.submit",
}


def test_only_these_routes_are_open_to_everybody(app: Flask) -> None:
    open_routes = {
        name for name, view in app.view_functions.items() if getattr(view, "access", "") == PUBLIC or name == "static"
    }
    assert open_routes == PUBLIC_ROUTES


VALUES = {"RowId": "1", "UUIDConverter": "00000000-0000-4000-8000-000000000000"}


def _filled(rule: Rule) -> str:
    """The rule's address with something in every gap."""
    path = rule.rule
    for argument, converter in rule._converters.items():
        text = VALUES.get(type(converter).__name__, "x")
        for gap in (f"<{argument}>", f"<int:{argument}>", f"<uuid:{argument}>"):
            path = path.replace(gap, text)
    return path


def test_every_other_route_sends_strangers_away(app: Flask) -> None:
    client = outside(app)
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC_ROUTES:
            continue
        path = _filled(rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            status = client.open(path, method=method).status_code
            # a form without its token is refused before anything else is looked at
            expected = {401} if path.startswith("/api/") else {303, 400}
            assert status in expected, f"{method} {path}: {status}"


def test_every_answer_carries_the_headers(app: Flask) -> None:
    client = outside(app)
    for path in ("/sign-in", "/api/v1/me", "/nothing", "/healthz"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
