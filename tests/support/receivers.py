"""The other side of a channel, as its documentation describes it: checks what it is sent and answers as it would."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PATHS = {"wecom": "/cgi-bin/webhook/send?key=k1", "dingtalk": "/robot/send?access_token=t1", "feishu": "/hook/f1"}


@dataclass
class Receiver:
    """``moods`` are the answers to come: ok, rate, refuse, busy, broken, redirect, drop or hang; the last one stays."""

    kind: str
    secret: str = ""
    port: int = 0
    moods: list[str] = field(default_factory=lambda: ["ok"])
    seen: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    clock: Callable[[], float] = time.time
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATHS.get(self.kind, '/hook')}"

    def mood(self) -> str:
        return self.moods.pop(0) if len(self.moods) > 1 else self.moods[0]

    def accept(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Status, answer and headers for one request."""
        mood = self.mood()
        if mood == "broken":
            return 500, {"error": "broken"}, {}
        if mood == "redirect":
            return 302, {}, {"Location": f"http://127.0.0.1:{self.port}/elsewhere"}
        if mood == "rate":
            return self._rate()
        if mood == "busy":
            return 200, {"errcode": -1, "errmsg": "system busy"}, {}
        problem = getattr(self, f"_check_{self.kind}")(path, headers, body)
        if problem or mood == "refuse":
            self.complaints.append(str(problem or "refused"))
            return self._refuse(problem)
        self.seen.append(json.loads(body))
        self.headers.append(headers)
        if self.kind == "feishu":
            return 200, {"code": 0, "msg": "success", "data": {}}, {}
        return (200, {"errcode": 0, "errmsg": "ok"}, {}) if self.kind != "webhook" else (204, {}, {})

    def _rate(self) -> tuple[int, dict[str, Any], dict[str, str]]:
        if self.kind == "webhook":
            return 429, {}, {"Retry-After": "120"}
        if self.kind == "feishu":
            return 200, {"code": 11232, "msg": "frequency limited"}, {}
        code = {"wecom": 45009, "dingtalk": 130101}[self.kind]
        return 200, {"errcode": code, "errmsg": "send too fast, exceed 20 times per minute"}, {}

    def _refuse(self, problem: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
        if self.kind == "webhook":
            return (401 if problem else 410), {}, {}
        if self.kind == "feishu":
            return 200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}, {}
        code = {"wecom": 93000, "dingtalk": 310000}[self.kind]
        return 200, {"errcode": code, "errmsg": str(problem or "invalid")}, {}

    def _check_wecom(self, path: str, _headers: dict[str, str], body: bytes) -> str:
        message = json.loads(body)
        if parse_qs(urlsplit(path).query).get("key") != ["k1"]:
            return "invalid webhook url"
        if message["msgtype"] != "markdown" or len(message["markdown"]["content"].encode()) > 4096:
            return "content too long"
        return ""

    def _check_dingtalk(self, path: str, _headers: dict[str, str], body: bytes) -> str:
        query = parse_qs(urlsplit(path).query)
        if self.secret:
            at = query["timestamp"][0]
            digest = hmac.new(self.secret.encode(), f"{at}\n{self.secret}".encode(), hashlib.sha256).digest()
            if query["sign"][0] != base64.b64encode(digest).decode() or abs(int(at) / 1000 - self.clock()) > 3600:
                return "sign not match"
        message = json.loads(body)
        complete = message["msgtype"] == "markdown" and message["markdown"]["title"] and message["markdown"]["text"]
        return "" if complete else "param error"

    def _check_feishu(self, _path: str, _headers: dict[str, str], body: bytes) -> str:
        message = json.loads(body)
        if self.secret:
            key = f"{message['timestamp']}\n{self.secret}".encode()
            sign = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
            if message["sign"] != sign or abs(int(message["timestamp"]) - self.clock()) > 3600:
                return "sign match fail"
        post = message["content"]["post"]["zh_cn"]
        return "" if message["msg_type"] == "post" and post["title"] and post["content"] else "Bad Request"

    def _check_webhook(self, _path: str, headers: dict[str, str], body: bytes) -> str:
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        at, name = headers["webhook-timestamp"], headers["webhook-id"]
        digest = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
        signatures = headers["webhook-signature"].split(" ")
        fresh = abs(int(at) - self.clock()) < 300
        return "" if fresh and f"v1,{base64.b64encode(digest).decode()}" in signatures else "bad signature"


@contextmanager
def receiving(kind: str, secret: str, clock: Callable[[], float]) -> Iterator[Receiver]:
    """A receiver on loopback until the end of the block."""
    receiver = Receiver(kind=kind, secret=secret, clock=clock)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            mood = receiver.moods[0]
            if mood in ("drop", "hang"):
                receiver.mood()
                receiver.seen.append(json.loads(body))
                if mood == "hang":
                    receiver.released.wait(30)
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer, extra = receiver.accept(self.path, headers, body)
            text = b"" if status == 204 else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**extra, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_arguments: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
