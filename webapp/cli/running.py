"""``run``, ``serve``, ``worker``, ``migrate``, ``demo``."""

from __future__ import annotations

import logging
import os
import socket
import sys
from functools import partial
from pathlib import Path

import click

from services import embedded_postgres
from services.background.worker import run_worker
from services.database import db, read_session
from services.demo import load_demo
from services.migrate import migrate as migrate_database
from services.processes.publish import publish
from services.processes.versions import find_current_version
from webapp.application import create_app
from webapp.cli.opening import application, now
from webapp.cli.supervisor import Supervisor
from webapp.pages import live
from webapp.settings import Settings, SettingsError, read_settings
from workflows.definition import read_folder

LIBRARY = Path(__file__).resolve().parent.parent.parent / "bpmn"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, help="Default: PORT, else 8000.")
@click.option("--workers", type=int, default=1, show_default=True, help="Web processes.")
@click.option("--demo", is_flag=True, help="Offer the demo accounts on the sign-in page.")
def serve(host: str, port: int | None, workers: int, demo: bool) -> None:
    """Serve the pages and the API."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    with application(demo=demo):
        chosen = port or read_settings().port
    _refuse_taken_port(host, chosen)
    os.environ["HUIQIAN_DEMO"] = "1" if demo else ""
    Server(
        "webapp.wsgi:application",
        address=host,
        port=chosen,
        interface=Interfaces.WSGI,
        workers=workers,
        # each page that waits holds a thread; threads beyond those that answer requests are made when needed
        blocking_threads=8 + live.PLACES,
        backlog=512,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=6,
    ).serve()


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"port {port} on {host} cannot be used ({error.strerror}); choose another: PORT=8001"
            ) from error


@click.command()
def worker() -> None:
    """Run background work: due timers and mail. As many as wanted may run."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    with application() as app:
        address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    run_worker(address, app.app_context, name=f"{socket.gethostname()}-{os.getpid()}")


@click.command()
def migrate() -> None:
    """Bring the database to the schema of this version."""
    with application(migrated=False):
        migrate_database(db.engine)


@click.command()
def demo() -> None:
    """Load the demo company and the process library; what is there already stays as it is."""
    with application():
        load_demo(now=now())
        publish_library()


def publish_library() -> None:
    """Publish the processes that ship with the program, where they are new or changed and no owner has published."""
    for folder in sorted(path for path in LIBRARY.iterdir() if (path / "process.toml").is_file()):
        current = find_current_version(read_session(), folder.name)
        # a restart does not take back what an owner published
        if current is None or current.published_by is None:
            publish(read_folder(folder), actor=None, note="随产品提供", now=now())


@click.command()
def run() -> None:
    """Everything on this machine, with the demo company: database, web server and worker, until Ctrl-C."""
    settings = read_settings(demo=True)
    _refuse_taken_port("127.0.0.1", settings.port)
    app = create_app(settings)
    with app.app_context():
        migrate_database(db.engine)
        load_demo(now=now())
        publish_library()
        db.engine.dispose()
    supervisor = Supervisor()
    supervisor.add(["serve", "--demo", "--port", str(settings.port)])
    supervisor.add(["worker"])
    supervisor.wait_for_port(settings.port)
    click.echo(f"Huiqian is ready: http://127.0.0.1:{settings.port}")
    try:
        supervisor.wait(partial(_keep_database, settings))
    finally:
        supervisor.stop()
        if not settings.database_url:
            embedded_postgres.stop(settings.home)


def _keep_database(settings: Settings) -> None:
    if not settings.database_url:
        embedded_postgres.keep_running(settings.home)


COMMANDS = (run, serve, worker, migrate, demo)
