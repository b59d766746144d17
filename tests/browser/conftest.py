"""A real server on loopback and the system's Chromium, watched for anything that the page's policy forbids."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from webapp.settings import Settings


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which("chromium")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "args": quiet} | ({"executable_path": chromium} if chromium else {})


@pytest.fixture(scope="session")
def server(prepared_app: Flask, settings: Settings) -> Iterator[str]:
    """The product as it is served, on the database of the tests."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "HUIQIAN_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "HUIQIAN_SECRET_KEY": settings.secret_key,
    }
    command = [sys.executable, "-m", "webapp.cli", "serve", "--demo", "--port", str(port)]
    child = subprocess.Popen(command, env=environment)
    _wait(port, child)
    yield f"http://127.0.0.1:{port}"
    child.terminate()
    child.wait(10)


def _wait(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert child.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not come up")


class Visitor:
    """One person at one screen. ``complaints`` must stay empty."""

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self.server = server
        self.complaints: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        # a refused form answers 422, which the browser also writes into its console
        if kind in ("error", "warning") and "status of 4" not in text:
            self.complaints.append(text)

    def go(self, path: str) -> None:
        self.page.goto(self.server + path)
        self.settle()

    def settle(self) -> None:
        self.page.locator("html[data-ready=app]").wait_for(state="attached")

    def enter_as(self, username: str) -> None:
        self.page.context.clear_cookies()
        self.go("/sign-in")
        self.page.locator(f"button[name=username][value={username}]").click()
        self.page.wait_for_url("**/inbox")
        self.settle()

    def overflow(self) -> int:
        """By how many pixels the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.fixture
def visit(app: Flask, server: str, browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Visitor]]:
    """Open screens: ``visit()`` for a desktop, ``visit(width=390, height=844)`` for a phone."""
    visitors = []

    def open_screen(*, width: int = 1360, height: int = 860, scheme: str = "light") -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="zh-CN",
            is_mobile=width < 600,
            has_touch=width < 600,
        )
        visitors.append(Visitor(context.new_page(), server))
        return visitors[-1]

    yield open_screen
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.page.context.close()
    assert complaints == []
