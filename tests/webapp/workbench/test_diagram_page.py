"""The page of the diagram editor: what its scripts are told, and what they keep beside the diagram."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.database import db
from services.processes.drafts import change_files, get_draft
from tests.conftest import MONDAY, find_actor
from tests.support.clients import PoliteClient, token_of

pytestmark = pytest.mark.usefixtures("app")
Browse = Callable[[str], PoliteClient]
PAGE = "/workbench/gift/diagram"


def config_of(client: PoliteClient) -> dict[str, Any]:
    (text,) = client.get(PAGE).xpath("//script[@id='editor-config']/text()")
    return dict(json.loads(text))


def keep(client: PoliteClient, body: Any) -> Any:
    return client._client.post(f"{PAGE}/outcomes", json=body, headers={"X-CSRFToken": token_of(client.get("/notices"))})


def test_the_editor_is_told_what_runs_and_where_to_ask(browse: Browse) -> None:
    config = config_of(browse("owner"))
    assert "userTask" in config["supported"]["nodes"]
    assert "inclusiveGateway" not in config["supported"]["nodes"]
    assert config["supported"]["definitions"]["boundaryEvent"] == ["messageEventDefinition", "timerEventDefinition"]
    assert config["outcomes"] == {"given": "已赠出", "returned": "退回入库"}
    assert config["drawn"] is True
    assert config["url"] == "/workbench/gift/files/gift.bpmn"
    assert config["url"] == config["files"] + "gift.bpmn"


def test_an_outcome_is_named_in_the_settings_of_the_draft(browse: Browse) -> None:
    client = browse("owner")
    answer = keep(client, {"outcome": "lost", "label": "遗失"})
    assert answer.status_code == 200
    assert config_of(client)["outcomes"]["lost"] == "遗失"
    refused = keep(client, {"outcome": "1", "label": "遗失"})
    assert refused.status_code == 422
    assert "英文字母开头" in refused.json["detail"]
    assert keep(client, {"outcome": "a"}).status_code == 400
    assert keep(client, []).status_code == 400


def test_the_page_opens_whatever_is_in_the_folder(browse: Browse) -> None:
    revision = get_draft(db.session(), find_actor("owner"), "gift").revision
    db.session.rollback()
    files = {"process.toml": b"\xff not toml", "gift.bpmn": None}
    change_files(find_actor("owner"), "gift", files, revision=revision, now=MONDAY)
    config = config_of(browse("owner"))
    assert config["outcomes"] == {}
    assert config["drawn"] is False


def test_nobody_but_owners_comes_in(browse: Browse) -> None:
    client = browse("specialist")
    client.get(PAGE, status=403)
    assert keep(client, {"outcome": "lost", "label": "遗失"}).status_code == 403
