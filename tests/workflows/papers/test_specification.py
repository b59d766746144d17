"""What is wrong with a paper is named with file and place before it is published."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflows.papers.papers import form_of
from workflows.errors import DefinitionError
from workflows.papers import Paper, check_papers, has_paper, paper_of_form, read_paper

COLUMNS = [{"label": "客户", "field": "customer"}]


def found(paper: dict[str, Any]) -> list[tuple[str, str]]:
    """Place and sentence of each problem of a form's own paper."""
    form = form_of(paper)
    papers = {"application": paper_of_form("application", form)} if has_paper(form) else {}
    problems = list(check_papers(papers, {"application": form}, ["apply", "review"]))
    assert {problem.file for problem in problems} <= {"forms/application.json"}
    return [(problem.element, problem.message) for problem in problems]


def test_a_paper_with_everything_is_fine() -> None:
    paper = {
        "rows": [
            [{"label": "客户", "field": "customer"}, {"label": "地址", "field": "customer", "of": "address"}],
            [{"label": "主管", "step": "review"}, {"label": "空白"}],
            [{"label": "预算", "amounts": "budget", "notes": "notes", "total": "total", "across": True}],
            [
                {
                    "table": "lines",
                    "min_rows": 4,
                    "columns": [*COLUMNS, {"label": "计划", "field": "plan", "choices": ["a", "b"]}],
                }
            ],
            [{"branches": "application", "columns": COLUMNS}],
            [{"text": "a.初次拜访"}],
        ],
        "signatures": [
            {"label": "审核", "step": "review"},
            {"label": "日期", "day": "apply"},
            {"label": "人", "field": "people"},
        ],
        "signature_style": "line",
        "orientation": "landscape",
    }
    assert found(paper) == []


@pytest.mark.parametrize(
    ("block", "place", "part"),
    [
        ({"label": "客户", "field": "client"}, "print/rows/0/0", "“client”不在表单中"),
        ({"label": "客户", "field": "customer", "if": "client"}, "print/rows/0/0", "“client”不在表单中"),
        ({"label": "明细", "field": "lines"}, "print/rows/0/0", "请用表格或分项金额打印"),
        ({"label": "预算", "field": "budget"}, "print/rows/0/0", "请用表格或分项金额打印"),
        ({"label": "日期", "field": "day", "of": "address"}, "print/rows/0/0", "不是从台账中选择的"),
        ({"label": "主管", "step": "sign"}, "print/rows/0/0", "环节“sign”不在流程图中"),
        ({"label": "预算", "amounts": "total"}, "print/rows/0/0", "没有分项金额的字段“total”"),
        ({"label": "预算", "amounts": "budget", "total": "sum"}, "print/rows/0/0", "“sum”不在表单中"),
        ({"table": "people", "columns": COLUMNS}, "print/rows/0/0", "没有可以填写多行的字段“people”"),
        ({"table": "nothing", "columns": COLUMNS}, "print/rows/0/0", "没有可以填写多行的字段“nothing”"),
        ({"table": "lines", "columns": [{"label": "x", "field": "y"}]}, "print/rows/0/0/columns/0", "“y”不在表单中"),
        ({"branches": "visit", "columns": COLUMNS}, "print/rows/0/0", "表单“visit”不存在"),
        ({"field": "customer"}, "print/rows/0/0", "结构不对"),
        ({"label": "客户", "feild": "customer"}, "print/rows/0/0", "结构不对"),
        ({"table": "lines", "columns": []}, "print/rows/0/0/columns", "结构不对"),
        ({"table": "lines", "min_rows": 1000, "columns": COLUMNS}, "print/rows/0/0/min_rows", "结构不对"),
    ],
)
def test_a_block_that_is_wrong_is_named(block: dict[str, Any], place: str, part: str) -> None:
    problems = found({"rows": [[block]]})
    assert [element for element, _message in problems] == [place]
    assert part in problems[0][1]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"signatures": [{"label": "审核", "step": "sign"}]}, "print/signatures/0"),
        ({"signatures": [{"label": "日期", "day": "sign"}]}, "print/signatures/0"),
        ({"signatures": [{"label": "人", "field": "nobody"}]}, "print/signatures/0"),
        ({"signatures": [{"step": "review"}]}, "print/signatures/0"),
        ({"signature_style": "stamp"}, "print/signature_style"),
        ({"orientation": "upside down"}, "print/orientation"),
        ({"rows": [[]]}, "print/rows/0"),
        ({"rows": [[{"label": str(at)} for at in range(5)]]}, "print/rows/0"),
        ({"rows": [[{"text": "甲"}, {"label": "乙"}]]}, "print/rows/0/0"),
        ({"margin": 3}, "print"),
    ],
)
def test_a_paper_that_is_wrong_is_named(changes: dict[str, Any], place: str) -> None:
    assert [element for element, _message in found({"rows": [[{"label": "空白"}]], **changes})] == [place]


def further(**document: Any) -> Paper:
    return read_paper(json.dumps(document).encode(), file="papers/plan.json")


def test_a_further_paper_names_its_form() -> None:
    forms = {"application": form_of({})}
    paper = further(title="计划表", form="application", rows=[[{"label": "客户", "field": "client"}]])
    assert (paper.key, paper.title, paper.landscape) == ("plan", "计划表", False)
    problems = list(check_papers({"plan": paper}, forms, []))
    assert [(problem.file, problem.element) for problem in problems] == [("papers/plan.json", "rows/0/0")]
    nowhere = further(title="计划表", form="plan", rows=[])
    assert "表单“plan”不存在" in next(check_papers({"plan": nowhere}, forms, [])).message


def test_a_further_paper_may_not_take_a_forms_place() -> None:
    paper = read_paper(b'{"title": "x", "form": "application", "rows": []}', file="papers/application.json")
    problems = list(check_papers({"application": paper}, {"application": form_of({})}, []))
    assert [problem.message for problem in problems] == ["单据不能与表单“application”同名"]


@pytest.mark.parametrize("raw", [b"{", b"[]", b"{}", b'{"title": "x", "form": "y"}', b"[" * 5_000, b" " * 200_000])
def test_a_file_that_is_no_paper_is_refused(raw: bytes) -> None:
    with pytest.raises(DefinitionError) as refused:
        read_paper(raw, file="papers/plan.json")
    assert {problem.file for problem in refused.value.problems} == {"papers/plan.json"}


def test_a_form_without_a_paper_that_can_be_read_has_none() -> None:
    assert not has_paper(form_of({}))
    assert not has_paper(form_of({"rows": 5}))
    assert not has_paper(form_of({"rows": [["客户"]]}))
