"""What a browser fetches for a page: HTML, styles and scripts, as they weigh in gzip."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from benchmarks.client import Answer, Client
from benchmarks.product import Product
from benchmarks.results import Results
from benchmarks.service import open_application, open_task, start_cases
from services.database import db
from services.people.accounts import sign_in
from webapp.auth import COOKIE

LINES = 50
_ASSETS = re.compile(r'<link[^>]*rel="stylesheet"[^>]*href="([^"]+)"|<script[^>]*src="([^"]+)"')
_IMPORTS = re.compile(r"""(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']""")


def run(product: Product, results: Results) -> None:
    """A full inbox of the manager, and the page of one task in it."""
    app = open_application(product)
    [*_others, last] = start_cases(app, LINES)
    task = open_task(app, last)
    with app.app_context():
        db.engine.dispose()
    with Client(product.port, cookie=browser_cookie(product, "manager")) as browser:
        for name, path in (("inbox", "/inbox"), ("task", f"/tasks/{task}")):
            weight = _weigh(browser, path)
            results.add(f"page_{name}_cold_kb", weight.cold / 1000, unit="kB", goal=120)
            results.add(f"page_{name}_warm_kb", weight.warm / 1000, unit="kB", goal=20)
            results.add(f"page_{name}_cold_sent_kb", weight.sent / 1000, unit="kB", goal=120)


def browser_cookie(product: Product, username: str) -> str:
    """A browser session, opened without the sign-in page."""
    app = open_application(product)
    with app.app_context():
        signed_in = sign_in(username, "demo", kind="browser", address="127.0.0.1", now=datetime.now(UTC))
        db.engine.dispose()
    return f"{COOKIE}={signed_in.token}"


@dataclass
class _Weight:
    cold: int = 0
    """Bytes in gzip with an empty cache."""
    warm: int = 0
    """The same with all in the cache that the server allows to be kept unasked."""
    sent: int = 0
    """Bytes that the server really sends to a browser that takes gzip, with an empty cache."""

    def add(self, answer: Answer) -> None:
        size = len(gzip.compress(_plain(answer), 6))
        self.cold += size
        self.sent += len(answer.body)
        if "immutable" not in answer.headers.get("cache-control", ""):
            self.warm += size


def _weigh(browser: Client, path: str) -> _Weight:
    weight = _Weight()
    html = _fetch(browser, path)
    weight.add(html)
    for address in _assets(browser, path, _plain(html).decode()):
        weight.add(_fetch(browser, address))
    return weight


def _fetch(browser: Client, path: str) -> Answer:
    answer = browser.get(path, Accept_Encoding="gzip")
    assert answer.status == 200, (path, answer.status)
    return answer


def _assets(browser: Client, path: str, html: str) -> list[str]:
    """Styles and scripts of the page, and the scripts that those import."""
    waiting = [urljoin(path, style or script) for style, script in _ASSETS.findall(html)]
    found: list[str] = []
    while waiting:
        address = waiting.pop()
        if address not in found:
            found.append(address)
            if address.endswith(".js"):
                source = _plain(_fetch(browser, address)).decode()
                waiting += [urljoin(address, name) for name in _IMPORTS.findall(source)]
    return found


def _plain(answer: Answer) -> bytes:
    return gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body
