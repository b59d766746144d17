"""A courier as we meet it: it signs what it tells of parcels, sends again what was not taken, and tells things late."""

from __future__ import annotations

import base64
import hmac
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from services.runtime import configure, runtime
from tests.support.clients import outside

SECRET = "whsec_" + base64.b64encode(b"what the courier and we know of each other").decode()
PATH = "/api/v1/hooks/orders"


@contextmanager
def known_courier() -> Iterator[None]:
    """The application knows the courier's secret."""
    before = runtime()
    configure(replace(before, hook_secrets=(SECRET,)))
    yield
    configure(before)


@dataclass
class Courier:
    app: Flask
    secret: str = SECRET
    clock: datetime | None = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def event(self, number: str, state: str, **more: Any) -> dict[str, Any]:
        return {"id": f"evt-{next(self.numbers)}", "number": number, "state": state, **more}

    def tell(self, number: str, state: str, **more: Any) -> dict[str, Any]:
        """One event; gives what became of it."""
        [item] = self.send([self.event(number, state, **more)])
        return item

    def send(self, events: list[dict[str, Any]], status: int = 200) -> Any:
        answer = self.post({"events": events})
        assert answer.status_code == status, answer.text
        return answer.json["items"] if status == 200 else answer.json

    def post(self, body: Any, **changes: str) -> TestResponse:
        raw = json.dumps(body, ensure_ascii=False).encode()
        found: TestResponse = outside(self.app).post(PATH, data=raw, headers={**self.signed(raw), **changes})
        return found

    def signed(self, raw: bytes) -> dict[str, str]:
        """By the Standard Webhooks specification, as its text has it."""
        message_id = f"msg-{next(self.numbers)}"
        at = str(int((self.clock or datetime.now(UTC)).timestamp()))
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.digest(key, f"{message_id}.{at}.".encode() + raw, "sha256")).decode()
        return {
            "webhook-id": message_id,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{signature}",
            "Content-Type": "application/json",
        }
