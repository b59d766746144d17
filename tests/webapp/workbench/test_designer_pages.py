"""The designer's page, and the form as the real templates render it while it is being designed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests.support.clients import PoliteClient, token_of

pytestmark = pytest.mark.usefixtures("app")
Browse = Callable[[str], PoliteClient]
PAGE = "/workbench/hospitality/forms?name=application"
SHIPPED = sorted(Path("bpmn").glob("*/forms/*.json"))
TEXT = Path("bpmn/hospitality/forms/application.json").read_text()


def ask(
    client: PoliteClient, body: Any, *, key: str = "hospitality", form: str = "application", expect: int = 200
) -> Any:
    token = token_of(client.get("/notices"))
    path = f"/workbench/{key}/forms/{form}/preview"
    answer = client._client.post(path, json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == expect
    return answer.get_json(silent=True)


def changed(**steps: dict[str, list[str]]) -> str:
    return json.dumps({**json.loads(TEXT), "steps": steps})


def test_the_designer_knows_the_steps_and_which_of_them_fill_the_form(browse: Browse) -> None:
    page = browse("owner").get(PAGE)
    [config] = page.xpath("//script[@id='editor-config']/text()")
    fills = {step["id"]: step["fills"] for step in json.loads(config)["steps"]}
    assert fills["apply"]
    assert not fills["manager_review"]
    assert "填写招待申请" in page.xpath("//select[@data-area='step']")[0].text_content()
    browse("owner").get("/workbench/hospitality/forms?name=nothing", 404)
    browse("specialist").get(PAGE, 403)


@pytest.mark.parametrize("file", SHIPPED, ids=str)
def test_every_shipped_form_is_shown_empty_and_with_sample_values(browse: Browse, file: Path) -> None:
    client, text = browse("owner"), file.read_text()
    for filled in (False, True):
        answer = ask(client, {"text": text, "step": "", "filled": filled}, key=file.parts[1], form=file.stem)
        sections = html.fromstring(f"<div>{answer['html']}</div>").xpath("./section")
        assert len(sections) == len(json.loads(text)["layout"])


def test_a_step_is_shown_what_it_would_see(browse: Browse) -> None:
    client = browse("owner")
    text = changed(manager_review={"hide": ["purpose"]})
    assert 'id="field-purpose"' in ask(client, {"text": text, "step": "apply"})["html"]
    assert 'id="field-purpose"' not in ask(client, {"text": text, "step": "manager_review"})["html"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "不是有效的 JSON"),
        ("[1]", "应为一个 JSON 对象"),
        ('{"key": "a", "title": "b", "schema": {"properties": {}}}', "结构不对"),
        ('{"a":' * 900 + "1" + "}" * 900, "结构|嵌套|JSON|太深"),
        (TEXT.replace('"venue": {', '"typename": {"type": "string", "title": "x"}, "venue": {', 1), "不能使用"),
        (TEXT.replace('"venue": {', '"venue": {"$ref": "https://example.com/a",', 1), "引用"),
        (TEXT + " " * 300_000, "超过"),
    ],
)
def test_what_is_no_form_is_answered_with_what_is_wrong(browse: Browse, text: str, says: str) -> None:
    answer = ask(browse("owner"), {"text": text})
    assert "html" not in answer
    assert any(word in problem["message"] for problem in answer["problems"] for word in says.split("|"))


@pytest.mark.parametrize("body", [None, [], {"text": 1}, {"text": "x" * 1_000_001}])
def test_what_is_no_question_is_refused(browse: Browse, body: Any) -> None:
    ask(browse("owner"), body, expect=400)


def test_only_owners_see_the_preview(browse: Browse) -> None:
    ask(browse("specialist"), {"text": TEXT}, expect=403)
