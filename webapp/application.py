"""The application factory: settings in, routes and policies on."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from services import embedded_postgres, runtime
from services.database import ENGINE_OPTIONS, db
from services.search import following
from webapp import auth, errors, form_values, i18n, play, playing, rendering, requests, security
from webapp.api import api
from webapp.pages import (
    batch,
    boards,
    budgets,
    calendar,
    cases,
    channels,
    complaint_report,
    complaints,
    customers,
    discussion,
    exports,
    forms,
    gifts,
    guide,
    health,
    imports,
    inbox,
    live,
    notice_settings,
    notices,
    orders,
    papers,
    people,
    play_controls,
    processes,
    registers,
    search,
    sign_in,
    solutions,
    substitutes,
    tasks,
    verbs,
    visits,
    workbench,
)
from webapp.settings import Settings

MAX_REQUEST_BYTES = 105_000_000
"""Ten files of ten megabytes, as the forms allow."""

PAGES = (
    sign_in,
    inbox,
    batch,
    search,
    cases,
    tasks,
    verbs,
    discussion,
    forms,
    processes,
    notices,
    calendar,
    boards,
    health,
    papers,
    people,
    substitutes,
    channels,
    live,
    notice_settings,
    registers,
    customers,
    budgets,
    gifts,
    guide,
    complaints,
    complaint_report,
    solutions,
    visits,
    imports,
    exports,
    orders,
    play_controls,
    *workbench.PAGES,
)

csrf = CSRFProtect()
compress = Compress()


def create_app(settings: Settings) -> Flask:
    """The WSGI application. Starts the embedded PostgreSQL when no database is configured."""
    app = Flask("webapp", static_url_path="/static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url or embedded_postgres.start(settings.home),
        SQLALCHEMY_ENGINE_OPTIONS=ENGINE_OPTIONS,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        # two hundred rows with all their controls
        MAX_FORM_PARTS=8_000,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,
        DEMO=settings.demo,
        SECURE=settings.base_url.startswith("https://"),
    )
    runtime.configure(
        runtime.Runtime(
            secret_key=settings.secret_key.encode(),
            base_url=settings.base_url,
            mail_url=settings.mail_url,
            webhook_hosts=settings.webhook_hosts,
            hook_secrets=settings.hook_secrets,
            english=i18n.english,
        )
    )
    if app.config["SECURE"]:
        # an https address means that a proxy ends TLS in front: the person's address is what it says
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    following.start()
    db.init_app(app)
    csrf.init_app(app)
    csrf.exempt(api)
    compress.init_app(app)
    for part in (requests, play, auth, playing, errors, i18n, rendering, form_values, security, live, guide):
        part.init_app(app)
    for page in PAGES:
        app.register_blueprint(page.blueprint)
    app.register_blueprint(api)
    return app


def count_statements(engine: Engine) -> list[str]:
    """A list that grows by every SQL statement the engine sends, for benchmarks and tests."""
    seen: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    return seen
