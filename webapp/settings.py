"""Settings from the environment. A wrong value stops the start with one line that says what to do."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from services.notices.formats import secret_key

DEFAULT_PORT = 8000
FORBIDDEN_PORTS = frozenset({5060, 5061})
"""Ports that browsers refuse to open."""


_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")


class SettingsError(Exception):
    """A setting that cannot be used; the message is one line for the person who starts the program."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    home: Path
    database_url: str
    """Empty: the embedded PostgreSQL in ``home``."""
    secret_key: str
    base_url: str
    mail_url: str
    port: int
    webhook_hosts: frozenset[str] = frozenset()
    """Hosts inside the company that channels may call."""
    hook_secrets: tuple[str, ...] = ()
    """With one of these, shops and couriers sign what they send about orders."""
    demo: bool = False
    """Offer signing in as a demo account without a password."""


def read_settings(environment: Mapping[str, str] | None = None, *, demo: bool = False) -> Settings:
    """Raises SettingsError."""
    values = os.environ if environment is None else environment
    home = Path(values.get("HUIQIAN_HOME") or "var").resolve()
    port = _port(values.get("PORT", ""))
    _make_home(home)
    return Settings(
        home=home,
        database_url=_database_url(values.get("DATABASE_URL", "")),
        secret_key=values.get("HUIQIAN_SECRET_KEY") or _kept_secret(home),
        base_url=_base_url(values.get("HUIQIAN_BASE_URL", ""), port),
        mail_url=_mail_url(values.get("HUIQIAN_MAIL_URL", "")),
        port=port,
        webhook_hosts=_webhook_hosts(values.get("HUIQIAN_WEBHOOK_HOSTS", "")),
        hook_secrets=_hook_secrets(values.get("HUIQIAN_HOOK_SECRETS", "")),
        demo=demo,
    )


def _make_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"HUIQIAN_HOME: cannot create {home} ({error.strerror}); choose a writable folder"
        ) from error


def _port(text: str) -> int:
    try:
        port = int(text or DEFAULT_PORT)
    except ValueError:
        port = 0
    if not 0 < port < 65_536 or port in FORBIDDEN_PORTS:
        raise SettingsError(f"PORT: {text!r} cannot be used; give a number from 1 to 65535, such as {DEFAULT_PORT}")
    return port


def _database_url(text: str) -> str:
    if not text:
        return ""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise SettingsError("DATABASE_URL: must look like postgresql://user:password@host:5432/huiqian")
    return f"postgresql+psycopg://{rest}"


def _base_url(text: str, port: int) -> str:
    if not text:
        return f"http://127.0.0.1:{port}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError("HUIQIAN_BASE_URL: must look like https://approvals.company.cn")
    return text.rstrip("/")


def _mail_url(text: str) -> str:
    if text and (urlsplit(text).scheme != "smtp" or not urlsplit(text).hostname):
        raise SettingsError("HUIQIAN_MAIL_URL: must look like smtp://user:password@host:587")
    return text


def _webhook_hosts(text: str) -> frozenset[str]:
    hosts = frozenset(host.strip().lower() for host in text.split(",") if host.strip())
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise SettingsError("HUIQIAN_WEBHOOK_HOSTS: must look like erp.company.cn,10.0.0.8:8080")
    return hosts


def _hook_secrets(text: str) -> tuple[str, ...]:
    found = tuple(secret.strip() for secret in text.split(",") if secret.strip())
    try:
        for secret in found:
            secret_key(secret)
    except ValueError as error:
        raise SettingsError("HUIQIAN_HOOK_SECRETS: must look like whsec_ and 24 to 64 bytes in base64") from error
    return found


def _kept_secret(home: Path) -> str:
    """Made once; only the owner of the folder can read it."""
    path = home / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        raise SettingsError(f"HUIQIAN_HOME: cannot write to {home} ({error.strerror})") from error
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret
