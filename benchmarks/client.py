"""A small HTTP client that keeps its connection, as a browser and an integrator's program do."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

API = "/api/v1"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """By their names in small letters."""
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection; made anew after an error, which is raised as OSError or HTTPException."""

    def __init__(self, port: int, *, token: str = "", cookie: str = "", timeout: float = 30.0) -> None:
        self._address = ("127.0.0.1", port)
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        if cookie:
            self._headers["Cookie"] = cookie

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        sent = {**self._headers, **(headers or {})}
        payload = None
        if body is not None:
            payload = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        try:
            connection = self._connected()
            connection.request(method, path, payload, sent)
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, None, _dashed(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, _dashed(headers))

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(*self._address, timeout=self._timeout)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def signed_in(port: int, username: str) -> Client:
    """A client with the token of a demo account."""
    return Client(port, token=open_token(port, username))


def open_token(port: int, username: str) -> str:
    with Client(port) as client:
        answer = client.post(f"{API}/sessions", {"username": username, "password": "demo"})
    assert answer.status == 201, answer.body
    token: str = answer.json()["token"]
    return token
