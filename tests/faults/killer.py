"""Kills what keeps the product running, again and again, without warning."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from collections import Counter

from benchmarks.processes import command_line, tree
from benchmarks.product import Product

SHORTEST, LONGEST = 1.0, 4.0
"""Seconds between two kills: mostly enough to come back, not always."""


class Killer(threading.Thread):
    """Runs until ``stop``; ``killed`` counts its victims by kind, ``error`` is what it stumbled over."""

    def __init__(self, product: Product, seed: int) -> None:
        super().__init__(name="killer")
        self._product = product
        self._random = random.Random(seed)
        self._ended = threading.Event()
        self.killed: Counter[str] = Counter()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._ended.wait(self._random.uniform(SHORTEST, LONGEST)):
                kind = self._random.choice(("web", "web process", "worker", "postmaster", "backend"))
                if victims := self._victims(kind):
                    self._kill(self._random.choice(victims))
                    self.killed[kind] += 1
        except BaseException as error:
            self.error = error

    def stop(self) -> None:
        self._ended.set()
        self.join()
        if self.error is not None:
            raise self.error

    def _victims(self, kind: str) -> list[int]:
        """The supervisor's own children are ``web`` and ``worker``; granian's process that answers is a web process."""
        if kind in ("postmaster", "backend"):
            return self._database(kind)
        word = "worker" if kind == "worker" else "serve"
        found = sorted(pid for pid in tree(self._product.run_pid) if word in command_line(pid))
        return found[1:] if kind == "web process" else found[:1]

    def _database(self, kind: str) -> list[int]:
        try:
            postmaster = self._product.postmaster_pid
        except (FileNotFoundError, ValueError):
            return []  # it is coming back from the kill before
        if "postgres" not in (command_line(postmaster) or [""])[0]:
            return []
        if kind == "postmaster":
            return [postmaster]
        return sorted(pid for pid in tree(postmaster) if "huiqian" in " ".join(command_line(pid)).split())

    def _kill(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
