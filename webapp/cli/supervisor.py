"""Keeps the processes of ``huiqian run`` alive, and stops them together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType

_RESTART_AFTER = 1.0
_STOP_SECONDS = 8.0


class Supervisor:
    """Starts child processes of this program and starts each again when it dies."""

    def __init__(self) -> None:
        self._children: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def add(self, arguments: list[str]) -> None:
        command = (sys.executable, "-m", "webapp.cli", *arguments)
        # a session of its own keeps Ctrl-C from reaching the children twice
        self._children[command] = subprocess.Popen(command, start_new_session=True, env=dict(os.environ))  # noqa: S603

    def wait_for_port(self, port: int, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < deadline:
            with socket.socket() as probe:
                probe.settimeout(0.5)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)

    def wait(self, keep: Callable[[], None]) -> None:
        """Return when a signal asked to stop. ``keep`` is called again and again, to look after what is no child."""
        while not self._stopping:
            keep()
            for command, child in list(self._children.items()):
                if child.poll() is not None and not self._stopping:
                    time.sleep(_RESTART_AFTER)
                    self.add(list(command[3:]))
            time.sleep(0.2)

    def stop(self) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
