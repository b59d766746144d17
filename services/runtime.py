"""What the process was started with and every use case may need: the key of the history chain and the own address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Runtime:
    secret_key: bytes
    base_url: str = "http://127.0.0.1:8000"
    mail_url: str = ""
    """``smtp://user:password@host:port``; empty: notices stay in the app."""
    webhook_hosts: frozenset[str] = frozenset()
    """``host`` or ``host:port`` inside the company that channels may call, also by plain http."""
    hook_secrets: tuple[str, ...] = ()
    """``whsec_…`` of each shop or courier that may send events about orders."""
    english: Callable[[], Mapping[str, str]] = dict
    """The English sentence of each Chinese one, for what is written without a screen."""


_current: Runtime | None = None


def configure(runtime: Runtime) -> None:
    """Called once when a process starts."""
    global _current
    _current = runtime


def runtime() -> Runtime:
    assert _current is not None, "services.runtime.configure was not called"
    return _current
