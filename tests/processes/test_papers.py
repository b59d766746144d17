"""The papers that the company's documents show: their titles, labels in order and places to sign, word for word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workflows.definition import ProcessDefinition, read_folder, read_process
from workflows.papers import Cell, Document, Filled, compose, customer_paper

BPMN = Path(__file__).parents[2] / "bpmn"
_THREE = ("客户服务部经理审核", "总经理审核", "财务部审核")
PAPERS = {
    ("hospitality", "application"): (
        "客户招待申请表",
        *("申请人", "部门", "申请日期", "客户名称", "宴请场所", "宴请日期", "客户方面同席人员", "本公司同席人员"),
        *("招待费用预算", "会议", "用餐", "交通", "礼品", "其他", "合计", "金额(元)", "大写"),
        *("招待事宜安排人员", "实际支出额(元)", "招待目的", "费用说明", "注意事项", *_THREE),
    ),
    ("hospitality", "report"): (
        "客户招待报告表",
        *(
            "客户名称",
            "招待日期",
            "报告人",
            "招待目的",
            "招待地点",
            "报告时间",
            "客户同席人员名单",
            "本公司同席人员名单",
        ),
        *("支出费用报告", "项目", "金额(元)", "备注", "会议", "用餐", "住宿", "礼品", "交通费", "合计"),
        *("想要搜集的信息", "注意事项", "接待效果", "如何用于今后的活动", *_THREE),
    ),
    ("gift_plan", "plan"): (
        "礼品馈赠计划表",
        *(
            "客户名称",
            "从事行业",
            "负责人姓名",
            "合作现状",
            "馈赠目的",
            "礼品名称",
            "礼品数量",
            "预算价值(元)",
            "备注",
            "合计",
        ),
        *("经理", "主管", "填表人", "填写日期"),
    ),
    ("gift", "application"): (
        "礼品馈赠申请表",
        *("礼品馈赠申请部门", "礼品管理部门", "馈赠日期"),
        *("馈赠对象", "礼品收受人员", "礼品名称", "数量", "价值(元)", "备注", "合计"),
        *("填表人", "部门主管", "礼品管理人员", "办公室主任", "副经理"),
    ),
    ("visit", "plan"): (
        "客户联络计划表",
        *("序号", "客户名称", "地址", "联系方式", "联络人员", "联络时间", "联络目的", "联络地点", "主管", "部门经理"),
    ),
    ("visit", "reservations"): (
        "客户联系预定表",
        *("序号", "日期", "客户名称", "具体时间", "负责人", "针对部门", "备注"),
    ),
    ("visit", "visit_record"): (
        "客户拜访记录表",
        *("制表", "填写日期", "客户名称", "详细地址", "拜访对象", "注意事项", "已解决的问题", "以后应注意的事项"),
    ),
    ("visit", "daily_report"): (
        "客户拜访日报表",
        *("日期", "星期", "填表人", "主管", "部门经理", "经理", "费用项目", "金额(元)", "备注", "合计"),
        *("客户", "面谈者", "商谈计划(选择)", "面谈概要", "成果(选择)"),
        *("本日拜访数目", "本日处理问题", "本日未处理问题", "同行者"),
    ),
}
"""Where a paper adds up money, 合计 and 大写 are said."""
# items of amounts are written as what is filled in, on the same line as their amount
_ITEMS = frozenset({"会议", "用餐", "住宿", "礼品", "交通费"})


def definition(key: str) -> ProcessDefinition:
    return read_process(read_folder(BPMN / key))


def empty(process: ProcessDefinition, name: str) -> Document:
    return compose(process.papers[name], process.forms, Filled(number="", status="completed", values={}))


def labels(paper: Document) -> Iterator[str]:
    """Title, labels and places to sign in the order in which they are read."""
    yield paper.title
    line = [place.label for place in paper.line]
    yield from line if paper.line_first else ()
    cells: Iterator[Cell] = (cell for grid in paper.grids for row in grid.rows for cell in row)
    yield from (text for cell in cells if (text := "".join(cell.text.split())) and (cell.label or text in _ITEMS))
    yield from () if paper.line_first else line


@pytest.mark.parametrize(("key", "name"), PAPERS)
def test_a_paper_is_as_the_documents_show_it(key: str, name: str) -> None:
    assert tuple(labels(empty(definition(key), name))) == PAPERS[key, name]


def test_the_daily_report_prints_its_choices_to_be_marked() -> None:
    shown = [
        cell.text for grid in empty(definition("visit"), "daily_report").grids for row in grid.rows for cell in row
    ]
    assert shown.count("a  b  c") >= 2
    assert shown.count("A  B  C  D  E") >= 2
    legend = next(text for text in shown if text.startswith("a.初次拜访"))
    choices = (
        "a.初次拜访",
        "b.处理问题",
        "c.建立关系",
        "A.商谈成功",
        "B.有希望",
        "C.再度访问",
        "D.无希望",
        "E.继续观察",
    )
    assert tuple(legend.split()) == choices


def test_the_customer_register_has_its_paper() -> None:
    assert tuple(labels(customer_paper([]))) == (
        "客户地址分类表",
        *("序号", "客户名称", "编号", "地址", "与公司之间的距离", "经营类别", "不宜拜访时间", "备注"),
    )


@pytest.mark.parametrize("key", sorted(path.parent.name for path in BPMN.glob("*/process.toml")))
def test_every_paper_of_the_library_can_be_made_of_nothing(key: str) -> None:
    process = definition(key)
    for name in process.papers:
        assert empty(process, name).title == process.papers[name].title
