"""What differs between two diagrams, said as a process owner would."""

from __future__ import annotations

import pytest

from workflows.comparing import ADDED, CHANGED, DRAWING, MOVED, REMOVED, WHEN, Change, Comparison, compare_processes

Files = dict[str, bytes]


def with_diagram(files: Files, *changes: tuple[str, str]) -> Files:
    text = files["leave.bpmn"].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {**files, "leave.bpmn": text.encode()}


def compare(files: Files, *changes: tuple[str, str]) -> Comparison:
    return compare_processes(files, with_diagram(files, *changes))


def by_place(found: Comparison) -> dict[str, Change]:
    assert found.diagram is not None
    return {change.place: change for change in found.diagram.changes}


def said(found: Comparison) -> list[str]:
    return [str(line.text) for line in found.summary]


def test_nothing_differs_from_itself(files: Files) -> None:
    found = compare_processes(files, dict(files))
    assert (found.is_empty, found.summary, found.flag) == (True, (), "")


def test_a_due_time_is_said_in_working_days(files: Files) -> None:
    found = compare(files, ("work_days(1)", "work_days(2)"))
    detail = by_place(found)["review"].details[0]
    assert (detail.what, detail.before, detail.after, detail.weight) == (
        "办理期限",
        "work_days(1)",
        "work_days(2)",
        WHEN,
    )
    assert (str(detail.reads_before), str(detail.reads_after)) == ("1 个工作日", "2 个工作日")
    assert said(found) == ["“部门经理审批”的办理期限：1 个工作日 → 2 个工作日"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            ("amount &gt; 5000", "amount &gt;= 8000"),
            "“大额”（从“金额大？”到“总经理审批”）的条件：金额 > 5000 → 金额 ≥ 8000",
        ),
        (('"approve,reject"', '"approve"'), "“部门经理审批”的可选结果：同意、驳回 → 同意"),
        (
            ('"work_days(1)"', '"before(day, 4)"'),
            "“部门经理审批”的办理期限：1 个工作日 → “日期”之前 4 个工作小时",
        ),
        (('name="总经理审批"', 'name="总经理终审"'), "人工任务“总经理审批”改名为“总经理终审”"),
        (
            ('default="to_end"', 'default="to_gm"'),
            "“金额大？”的默认走向：从“金额大？”到“结束” → “大额”（从“金额大？”到“总经理审批”）",
        ),
        (
            ('sourceRef="apply" targetRef="review"', 'sourceRef="apply" targetRef="large"'),
            "从“填写申请”到“金额大？”的去向：部门经理审批 → 金额大？",
        ),
        (('name="总经理">', 'name="董事长">'), "“总经理审批”改由 董事长 办理（原为 总经理）"),
    ],
)
def test_a_change_is_one_sentence(files: Files, change: tuple[str, str], sentence: str) -> None:
    assert sentence in said(compare(files, change))


def test_a_new_step_is_told_with_its_post_and_its_lines_are_not(files: Files) -> None:
    line = '<bpmn:sequenceFlow id="audit_to_end" sourceRef="audit" targetRef="end" />'
    found = compare(
        files,
        ('<bpmn:flowNodeRef>gm_review', "<bpmn:flowNodeRef>audit</bpmn:flowNodeRef><bpmn:flowNodeRef>gm_review"),
        ('<bpmn:endEvent id="end"', '<bpmn:userTask id="audit" name="审计复核" /><bpmn:endEvent id="end"'),
        ('sourceRef="gm_review" targetRef="end" />', 'sourceRef="gm_review" targetRef="audit" />' + line),
    )  # fmt: skip
    assert said(found) == ["新增环节“审计复核”（总经理）", "从“总经理审批”到“审计复核”的去向：结束 → 审计复核"]
    kinds = {place: change.kind for place, change in by_place(found).items()}
    assert kinds == {"audit": ADDED, "gm_to_end": CHANGED, "audit_to_end": ADDED}


def test_a_step_that_went_is_told(files: Files) -> None:
    found = compare_processes(
        with_diagram(files, ('<bpmn:endEvent id="end"', '<bpmn:userTask id="x" name="多余" /><bpmn:endEvent id="end"')),
        files,
    )
    assert by_place(found)["x"].kind == REMOVED
    assert said(found) == ["删除人工任务 多余"]


def test_a_step_under_another_id_is_the_same_step(files: Files) -> None:
    text = files["leave.bpmn"].decode().replace("gm_review", "gm_sign").replace('id="gm_to_end"', 'id="other"')
    found = compare_processes(files, {**files, "leave.bpmn": text.encode()})
    changes = by_place(found)
    assert {place: change.kind for place, change in changes.items()} == {"gm_sign": CHANGED, "other": CHANGED}
    assert changes["gm_sign"].place_before == "gm_review"


def test_what_was_only_drawn_elsewhere_is_flagged_as_harmless(files: Files) -> None:
    found = compare(files, ('bpmnElement="review"><dc:Bounds x="400"', 'bpmnElement="review"><dc:Bounds x="430"'))
    assert by_place(found)["review"].kind == MOVED
    assert (found.flag, said(found)) == (DRAWING, ["1 个元素只调整了图形，走法不变"])


def test_pushing_the_whole_drawing_moves_nothing(files: Files) -> None:
    found = compare(
        files,
        ('x="100" y="100"', 'x="140" y="100"'),
        ('x="200" y="80"', 'x="240" y="80"'),
        ('x="400" y="80"', 'x="440" y="80"'),
        ('x="136" y="118"', 'x="176" y="118"'),
        ('x="200" y="118"', 'x="240" y="118"'),
    )
    assert found.is_empty


def test_the_most_consequential_comes_first(files: Files) -> None:
    found = compare(
        files,
        ('name="开始"', 'name="发起"'),
        ('x="100" y="100"', 'x="100" y="160"'),
        ("amount &gt; 5000", "amount &gt; 6000"),
        ("work_days(1)", "work_days(2)"),
        ('"approve,reject"', '"approve"'),
    )
    assert [line.weight for line in found.summary] == ["who", "when", "way", "wording"]


def test_unknown_parts_of_an_element_are_told_too(files: Files) -> None:
    found = compare(
        files,
        ('<bpmn:userTask id="gm_review" name="总经理审批" />',
         '<bpmn:userTask id="gm_review" name="总经理审批" foo="1"><bpmn:ioSpecification id="io" /></bpmn:userTask>'),
    )  # fmt: skip
    assert [str(detail.what) for detail in by_place(found)["gm_review"].details] == ["属性 foo", "内容 ioSpecification"]


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe<", b"<a/>", b"<!DOCTYPE x [<!ENTITY e 'x'>]><x>&e;</x>"])
def test_a_broken_diagram_is_compared_as_text(files: Files, raw: bytes) -> None:
    found = compare_processes(files, {**files, "leave.bpmn": raw})
    assert found.diagram is not None
    assert found.diagram.lines
    assert said(found) == ["流程图“leave”无法读懂，只能按文字比较"]
