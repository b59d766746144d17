"""What is said of a folder place by place: names, kinds, choices, gateways, operations, unused parts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support.folders import REQUEST, asking, calling, deciding, folder, form, table
from tests.workflows.checks.diagrams import Diagram, properties
from workflows.checks.folder import check_folder
from workflows.checks.known import Known, OperationWords, Parameter
from workflows.errors import Problem

KNOWN = Known(
    operations={
        "reserve": OperationWords(
            title="占用预算",
            parameters=(Parameter(name="amount", title="金额"), Parameter(name="day", title="日期", required=False)),
            gives={"reserved": "占用额"},
            kinds={"reserved": "number"},
        ),
        "remind": OperationWords(title="提醒", parameters=(Parameter(name="step", title="环节"),)),
    }
)


def found(files: Mapping[str, bytes]) -> list[Problem]:
    return check_folder(files, KNOWN)


def said(files: Mapping[str, bytes], severity: str = "error") -> list[tuple[str, str]]:
    return [(each.element, each.message) for each in found(files) if each.severity == severity]


def only(files: Mapping[str, bytes], severity: str = "error") -> tuple[str, str]:
    [one] = said(files, severity)
    return one


def test_a_folder_in_order_is_left_in_peace() -> None:
    assert found(folder(deciding("outcome == 'reject'"))) == []


# names


def test_an_unknown_name_is_told_with_what_comes_near() -> None:
    element, message = only(folder(deciding("amout > 100")))
    assert element == "way1"
    assert "“amout”没有来源" in message
    assert "是不是“金额（amount）”？" in message


def test_a_name_that_only_another_branch_gives_is_told_with_the_way() -> None:
    diagram = Diagram(lane="总经理").start().user("apply").choice("g", default="g_plain").script("plain", "y = 1")
    diagram.script("counted", "bonus = 5").choice("join").choice("h", default="h_end").end().end("other")
    diagram.chain("start", "apply", "g").flow("g", "plain").flow("g", "counted", "amount > 100")
    diagram.chain("plain", "join").chain("counted", "join").chain("join", "h")
    diagram.flow("h", "other", "bonus > 3").flow("h", "end")
    [problem] = [each for each in found(folder(diagram)) if "可能还没有" in each.message]
    assert problem.severity == "warning"
    assert "“bonus”" in problem.message
    assert "“counted”" in problem.message
    assert problem.way == (
        "start",
        "start_apply",
        "apply",
        "apply_g",
        "g",
        "g_plain",
        "plain",
        "plain_join",
        "join",
        "join_h",
        "h",
    )


def test_a_name_with_a_value_from_the_start_is_always_there() -> None:
    diagram = deciding("bonus > 3")
    assert said(folder(diagram, "[variables]\nbonus = 0\n"), "warning") == []


def test_branches_that_come_together_bring_what_each_gave() -> None:
    diagram = Diagram(lane="总经理").start().user("apply").parallel("split", "join").script("a", "x = 1")
    diagram.script("b", "y = 2").choice("g", default="g_end").end().end("other").chain("start", "apply", "split")
    diagram.chain("split", "a", "join").chain("split", "b", "join", "g").flow("g", "other", "x > y").flow("g", "end")
    assert found(folder(diagram)) == []


def test_a_table_that_is_asked_too_early_takes_the_name_for_empty() -> None:
    diagram = Diagram(lane="总经理").start().node("businessRuleTask", "rule", asking("level"), name="定级")
    diagram.user("apply").end().chain("start", "rule", "apply", "end")
    element, message = only(folder(diagram, decisions__level=table({"< 100": "a", ">= 100": "b"})), "warning")
    assert element == "rule"
    assert "决策表“level”会把它当作空" in message


def test_computed_fields_see_their_form_alone() -> None:
    fields = {
        **REQUEST,
        "total": {"type": "number", "title": "合计", "readOnly": True, "x-compute": "amount + reserved"},
    }
    files = folder(deciding("outcome == 'reject'"), 'provides = ["reserved"]\n')
    files["forms/apply.json"] = form(fields=fields)
    element, message = only(files)
    assert element == "total"
    assert "计算只能用本表单的字段" in message


# kinds and choices


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("amount > '100'", "两者不能比大小"),
        ("amount == '100'", "数字不要加引号"),
        ("day > 100", "“日期（day）”是日期"),
        ("day > 'soon'", "日期要写成"),
        ("kind == 'gifts'", "是不是“礼品（gift）”？"),
        ("kind in ['meal', 'gifd']", "是不是“礼品（gift）”？"),
        ("outcome == 'aprove'", "是不是“同意（approve）”？"),
        ("'rejct' == outcome", "是不是“驳回（reject）”？"),
        ("outcome == 'postponed'", "没有“postponed”这个值"),
    ],
)
def test_what_can_never_be_is_an_error(condition: str, told: str) -> None:
    assert told in " ".join(message for _element, message in said(folder(deciding(condition))))


@pytest.mark.parametrize(
    "condition",
    ["amount > 100", "day > today()", "kind == 'gift'", "kind != ''", "note == 'anything'", "day > '2026-05-01'"],
)
def test_what_fits_together_is_not_told(condition: str) -> None:
    assert said(folder(deciding(condition))) == []


def test_the_answer_of_a_table_is_one_of_its_own() -> None:
    diagram = Diagram(lane="总经理").start().user("apply").node("businessRuleTask", "rule", asking("level"))
    diagram.choice("g", default="g_end").end().end("other").chain("start", "apply", "rule", "g")
    diagram.flow("g", "other", "level == 'hi'").flow("g", "end")
    files = folder(diagram, decisions__level=table({"< 100": "low", ">= 100": "high"}))
    assert "决策表“level”给出" in only(files)[1]


@pytest.mark.parametrize(
    ("due", "told"), [("5", "数字"), ("'tomorrow'", "文字"), ("day", "日期"), ("today()", "日期"), ("work_days(2)", "")]
)
def test_a_due_time_is_a_moment(due: str, told: str) -> None:
    diagram = Diagram(lane="总经理").start().user("apply").user("b", properties(form="apply", due=due), name="审核")
    found_ = said(folder(diagram.end().chain("start", "apply", "b", "end")))
    assert [told in message and "不是时刻" in message for _element, message in found_] == [True] * bool(told)


# gateways


def test_a_case_that_no_flow_takes_is_spelled_out() -> None:
    files = folder(deciding("amount > 1000", "amount < 1000", default=""))
    assert any(
        "当“金额（amount）”为 1000时，没有一条连线的条件成立" in text.replace("为1000", "为 1000")
        for _e, text in said(files)
    )


def test_two_flows_that_claim_the_same_case_are_told_with_it() -> None:
    element, message = only(folder(deciding("amount > 1000", "kind == 'gift'")), "warning")
    assert element == "g"
    assert "只会走前面一条" in message
    assert "“礼品（gift）”" in message


def test_a_flow_that_nothing_takes_is_told() -> None:
    assert "永远不会成立" in only(folder(deciding("amount > 1000 and amount < 500")), "warning")[1]
    assert "永远轮不到" in only(folder(deciding("amount > 500", "amount > 1000")), "warning")[1]
    assert "默认连线" in only(folder(deciding("amount > 500", "amount <= 500")), "warning")[1]


def test_an_optional_number_that_a_condition_needs_is_told() -> None:
    assert "“小费（tip）”可以不填" in only(folder(deciding("tip > 10")), "warning")[1]
    assert said(folder(deciding("tip and tip > 10")), "warning") == []


def test_ranges_that_lie_beside_each_other_are_fine() -> None:
    assert found(folder(deciding("amount > 1000", "amount > 500 and amount <= 1000"))) == []


# operations, forms, tables


def test_an_operation_gets_what_it_needs() -> None:
    assert "缺少参数“金额（amount）”" in only(folder(calling("reserve")))[1]
    assert "是不是“金额（amount）”" in only(folder(calling("reserve", amount="amount", amont="1")), "warning")[1]
    assert "是不是“占用预算（reserve）”" in only(folder(calling("reserv", amount="amount")))[1]
    assert "是不是“填写申请（apply）”" in only(folder(calling("remind", step="'aply'")))[1]
    assert found(folder(calling("reserve", amount="amount"))) == []


def test_what_nothing_uses_is_told() -> None:
    files = folder(deciding("outcome == 'reject'"), forms__spare=form("spare"), decisions__level=table({"-": "a"}))
    assert "没有环节使用" in only(files, "warning")[1]
    assert "没有用到决策表" in only(files, "info")[1]


def test_rights_of_a_step_that_does_not_use_the_form_are_told() -> None:
    files = folder(deciding("outcome == 'reject'"), forms__other=form("other", steps={"apply": {"hide": ["note"]}}))
    assert any("不用这张表单" in message for _element, message in said(files, "warning"))
