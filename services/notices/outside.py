"""Requests to addresses that an administrator typed: never into the company's own network, never followed elsewhere.

The name is resolved once, every address is looked at, and the connection goes to the address that was looked at: a name
that points elsewhere a moment later gains nothing.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from services.runtime import runtime

MAX_ANSWER = 16_384
_CONNECT_SECONDS = 5.0
_TOTAL_SECONDS = 15.0
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    retry_after: str


class NotReached(Exception):
    """Nothing was sent: no such name, no connection, no address that may be called."""


class NoAnswer(Exception):
    """The request went out and nobody knows whether it was taken."""


def is_listed(parts: SplitResult) -> bool:
    """Whether whoever runs the machine has named this host as one that may be called."""
    host = (parts.hostname or "").lower()
    return bool({host, f"{host}:{_port(parts)}"} & runtime().webhook_hosts)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def is_public(address: str) -> bool:
    """Whether an address belongs to the internet, also when it is written as or translated from another."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if found in _TRANSLATED or found.teredo is not None:
            return False
    return found.is_global and not found.is_multicast


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send one request. Raises NotReached or NoAnswer; a redirect is an answer like any other."""
    parts = urlsplit(url)
    connection = _connect(parts)
    # slow drops of an answer would keep each single read within its limit
    watch = threading.Timer(_TOTAL_SECONDS, _hang_up, [connection])
    watch.start()
    try:
        target = parts.path or "/"
        connection.request("POST", f"{target}?{parts.query}" if parts.query else target, body, dict(headers))
        response = connection.getresponse()
        found = response.read(MAX_ANSWER)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(str(error) or type(error).__name__) from error
    finally:
        watch.cancel()
        connection.close()
    return Answer(status=response.status, body=found, retry_after=response.getheader("Retry-After") or "")


def _connect(parts: SplitResult) -> http.client.HTTPConnection:
    host, port = parts.hostname or "", _port(parts)
    try:
        address = _address(host, port, listed=is_listed(parts))
        plain = socket.create_connection((address, port), timeout=_CONNECT_SECONDS)
        plain.settimeout(_TOTAL_SECONDS)
        connection = http.client.HTTPConnection(host, port, timeout=_TOTAL_SECONDS)
        connection.sock = plain
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(host, port, timeout=_TOTAL_SECONDS)
            connection.sock = _encrypted(plain, host)
    except (OSError, UnicodeError) as error:
        raise NotReached(str(error) or type(error).__name__) from error
    return connection


def _encrypted(plain: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def _address(host: str, port: int, *, listed: bool) -> str:
    """One address of the host. Raises NotReached when one of them lies inside."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not listed and not all(is_public(address) for address in found):
        raise NotReached(f"{host} is an address inside the network; whoever runs the server may allow it")
    return found[0]


def _hang_up(connection: http.client.HTTPConnection) -> None:
    try:
        connection.sock.shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError):
        return
