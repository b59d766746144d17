"""Clients that act as people and programs do, and check what every page and answer must keep."""

from __future__ import annotations

from collections import Counter
from contextvars import Context
from functools import partial
from typing import Any

from flask import Flask
from lxml import html
from werkzeug.test import TestResponse


def apart(call: Any, *arguments: Any, **options: Any) -> TestResponse:
    """Send a request as if from outside: the application context that a test holds would lend it its own ``g``."""
    answer: TestResponse = Context().run(call, *arguments, **options)
    return answer


class _Apart:
    """A test client whose requests all come from outside."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return partial(apart, found) if name in ("get", "post", "open", "patch", "delete") else found


def outside(app: Flask) -> Any:
    """A bare client of nobody in particular."""
    return _Apart(app)


class PoliteClient:
    """Follows pages as a browser would: forms carry their token, and each page is checked."""

    def __init__(self, app: Flask) -> None:
        self._client = outside(app)

    def sign_in(self, username: str) -> None:
        page = self.get("/sign-in")
        answer = self.post("/sign-in/demo", {"username": username}, token=token_of(page))
        assert answer.status_code == 303, answer.text

    def get(self, path: str, status: int = 200, **options: Any) -> html.HtmlElement:
        answer = self._client.get(path, **options)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:2000]}"
        return check_page(answer)

    def raw(self, path: str, **options: Any) -> TestResponse:
        found: TestResponse = self._client.get(path, **options)
        return found

    def post(self, path: str, data: dict[str, Any], token: str | None = None) -> TestResponse:
        """Send a form; without a token the page at ``path`` is asked for one."""
        token = token or token_of(self.get("/notices"))
        return self._client.post(path, data={"csrf_token": token, **data})

    def submit(self, path: str, data: dict[str, Any], status: int = 303) -> html.HtmlElement | str:
        """Send a form and give the page it leads to, or the address when it is redirected."""
        answer = self.post(path, data)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:2000]}"
        return answer.headers["Location"] if status == 303 else check_page(answer)


def token_of(page: html.HtmlElement) -> str:
    return str(page.xpath("//input[@name='csrf_token']/@value")[0])


def check_page(answer: TestResponse) -> html.HtmlElement:
    """What every page keeps: a title, one h1, unique ids, a token in each form, no inline code."""
    page = html.fromstring(answer.text)
    if page.tag != "html":
        return page
    assert page.findtext(".//title").strip(), "the page has no title"
    assert len(page.xpath("//h1")) == 1, "a page has one h1"
    twice = [name for name, count in Counter(page.xpath("//@id")).items() if count > 1]
    assert not twice, f"ids occur twice: {twice}"
    for form in page.xpath("//form[translate(@method, 'POST', 'post') = 'post']"):
        assert form.xpath(".//input[@name='csrf_token']/@value"), f"no token in the form for {form.get('action')}"
    assert not page.xpath("//@style"), "inline style"
    assert not page.xpath("//script[not(@src) and not(@type='application/json')]"), "inline script"
    assert not page.xpath("//@*[starts-with(name(), 'on')]"), "inline handler"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    return page


class ApiClient:
    """A program with a token."""

    def __init__(self, app: Flask, username: str, password: str = "demo") -> None:
        self._client = outside(app)
        answer = self._client.post("/api/v1/sessions", json={"username": username, "password": password})
        assert answer.status_code == 201, answer.text
        self.token = answer.json["token"]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return self._client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == status, answer.text
        return answer.json

    def post(self, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        answer = self.call("POST", path, {} if body is None else body, **headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        answer = self.call("PATCH", path, body)
        assert answer.status_code == status, answer.text
        return answer.json
