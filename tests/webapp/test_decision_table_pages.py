"""Decision tables of a draft: the list, what may be done with a table, and what the editor asks the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.database import db
from services.processes.decision_tables import list_tables, study
from services.processes.drafts import Draft, change_files, get_draft
from tests.conftest import MONDAY, find_actor
from tests.support.clients import PoliteClient, token_of
from tests.workflows.decisions.drawing import Column, decision, dmn, literal, table

pytestmark = pytest.mark.usefixtures("app")
Browse = Callable[[str], PoliteClient]
TABLES = "/workbench/hospitality/tables"
OVERSPEND = Path("bpmn/hospitality/decisions/overspend.dmn").read_text()


def draft() -> Draft:
    found = get_draft(db.session(), find_actor("owner"), "hospitality")
    db.session.rollback()
    return found


def change(client: PoliteClient, path: str, **data: Any) -> TestResponse:
    return client.post(TABLES + path, {"revision": draft().revision, **data})


def ask(client: PoliteClient, path: str, body: Any) -> Any:
    token = token_of(client.get("/notices"))
    return client._client.post(f"{TABLES}/{path}", json=body, headers={"X-CSRFToken": token})


# the list


def test_the_list_says_where_each_table_is_used(browse: Browse) -> None:
    page = browse("owner").get(TABLES)
    assert "核对实际支出" in page.text_content()
    assert page.xpath("//a[contains(@href, '/diagram#')]")
    browse("specialist").get(TABLES, 403)


def test_a_new_table_opens_in_the_editor_and_asks_for_its_first_column(browse: Browse) -> None:
    client = browse("owner")
    answer = change(client, "", name="approval_level", title="审批级别")
    assert answer.headers["Location"].endswith("?name=approval_level")
    client.get(answer.headers["Location"])
    entry = next(entry for entry in list_tables(draft().files) if entry.name == "approval_level")
    assert (entry.title, entry.uses) == ("审批级别", ())
    assert "没有表达式" in entry.problem


@pytest.mark.parametrize(
    ("name", "title", "said"),
    [
        ("Level", "审批级别", "小写英文字母开头"),
        ("../x", "审批级别", "小写英文字母开头"),
        ("overspend", "审批级别", "已有这个编号"),
        ("level", "", "请填写决策表的名称"),
        ("level", "超支说明", "已有同名的决策表"),
    ],
)
def test_names_that_cannot_be_are_refused_and_stay_typed(browse: Browse, name: str, title: str, said: str) -> None:
    answer = change(browse("owner"), "", name=name, title=title)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{title}"' in answer.text


def test_a_rename_reaches_the_diagram(browse: Browse) -> None:
    client = browse("owner")
    assert change(client, "/overspend/rename", name="too_much", title="超支的处理").status_code == 303
    files = draft().files
    assert "decisions/overspend.dmn" not in files
    assert b">too_much</spiffworkflow:calledDecisionId>" in files["hospitality.bpmn"]
    entry = next(entry for entry in list_tables(files) if entry.name == "too_much")
    assert (entry.title, [use.name for use in entry.uses]) == ("超支的处理", ["核对实际支出"])


def test_a_copy_is_a_table_of_its_own(browse: Browse) -> None:
    assert change(browse("owner"), "/overspend/copy", name="overspend_2", title="超支说明（新）").status_code == 303
    tables = {entry.name: entry for entry in list_tables(draft().files)}
    assert tables["overspend_2"].rules == tables["overspend"].rules
    assert study(draft().files, "overspend_2", draft().files["decisions/overspend_2.dmn"])["problems"] == []


def test_a_table_in_use_is_not_deleted(browse: Browse) -> None:
    client = browse("owner")
    answer = change(client, "/overspend/delete")
    assert answer.status_code == 409
    assert "“核对实际支出”还在使用这张决策表" in answer.text
    change(client, "/overspend/copy", name="spare", title="备用")
    assert change(client, "/spare/delete").status_code == 303
    assert "decisions/spare.dmn" not in draft().files


def test_a_table_that_the_program_asks_by_name_stays(browse: Browse) -> None:
    client = browse("owner")
    answer = client.post("/workbench/gift/tables/benefit_limit/delete", {"revision": 0})
    assert answer.status_code == 409
    assert "按名称使用这张决策表" in answer.text


def test_what_somebody_else_changed_meanwhile_is_not_deleted(browse: Browse) -> None:
    client = browse("owner")
    change(client, "/overspend/copy", name="spare", title="备用")
    before = draft().revision
    changed = draft().files["decisions/spare.dmn"].replace("未超支".encode(), "没有超支".encode())
    change_files(find_actor("owner"), "hospitality", {"decisions/spare.dmn": changed}, revision=before, now=MONDAY)
    answer = client.post(f"{TABLES}/spare/delete", {"revision": before})
    assert answer.status_code == 409
    assert "decisions/spare.dmn" in draft().files


# the editor


def test_a_forgotten_case_comes_with_the_cells_of_its_rule(browse: Browse) -> None:
    found = ask(browse("owner"), "overspend/study", {"text": OVERSPEND.replace("]0..100]", "]0..80]")}).json
    told = found["tables"]["overspend"]
    assert told["gaps"] == [{"words": "80 < 超出批准金额（元） ≤ 100", "weak": False, "cells": {"0": "(80..100]"}}]
    assert told["overlaps"] == []
    assert [ask["title"] for ask in told["asks"]] == ["合计（客户招待申请表）", "合计（客户招待报告表）"]


def test_rules_that_overlap_are_named_by_their_ids(browse: Browse) -> None:
    found = ask(browse("owner"), "overspend/study", {"text": OVERSPEND.replace("]0..100]", "]0..200]")}).json
    pairs = [(each["first"], each["second"]) for each in found["tables"]["overspend"]["overlaps"]]
    assert pairs == [("small_amount", "small_share"), ("small_amount", "explain")]


def test_a_cell_that_only_full_feel_knows_is_refused_at_the_cell(browse: Browse) -> None:
    text = OVERSPEND.replace("]0..100]", 'string length(?) > 3 and date("2026-02-30") = ?')
    problems = ask(browse("owner"), "overspend/study", {"text": text}).json["problems"]
    assert [problem["element"] for problem in problems] == ["small_amount_amount"]
    assert "第 2 条规则“超出批准金额（元）”" in problems[0]["message"]
    text = OVERSPEND.replace("]0..100]", "upper case(?) = 3")
    problems = ask(browse("owner"), "overspend/study", {"text": text}).json["problems"]
    assert "S-FEEL" in problems[0]["message"]


@pytest.mark.parametrize(
    "text",
    ["", "<a>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<a>" * 50_000, OVERSPEND.replace("decision>", "x>", 1)],
)
def test_a_hostile_file_is_told_with_its_line_and_nothing_is_lost(browse: Browse, text: str) -> None:
    client = browse("owner")
    answer = ask(client, "overspend/study", {"text": text})
    assert answer.status_code == 200
    assert answer.json["problems"]
    assert draft().files["decisions/overspend.dmn"] == OVERSPEND.encode()
    for body in (None, [], {"text": 5}, {"text": "x" * 1_000_001}):
        assert ask(client, "overspend/study", body).status_code == 400


def test_boundary_values_and_choices_are_offered() -> None:
    found = study(draft().files, "over_budget", draft().files["decisions/over_budget.dmn"])
    (ask,) = found["tables"]["over_budget"]["asks"]
    assert (ask["title"], ask["type"]) == ("超出预算的金额", "number")
    assert [each["value"] for each in ask["boundaries"]] == ["-1", "0", "1"]


def test_a_trial_says_the_result_the_rule_and_the_cells(browse: Browse) -> None:
    values = {"spend_total": "1,100", "budget_total": "1000"}
    body = {"text": OVERSPEND, "decision": "overspend", "values": values}
    told = ask(browse("owner"), "overspend/try", body).json
    assert told["outputs"] == [{"name": "overspend_step", "label": "须说明", "value": "none"}]
    assert told["fired"] == [2]
    assert told["met"][1] == [True, True]
    assert told["met"][0] == [False, True]


def test_a_trial_refuses_what_is_no_such_value(browse: Browse) -> None:
    text = dmn(decision("D", table([Column("a", "number"), Column("b", "boolean")], [Column("o")], [["-", "-", "1"]])))
    body = {"text": text.decode(), "decision": "D", "values": {"a": "viel", "b": "maybe"}}
    answer = ask(browse("owner"), "overspend/try", body)
    assert answer.status_code == 422
    assert answer.json["errors"] == {"a": ["请填写数字"], "b": ["请选择是或否"]}


def test_a_file_of_several_decisions_is_studied_table_by_table() -> None:
    inner = decision("Risk", table([Column("a", "number")], [Column("Risk")], [["<= 5", "1"], ["> 5", "2"]]))
    outer = decision("D", literal("Risk + 1"), requires=["Risk"])
    found = study(draft().files, "D", dmn(inner, outer))
    assert found["problems"] == []
    assert set(found["tables"]) == {"Risk", "D"}
    assert [ask["name"] for ask in found["tables"]["D"]["asks"]] == ["a"]
