"""What a browser fetches for a page: HTML, styles and scripts, as they weigh in gzip."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from urllib.parse import urljoin

from benchmarks.client import Client
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
    with Client(product.port, cookie=browser_cookie(product, "manager")) as browser:
        inbox, inbox_cached = _weights(browser, "/inbox")
        page, page_cached = _weights(browser, f"/tasks/{task}")
    with app.app_context():
        db.engine.dispose()
    results.add("page_inbox_cold_kb", inbox, unit="kB", goal=120)
    results.add("page_inbox_warm_kb", inbox_cached, unit="kB", goal=20)
    results.add("page_task_cold_kb", page, unit="kB", goal=120)
    results.add("page_task_warm_kb", page_cached, unit="kB", goal=20)


def browser_cookie(product: Product, username: str) -> str:
    """A browser session, opened without the sign-in page."""
    app = open_application(product)
    with app.app_context():
        signed_in = sign_in(username, "demo", kind="browser", address="127.0.0.1", now=datetime.now(UTC))
        db.engine.dispose()
    return f"{COOKIE}={signed_in.token}"


def _weights(browser: Client, path: str) -> tuple[float, float]:
    """kB with an empty cache, and with all in it that the server allows to be kept unasked."""
    answer = browser.get(path)
    assert answer.status == 200, (path, answer.status)
    html = _plain(answer.body)
    cold = warm = _packed(html)
    for address in _assets(browser, path, html.decode()):
        asset = browser.get(address)
        assert asset.status == 200, address
        size = _packed(_plain(asset.body))
        cold += size
        if "immutable" not in asset.headers.get("cache-control", ""):
            warm += size
    return cold / 1000, warm / 1000


def _assets(browser: Client, path: str, html: str) -> list[str]:
    """Styles and scripts of the page, and the scripts that those import."""
    waiting = [urljoin(path, style or script) for style, script in _ASSETS.findall(html)]
    found: list[str] = []
    while waiting:
        address = waiting.pop()
        if address not in found:
            found.append(address)
            if address.endswith(".js"):
                source = _plain(browser.get(address).body).decode()
                waiting += [urljoin(address, name) for name in _IMPORTS.findall(source)]
    return found


def _plain(body: bytes) -> bytes:
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def _packed(body: bytes) -> int:
    return len(gzip.compress(body, 6))
