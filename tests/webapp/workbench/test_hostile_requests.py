"""JSON of wrong shapes and texts that nothing can keep, sent to every script route of the workbench."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.processes.drafts import change_files
from tests.conftest import MONDAY
from tests.support.clients import PoliteClient, token_of
from tests.support.owners import draft, owner

Browse = Callable[[str], PoliteClient]

_ROUTES = (
    *("check", "expression", "presence", "diagram/outcomes", "forms/application/preview"),
    *("papers/preview", "papers/propose", "tables/over_budget/study", "tables/over_budget/try"),
)
_FORM = {"path": "forms/application.json", "values": {}, "place": "diagram"}
_BODIES = {
    "list": "[1]",
    "number": "1",
    "text": '"x"',
    "nothing": "null",
    "nested": "[" * 100_000,
    "no number": "NaN",
    "digits": "9" * 5_000,
    "half": json.dumps({**_FORM, "text": "\ud800", "place": "\ud800", "files": {"process.toml": "\ud800"}}),
    "half in a name": json.dumps({**_FORM, "text": "{}", "values": {"\ud800": "x"}}),
    "form of halves": json.dumps({**_FORM, "text": '{"title": "\\ud800"}'}),
    "wrong kinds": json.dumps({"text": [], "path": {}, "values": [], "files": [], "source": {}, "place": {}}),
}


def post(client: PoliteClient, path: str, body: str) -> Any:
    headers = {"X-CSRFToken": token_of(client.get("/workbench/import")), "Content-Type": "application/json"}
    return client._client.post(path, data=body, headers=headers)


@pytest.mark.parametrize("body", _BODIES.values(), ids=_BODIES)
def test_a_body_that_makes_no_sense_is_refused_by_every_route(browse: Browse, body: str) -> None:
    client = browse("owner")
    for route in _ROUTES:
        answer = post(client, f"/workbench/hospitality/{route}", body)
        assert answer.status_code in (200, 400, 409, 422), route


@pytest.mark.parametrize("place", ["x", "²", "-", "9" * 5_000])
def test_a_row_of_a_scenario_that_is_no_number_is_a_new_one(browse: Browse, place: str) -> None:
    client = browse("owner")
    typed = {"title": "按预算", "count": "1", "0-place": place, "0-step": "apply", "arrange": f"up-{place}"}
    csrf = token_of(client.get("/workbench/hospitality/scenarios?name=within_budget"))
    answer = client._client.post(
        "/workbench/hospitality/scenarios/within_budget", data={**typed, "revision": "0", "csrf_token": csrf}
    )
    assert answer.status_code in (303, 409, 422)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("process.toml", b"title = " + b"[" * 100_000),
        ("process.toml", b"a" + b".a" * 50_000 + b" = 1"),
        ("scenarios/odd.toml", b"a = " + b"9" * 10_000),
        ("forms/application.json", b'{"title": "\\ud800", "sections": [{"title": "\\ud800", "fields": ["\\ud800"]}]}'),
        ("en.toml", b"a = " + b"[" * 100_000),
    ],
    ids=["nested", "dotted", "digits", "halves", "english"],
)
def test_a_draft_that_nothing_can_read_can_still_be_looked_at_and_thrown_away(
    browse: Browse, path: str, content: bytes
) -> None:
    client = browse("owner")
    change_files(owner(), "hospitality", {path: content}, revision=0, now=MONDAY)
    pages = ("", "/diagram", "/forms", "/tables", "/scenarios", "/settings", "/checks", "/play", "/versions", "/files")
    for page in (*pages, "/compare?from=1&to=draft", "/settings/english", "/papers"):
        answer = client._client.get(f"/workbench/hospitality{page}")
        assert answer.status_code in (200, 409, 422), page
    assert draft("hospitality").files[path] == content
