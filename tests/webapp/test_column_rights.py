"""Rights of a step to single columns of rows, on the pages and through the API."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from services.cases.models import DbCase
from services.database import db
from services.tasks.models import DbTask
from tests.support.clients import ApiClient, PoliteClient
from tests.support.rows import KEY, line, publish_rows
from workflows.errors import DefinitionError

Browse = Callable[[str], PoliteClient]
ROWS = {**line(0, customer="C001", quantity="2", result="a"), **line(1, customer="C002", quantity="1", result="b")}


@pytest.fixture
def task(app: Flask, browse: Browse) -> int:
    """The manager's task: they may price each line, see who gets it, and do not see what came of it."""
    publish_rows(
        apply={"hide": ["lines/value"]},
        price={"edit": ["lines/value", "region"], "hide": ["lines/result"]},
    )
    browse("specialist").submit(f"/start/{KEY}", ROWS)
    return int(db.session.query(DbTask.id).filter(DbTask.step == "price").scalar())


def stored() -> list[dict[str, Any]]:
    db.session.expire_all()
    return list(db.session.query(DbCase).one().forms["request"]["lines"])


def test_a_hidden_column_is_on_no_page_of_the_step(browse: Browse, task: int) -> None:
    first = browse("specialist").get(f"/start/{KEY}")
    assert not first.xpath("//*[contains(@name, '-value')]")
    page = browse("manager").get(f"/tasks/{task}")
    assert not page.xpath("//*[contains(@name, '-result')]")
    assert "商谈成功" not in page.text_content()


def test_only_the_columns_that_the_step_may_change_are_changed(browse: Browse, task: int) -> None:
    page = browse("manager").get(f"/tasks/{task}")
    assert [node.get("name") for node in page.xpath("//main//input[contains(@name, 'lines-0-')]")] == [
        "lines-0-value",
        "lines-0-~row",
    ]
    assert not page.xpath("//main//*[@data-add-row or @data-remove-row]")
    typed = {**line(0, value="1200.50", quantity="99", result="c"), **line(1, value="3"), "outcome": "submit"}
    browse("manager").submit(f"/tasks/{task}", {**typed, "region": "华东"})
    assert [(row["quantity"], row["result"], Decimal(str(row["value"]))) for row in stored()] == [
        (2, "a", Decimal("1200.50")),
        (1, "b", Decimal(3)),
    ]


def test_rows_that_are_left_empty_stay(browse: Browse, task: int) -> None:
    typed = {**line(0, **{"~row": "1"}), **line(1, value="3", **{"~row": "1"}), "outcome": "submit"}
    browse("manager").submit(f"/tasks/{task}", typed)
    assert [(row["customer"], row.get("value") and Decimal(str(row["value"]))) for row in stored()] == [
        ("C001", None),
        ("C002", Decimal(3)),
    ]


def test_the_api_keeps_the_same_rights(app: Flask, task: int) -> None:
    manager = ApiClient(app, "manager")
    shown = manager.get(f"/tasks/{task}")["data"]["lines"]
    assert [sorted(row) for row in shown] == [["address", "customer", "quantity"], ["address", "customer", "quantity"]]
    too_few = {"outcome": "submit", "data": {"lines": [{"value": 5}]}}
    [refused] = manager.post(f"/tasks/{task}/complete", too_few, 422)["errors"]
    assert "不能增加或删除行" in refused["message"]
    data = {"lines": [{"value": 5, "customer": "C003"}, {"value": 6}]}
    manager.post(f"/tasks/{task}/complete", {"outcome": "submit", "data": data})
    assert [row["customer"] for row in stored()] == ["C001", "C002"]


def test_a_column_that_is_not_there_is_named_before_publishing(app: Flask) -> None:
    with pytest.raises(DefinitionError) as refused:
        publish_rows(price={"edit": ["lines/price"]})
    places = [(problem.file, problem.element) for problem in refused.value.problems if problem.severity == "error"]
    assert ("forms/request.json", "price/lines/price") in places
