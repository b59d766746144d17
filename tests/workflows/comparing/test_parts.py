"""What differs between forms, tables, settings, scenarios and English texts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.comparing.conftest import form, written
from workflows.comparing import ADDED, CHANGED, MOVED, REMOVED, Comparison, FileComparison, compare_processes

Files = dict[str, bytes]
FORM, TABLE = "forms/application.json", "decisions/level.dmn"


def compare(files: Files, path: str, raw: bytes) -> FileComparison:
    return the_only(compare_processes(files, {**files, path: raw}))


def the_only(found: Comparison) -> FileComparison:
    assert len(found.files) == 1
    return found.files[0]


def changed(files: Files, change: Any) -> list[tuple[str, str, str, list[tuple[str, str, str]]]]:
    """Kind, sort, name and details of what differs once ``change`` was done to the form."""
    document = form()
    change(document)
    found = compare(files, FORM, written(document))
    return [
        (each.kind, each.sort, str(each.name), [(str(d.what), d.before, d.after) for d in each.details])
        for each in found.changes
    ]


def test_a_field_that_came_went_or_changed(files: Files) -> None:
    def change(document: dict[str, Any]) -> None:
        fields = document["schema"]["properties"]
        fields["note"] = {"type": "string", "title": "备注"}
        del fields["day"]
        document["layout"][0]["fields"].remove(["day", 3])
        fields["amount"]["minimum"] = 10
        document["schema"]["required"] = ["amount", "reason"]

    assert changed(files, change) == [
        (CHANGED, "字段", "事由", [("必填", "", "是")]),
        (CHANGED, "字段", "金额", [("不小于", "0", "10")]),
        (ADDED, "字段", "备注", [("类型", "", "文字")]),
        (REMOVED, "字段", "日期", [("类型", "文字", ""), ("格式", "date", "")]),
    ]


def test_a_column_of_rows_is_a_field_too(files: Files) -> None:
    def change(document: dict[str, Any]) -> None:
        document["schema"]["properties"]["lines"]["items"]["properties"]["item"]["maxLength"] = 20

    assert changed(files, change) == [(CHANGED, "列", "明细 / 项目", [("最多字数", "", "20")])]


def test_a_field_under_another_name_is_the_same_field(files: Files) -> None:
    def change(document: dict[str, Any]) -> None:
        fields = document["schema"]["properties"]
        fields["cause"] = fields.pop("reason")

    found = [each for each in changed(files, change) if each[1] == "字段"]
    assert found == [(CHANGED, "字段", "事由", [("字段名", "reason", "cause")])]


def test_options_are_told_by_what_people_call_them(files: Files) -> None:
    def change(document: dict[str, Any]) -> None:
        document["schema"]["properties"]["reason"] |= {"enum": ["a", "b"], "x-labels": {"a": "出差", "b": "其他"}}

    details = changed(files, change)[0][3]
    assert ("选项", "", "出差、其他") in details


def test_order_width_and_section_are_layout(files: Files) -> None:
    def change(document: dict[str, Any]) -> None:
        document["layout"] = [
            {"title": "基本信息", "fields": [["amount", 4], ["reason", 6], ["day", 3]]},
            {"title": "附表", "folded": True, "fields": [["lines", 12]]},
        ]

    found = changed(files, change)
    assert (MOVED, "版面", "金额", [("宽度", "3", "4"), ("顺序", "2", "1")]) in found
    assert (MOVED, "版面", "明细", [("分组", "基本信息", "附表")]) in found
    assert (ADDED, "分组", "附表", []) in found


def test_a_rule_is_read_with_the_titles_of_fields(files: Files) -> None:
    document = form()
    document["rules"][0]["when"] = "amount > 5000"
    detail = compare(files, FORM, written(document)).changes[0].details[0]
    assert (str(detail.reads_before), str(detail.reads_after)) == ("金额 > 9000", "金额 > 5000")


def test_rights_are_told_by_step_and_field_columns_included(files: Files) -> None:
    def change(document: dict[str, Any]) -> None:
        document["steps"] = {"review": {"edit": ["amount"], "hide": ["lines/item"]}}

    assert changed(files, change) == [
        (CHANGED, "字段权限", "部门经理审批", [("明细 / 项目", "只读", "隐藏"), ("金额", "只读", "可填写")])
    ]


def test_print_is_told_by_its_labels(files: Files) -> None:
    def change(document: dict[str, Any]) -> None:
        document["print"]["rows"].append([{"label": "金额", "field": "amount", "money": True}])
        document["print"]["signatures"][0]["step"] = "gm_review"
        document["print"]["orientation"] = "landscape"

    assert changed(files, change) == [
        (CHANGED, "打印", "纸张方向", [("纸张方向", "", "landscape")]),
        (CHANGED, "打印", "签字：经理", [("签字环节", "review", "gm_review")]),
        (ADDED, "打印", "金额", [("字段", "", "amount"), ("金额", "", "是")]),
    ]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"[" * 100_000, b"\xff"])
def test_a_broken_form_is_compared_as_text(files: Files, raw: bytes) -> None:
    found = compare(files, FORM, raw)
    assert (found.changes, bool(found.lines)) == ((), True)


@pytest.mark.parametrize("value", [None, 3, "x", [], {"a": 1}, [[1]], [{"fields": 3}]])
def test_any_shape_of_a_form_can_be_compared(files: Files, value: Any) -> None:
    for key in form():
        assert compare_processes(files, {**files, FORM: written({**form(), key: value})}).files


# tables


def table(files: Files, *changes: tuple[str, str]) -> FileComparison:
    text = files[TABLE].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return compare(files, TABLE, text.encode())


def test_a_cell_is_told_with_its_column(files: Files) -> None:
    found = table(files, ("(1000..5000]", "(1000..8000]"))
    detail = found.changes[0].details[0]
    assert (str(found.changes[0].name), detail.what, detail.before, detail.after) == (
        "规则 2", "金额", "(1000..5000]", "(1000..8000]"
    )  # fmt: skip
    marked = [(row.kind, [cell.kind for cell in row.cells]) for row in found.grids[0].rows]
    assert marked == [("", ["", ""]), (CHANGED, [CHANGED, ""]), ("", ["", ""])]


def test_an_inserted_rule_leaves_the_others_as_they_were(files: Files) -> None:
    cells = '<inputEntry id="n1"><text>0</text></inputEntry><outputEntry id="n2"><text>"none"</text></outputEntry>'
    new = f'<rule id="new">{cells}</rule>'
    found = table(files, ('<rule id="r1">', new + '<rule id="r1">'))
    assert [(each.kind, str(each.name)) for each in found.changes] == [(ADDED, "规则 1")]
    assert [(row.kind, row.before, row.after) for row in found.grids[0].rows] == [
        (ADDED, None, 1), ("", 1, 2), ("", 2, 3), ("", 3, 4)
    ]  # fmt: skip


def test_a_rule_with_a_new_id_is_found_by_what_it_says(files: Files) -> None:
    found = table(files, ('id="r2"', 'id="other"'), ('"gm"', '"vp"'))
    assert [(each.kind, str(each.name)) for each in found.changes] == [(CHANGED, "规则 2")]


def test_a_moved_rule_and_another_hit_policy(files: Files) -> None:
    text = files[TABLE].decode()
    start, end = text.index('<rule id="r3">'), text.index("</decisionTable>")
    moved = text[:start] + text[end:]
    moved = moved.replace('<rule id="r1">', text[start:end].strip() + '<rule id="r1">').replace("UNIQUE", "FIRST")
    found = compare(files, TABLE, moved.encode())
    assert [(each.kind, each.sort, str(each.name)) for each in found.changes] == [
        (CHANGED, "决策表", "审批级别"), (MOVED, "规则", "规则 1")
    ]  # fmt: skip
    assert (found.changes[0].details[0].before, found.changes[0].details[0].after) == ("唯一命中", "首条命中")


def test_columns_come_go_and_change(files: Files) -> None:
    column = '<input id="i2" label="地区"><inputExpression id="ie2"><text>region</text></inputExpression></input>'
    more = f'{column}<output id="o1"'
    text = files[TABLE].decode().replace('<output id="o1"', more)
    text = text.replace("<outputEntry", '<inputEntry><text>"华东"</text></inputEntry><outputEntry').replace(
        "级别", "审批人"
    )
    found = compare(files, TABLE, text.encode())
    assert [(each.kind, each.sort) for each in found.changes][:3] == [
        (CHANGED, "决策表"), (ADDED, "条件列"), (CHANGED, "结果列")
    ]  # fmt: skip
    assert [(cell.kind, cell.after) for cell in found.grids[0].columns] == [
        ("", "金额"), (ADDED, "地区"), (CHANGED, "审批人")
    ]  # fmt: skip
    assert found.grids[0].inputs == 2


def test_a_broken_table_is_compared_as_text(files: Files) -> None:
    assert compare(files, TABLE, b"<definitions").lines


# the rest


def test_settings_scenarios_and_english(files: Files) -> None:
    found = compare_processes(
        files,
        {
            **files,
            "process.toml": files["process.toml"]
            .replace(b'"again"', b'"once"')
            .replace(b'["*"]', '["客服部"]'.encode()),
            "scenarios/small.toml": files["scenarios/small.toml"].replace(b"completed", b"rejected"),
            "scenarios/new.toml": 'title = "新场景"'.encode(),
            "en.toml": b"",
        },
    )
    assert [str(line.text) for line in found.summary] == [
        "谁可以发起：所有人 → 客服部",
        "同一人连续审批：每次都签 → 只签一次",
        "新增场景“新场景”",
        "场景“小额”：最后状态 completed → rejected",
        "英文文字改动 1 处",
    ]


def test_a_file_written_differently_that_says_the_same_is_no_change(files: Files) -> None:
    spread = files["process.toml"].replace(b" = ", b"   =   ") + b"\n# a note\n"
    assert compare_processes(files, {**files, "process.toml": spread}).is_empty


def test_folders_that_share_nothing_can_be_compared(files: Files) -> None:
    assert {each.kind for each in compare_processes({}, files).files} == {ADDED}
    assert {each.kind for each in compare_processes(files, {}).files} == {REMOVED}
