"""Papers of a draft: their list, a layout made from fields, and the page as it would be printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.database import db
from services.processes.drafts import Draft, get_draft
from tests.conftest import find_actor
from tests.support.clients import PoliteClient, token_of

pytestmark = pytest.mark.usefixtures("app")
Browse = Callable[[str], PoliteClient]
PAPERS = "/workbench/visit/papers"
SHIPPED = sorted(Path("bpmn").glob("*/forms/*.json")) + sorted(Path("bpmn").glob("*/papers/*.json"))


def draft(key: str = "visit") -> Draft:
    found = get_draft(db.session(), find_actor("owner"), key)
    db.session.rollback()
    return found


def ask(client: PoliteClient, path: str, body: Any, *, expect: int = 200) -> Any:
    token = token_of(client.get("/notices"))
    answer = client._client.post(path, json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == expect
    return answer.get_json(silent=True)


def test_the_list_has_the_papers_of_forms_and_those_of_their_own(browse: Browse) -> None:
    page = browse("owner").get(PAPERS)
    assert "客户联系预定表" in page.text_content()
    browse("owner").get(f"{PAPERS}?file=papers/reservations.json")
    browse("owner").get(f"{PAPERS}?file=papers/nothing.json", 404)
    browse("specialist").get(PAPERS, 403)


@pytest.mark.parametrize("file", SHIPPED, ids=str)
def test_every_shipped_paper_is_shown_with_sample_values_and_as_pdf(browse: Browse, file: Path) -> None:
    key, path = file.parts[1], "/".join(file.parts[2:])
    client, text = browse("owner"), file.read_text()
    answer = ask(client, f"/workbench/{key}/papers/preview", {"path": path, "text": text})
    drawn = "papers/" in path or "print" in json.loads(text)
    assert ("html" in answer) == drawn
    if drawn:
        assert "hq-paper" in answer["html"]
        assert client._client.get(f"/workbench/{key}/papers/sheet.pdf?file={path}").data[:5] == b"%PDF-"


@pytest.mark.parametrize("file", [each for each in SHIPPED if "forms" in each.parts], ids=str)
def test_a_layout_made_from_any_shipped_form_can_be_printed(browse: Browse, file: Path) -> None:
    key, path = file.parts[1], "/".join(file.parts[2:])
    client, document = browse("owner"), json.loads(file.read_text())
    layout = ask(client, f"/workbench/{key}/papers/propose", {"path": path, "text": file.read_text()})
    text = json.dumps({**document, "print": layout})
    answer = ask(client, f"/workbench/{key}/papers/preview", {"path": path, "text": text})
    assert answer["problems"] == []
    assert "html" in answer


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ({"rows": [[{"label": "甲", "field": "nothing"}]]}, "不在表单中"),
        ({"rows": [[{"label": "甲", "step": "nobody"}]]}, "不在流程图中"),
        ({"rows": [[{"label": 1}]]}, "结构不对"),
        ({"rows": "much"}, "结构不对"),
        ({"rows": []}, "还是空的"),
    ],
)
def test_what_cannot_be_printed_is_named(browse: Browse, layout: Any, said: str) -> None:
    document = {**json.loads(Path("bpmn/hospitality/forms/application.json").read_text()), "print": layout}
    body = {"path": "forms/application.json", "text": json.dumps(document)}
    answer = ask(browse("owner"), "/workbench/hospitality/papers/preview", body)
    assert "html" not in answer
    assert said in answer["problems"][0]["message"]


@pytest.mark.parametrize(
    "text", ["", "[]", "[" * 100_000, '{"schema": 3}', '{"title": "a", "form": "plan", "rows": 3}']
)
@pytest.mark.parametrize("path", ["forms/plan.json", "papers/reservations.json"])
def test_hostile_files_are_refused_with_a_reason(browse: Browse, path: str, text: str) -> None:
    answer = ask(browse("owner"), f"{PAPERS}/preview", {"path": path, "text": text})
    assert answer["problems"]
    assert "html" not in answer
    ask(browse("owner"), f"{PAPERS}/propose", {"path": path, "text": text}, expect=422)


def test_paths_outside_forms_and_papers_are_refused(browse: Browse) -> None:
    for body in ([], {"path": "process.toml", "text": ""}, {"path": "forms/a.json"}, {"path": 1, "text": "{}"}):
        ask(browse("owner"), f"{PAPERS}/preview", body, expect=400)
    browse("owner").get(f"{PAPERS}/sheet?file=process.toml", 404)


def test_a_further_paper_is_made_from_the_fields_of_a_form_and_taken_away(browse: Browse) -> None:
    client = browse("owner")
    data = {"name": "overview", "title": "计划总表", "form": "plan"}
    answer = client.post(PAPERS, {"revision": draft().revision, **data})
    assert answer.headers["Location"].endswith("?file=papers/overview.json")
    client.get(answer.headers["Location"])
    assert json.loads(draft().files["papers/overview.json"])["form"] == "plan"
    page = client.post(PAPERS, {"revision": draft().revision, **data, "title": ""})
    assert page.status_code == 422
    client.post(f"{PAPERS}/delete", {"revision": draft().revision, "file": "papers/overview.json"})
    assert "papers/overview.json" not in draft().files
    assert client.post(f"{PAPERS}/delete", {"revision": draft().revision, "file": "forms/plan.json"}).status_code == 404
