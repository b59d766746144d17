"""What stands on a paper."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.papers.papers import composed, signature, texts
from workflows.papers.document import UNITS

NUMBER = {"label": "序号", "number": True}
CUSTOMER = {"label": "客户", "field": "customer"}
VALUE = {"label": "价值(元)", "field": "value", "money": True, "total": True}


def test_cells_show_values_as_people_write_them() -> None:
    cells = [[{"label": name, "field": name}] for name in ("customer", "day", "people", "urgent", "plan")]
    paper = composed(cells, customer="C001", day="2026-11-26", people=["周总", "钱工"], urgent=True, plan="b")
    assert texts(paper) == [
        ["customer", "上海晨光科技有限公司"],
        ["day", "2026 年 11 月 26 日"],
        ["people", "周总、钱工"],
        ["urgent", "是"],
        ["plan", "处理问题"],
    ]


def test_a_cell_shows_what_the_register_knows_behind_a_code() -> None:
    row = [
        {"label": "地址", "field": "customer", "of": "address"},
        {"label": "距离", "field": "customer", "of": "distance_km"},
    ]
    assert texts(composed([row], customer="C001")) == [["地址", "浦东新区世纪大道 100 号", "距离", ""]]
    assert texts(composed([row], customer="C999")) == [["地址", "", "距离", ""]]


def test_a_row_that_depends_on_a_field_is_left_out_without_it() -> None:
    rows = [[{"label": "日期", "field": "day"}], [{"label": "加急", "field": "urgent", "if": "urgent"}]]
    assert len(texts(composed(rows))) == 1
    assert len(texts(composed(rows, urgent=True))) == 2


def test_every_row_is_as_wide_as_the_paper() -> None:
    rows: list[list[dict[str, Any]]] = [[{"label": str(number)} for number in range(count)] for count in (1, 2, 3, 4)]
    rows.append([{"label": "预算", "amounts": "budget", "notes": "notes", "total": "total"}])
    rows.append([{"label": "预算", "amounts": "budget", "total": "total", "across": True}])
    for count in range(1, 17):
        rows.append([{"table": "lines", "columns": [{**CUSTOMER, "label": f"第{at}列"} for at in range(count)]}])
    paper = composed(rows, filled={"paper": {"signatures": [{"label": "甲"}, {"label": "乙"}, {"label": "丙"}]}})
    for grid in paper.grids:
        above: list[tuple[int, int]] = []
        for row in grid.rows:
            held = sum(span for span, _left in above)
            assert held + sum(cell.span for cell in row) == UNITS
            above = [(span, left - 1) for span, left in above if left > 1]
            above += [(cell.span, cell.rows - 1) for cell in row if cell.rows > 1]


def test_a_table_numbers_its_lines_and_fills_up_with_blank_ones() -> None:
    block = {"table": "lines", "min_rows": 3, "columns": [NUMBER, CUSTOMER, {"label": "日期", "field": "day"}]}
    paper = composed([[block]], lines=[{"customer": "C001", "day": "2026-11-26"}])
    assert texts(paper) == [
        ["序号", "客户", "日期"],
        ["1", "上海晨光科技有限公司", "2026-11-26"],
        ["2", "", ""],
        ["3", "", ""],
    ]
    assert paper.grids[0].head == 1


def test_a_total_of_money_is_followed_by_its_capital_amount() -> None:
    lines = [
        {"customer": "C001", "count": 2, "value": "1280.50"},
        {"customer": "C001", "count": 3, "value": Decimal("128.5")},
    ]
    block = {"table": "lines", "columns": [NUMBER, CUSTOMER, {"label": "数量", "field": "count", "total": True}, VALUE]}
    assert texts(composed([[block]], lines=lines))[-1] == ["合计", "大写：壹仟肆佰零玖元整", "5", "1,409.00"]
    block = {"table": "lines", "columns": [CUSTOMER, VALUE]}
    assert texts(composed([[block]], lines=lines))[-1] == ["合计", "1,409.00\n壹仟肆佰零玖元整"]
    assert texts(composed([[block]]))[-1] == ["合计", "0.00\n零元整"]


def test_choices_are_all_printed_and_the_chosen_one_is_marked() -> None:
    block = {"table": "lines", "min_rows": 2, "columns": [{"label": "计划", "field": "plan", "choices": ["a", "b"]}]}
    assert texts(composed([[block]], lines=[{"plan": "b"}])) == [["计划"], ["a  √b"], ["a  b"]]


def test_amounts_stand_below_or_beside_each_other() -> None:
    block = {"label": "预算", "amounts": "budget", "total": "total"}
    values = {"budget": {"meal": "2600.5"}, "total": "2600.5"}
    assert texts(composed([[block]], **values)) == [
        ["预算", "项目", "金额(元)"],
        ["用餐", "2,600.50"],
        ["礼品", ""],
        ["合计", "2,600.50\n贰仟陆佰元伍角整"],
    ]
    assert texts(composed([[{**block, "across": True}]], **values)) == [
        ["预算", "", "用餐", "礼品", "合计"],
        ["金额(元)", "2,600.50", "", "2,600.50"],
        ["大写", "贰仟陆佰元伍角整"],
    ]


def test_notes_stand_beside_their_amounts_or_all_beside_the_total() -> None:
    block = {"label": "支出", "head": "费用项目", "amounts": "budget", "notes": "notes", "total": "total"}
    paper = texts(composed([[block]], budget={"meal": 1}, notes={"meal": "两桌"}, total=1))
    assert paper[0] == ["支出", "费用项目", "金额(元)", "备注"]
    assert paper[1] == ["用餐", "1.00", "两桌"]
    assert texts(composed([[block]], budget={"meal": 1}, notes="见附件", total=1))[-1][-1] == "见附件"


def test_a_paper_lists_the_forms_of_all_branches() -> None:
    block = {"branches": "application", "columns": [NUMBER, CUSTOMER]}
    branches = {"application": [{"customer": "C001"}, {"customer": "C002"}]}
    paper = composed([[block]], further=True, filled={"branches": branches})
    assert texts(paper)[1:] == [["1", "上海晨光科技有限公司"], ["2", "C002"]]
    assert paper.title == "计划表"


SIGNED = {
    "review": [
        signature("李慧", outcome="approve", on_behalf_of="王雅琴"),
        signature("郑国栋", outcome="reject", comment="年末控制，暂缓"),
    ]
}


def test_a_signature_shows_opinion_name_time_and_whom_it_stands_for() -> None:
    paper = composed([], filled={"signatures": SIGNED, "paper": {"signatures": [{"label": "审核", "step": "review"}]}})
    assert texts(paper)[1] == ["同意\n李慧 代 王雅琴\n2026-11-23 09:30\n驳回：年末控制，暂缓\n郑国栋\n2026-11-23 09:30"]


def test_a_signature_of_another_outcome_says_what_the_process_calls_it() -> None:
    given = {"review": [signature("赵敏", outcome="given", answer="已赠出")]}
    paper = composed([], filled={"signatures": given, "paper": {"signatures": [{"label": "确认", "step": "review"}]}})
    assert texts(paper)[1][0].startswith("已赠出\n赵敏")


@pytest.mark.parametrize(("style", "first"), [("line", False), ("heading", True)])
def test_papers_are_signed_on_lines_too(style: str, first: bool) -> None:
    places = [{"label": "主管", "step": "review"}, {"label": "填表人", "field": "customer"}, {"label": "经理"}]
    made = {"signature_style": style, "signatures": places}
    paper = composed([], filled={"signatures": SIGNED, "paper": made}, customer="C001")
    assert paper.line_first is first
    assert paper.grids == ()
    assert [(place.label, [words.text for words in place.words]) for place in paper.line] == [
        ("主管", ["李慧 代 王雅琴", "2026-11-23", "郑国栋", "驳回 2026-11-23 年末控制，暂缓"]),
        ("填表人", ["上海晨光科技有限公司"]),
        ("经理", []),
    ]


def test_a_place_for_the_day_takes_it_from_the_signature() -> None:
    places = [{"label": "填表人", "step": "apply"}, {"label": "填写日期", "day": "apply"}]
    made = {"signature_style": "line", "signatures": places}
    paper = composed([], filled={"signatures": {"apply": [signature("陈晓明")]}, "paper": made})
    assert [[words.text for words in place.words] for place in paper.line] == [["陈晓明"], ["2026 年 11 月 23 日"]]


def test_a_signature_may_stand_among_the_cells() -> None:
    paper = composed([[{"label": "主管", "step": "review"}]], filled={"signatures": {"review": [signature("李慧")]}})
    assert texts(paper) == [["主管", "李慧\n2026-11-23"]]


@pytest.mark.parametrize(
    ("status", "state", "stamp"),
    [
        ("running", "未完成", ""),
        ("failed", "未完成", ""),
        ("completed", "", ""),
        ("rejected", "", "已驳回"),
        ("withdrawn", "", "已撤回"),
        ("cancelled", "", "已撤销"),
    ],
)
def test_a_paper_says_what_became_of_its_case(status: str, state: str, stamp: str) -> None:
    paper = composed([], filled={"status": status})
    assert (paper.state, paper.stamp) == (state, stamp)


def test_what_no_printer_prints_is_left_out() -> None:
    paper = composed(
        [[{"label": "客户", "field": "customer"}]], customer="甲\x00\x07乙\u202e丙\u200b\ufeff\ud800丁\r\n戊"
    )
    assert texts(paper) == [["客户", "甲乙丙丁\n戊"]]


def test_values_of_another_kind_than_the_form_says_are_shown_and_do_no_harm() -> None:
    rows = [
        [{"label": "日期", "field": "day"}],
        [{"label": "预算", "amounts": "budget", "total": "total"}],
        [{"table": "lines", "columns": [CUSTOMER, VALUE]}],
    ]
    paper = composed(rows, day="明天", budget="没有", total="1e999999", lines=["不是行", {"value": "很多"}])
    assert texts(paper)[0] == ["日期", "明天"]
    assert texts(paper, 1)[-1] == ["合计", "1e999999"]
    assert texts(paper, 2)[1:] == [["", "很多"], ["合计", "0.00\n零元整"]]
