"""The whole product as ``huiqian run`` starts it, in a home and on a port of its own."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.client import Client
from benchmarks.processes import tree
from services import embedded_postgres

READY_SECONDS = 90.0
STOP_SECONDS = 40.0


class Product:
    """``with Product() as product:`` starts it and, whatever happens, stops it and removes its home."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="huiqian-"))
        self.port = _free_port()
        self.start_seconds = 0.0
        self._log = (self.home / "run.log").open("ab")
        self._run: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Product:
        began = time.monotonic()
        try:
            self._run = self.command("run")
            self.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        self.start_seconds = time.monotonic() - began
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._run is not None:
            _stop(self._run)
        embedded_postgres.stop(self.home)
        self._log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "HUIQIAN_MAIL_URL")}
        return {**kept, "HUIQIAN_HOME": str(self.home), "PORT": str(self.port)}

    def command(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``huiqian …`` on this home; what it prints goes to the log."""
        command = (sys.executable, "-m", "webapp.cli", *arguments)
        return subprocess.Popen(command, env=self.environment, stdout=self._log, stderr=self._log)

    def log(self) -> str:
        return (self.home / "run.log").read_text(errors="replace")

    @property
    def run_pid(self) -> int:
        assert self._run is not None
        return self._run.pid

    @property
    def postmaster_pid(self) -> int:
        return int((self.home / "postgres" / "postmaster.pid").read_text().partition("\n")[0])

    def pids(self) -> set[int]:
        return tree(self.run_pid, self.postmaster_pid)

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready after {seconds} s:\n{self.log()[-3000:]}")
            time.sleep(0.05)

    def is_ready(self) -> bool:
        with Client(self.port, timeout=5) as client:
            try:
                return client.get("/readyz").status == 200
            except (OSError, http.client.HTTPException):
                return False


def _stop(run: subprocess.Popen[bytes]) -> None:
    run.send_signal(signal.SIGTERM)
    try:
        run.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in tree(run.pid):
            os.kill(pid, signal.SIGKILL)
        run.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
