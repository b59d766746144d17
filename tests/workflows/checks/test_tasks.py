"""Tasks, lanes, messages, multi-instance, and what is read out of a diagram."""

from __future__ import annotations

import pytest

from tests.workflows.checks.diagrams import MESSAGE, Diagram, extensions, message, properties, service, straight
from tests.workflows.checks.findings import errors_of, the_error, the_warning
from workflows.checks import UserTask, user_tasks


def single(body: str, kind: str = "userTask") -> Diagram:
    d = Diagram(people=["a"] if kind == "userTask" else []).start().node(kind, "a", body).end()
    return d.chain("start", "a", "end")


def loop(inside: str) -> str:
    return (
        properties(form="f")
        + f"<bpmn:multiInstanceLoopCharacteristics>{inside}</bpmn:multiInstanceLoopCharacteristics>"
    )


def test_a_user_task_has_a_lane() -> None:
    d = straight()
    d.people.clear()
    assert "泳道" in the_error(d)[1]


def test_a_user_task_has_a_form() -> None:
    assert "没有表单" in the_error(single(properties(outcomes="agree")))[1]
    assert "没有表单" in the_error(single(properties(form="")))[1]


@pytest.mark.parametrize("outcomes", ["agree,", "agree;reject", "同意", "a-b", "agree, agree"])
def test_outcomes_are_different_names(outcomes: str) -> None:
    assert "结果" in the_error(single(properties(form="f", outcomes=outcomes)))[1]


def test_a_property_has_name_and_value() -> None:
    half = extensions('<spiffworkflow:properties><spiffworkflow:property name="x" /></spiffworkflow:properties>')
    assert "缺少名称或值" in the_error(single(properties(form="f") + half))[1]


def test_a_due_time_is_an_expression() -> None:
    assert errors_of(single(properties(form="f", due="work_hours(8)"))) == []
    assert "期限" in the_error(single(properties(form="f", due="work_hours(8")))[1]


def test_a_lane_has_a_name() -> None:
    d = straight()
    d.lane = " "
    assert ("post", "泳道没有名称，请填写岗位名称。") in {(each.element, each.message) for each in errors_of(d)}


def with_lanes(lanes: str) -> bytes:
    xml = straight().xml().decode()
    begin, end = xml.index("<bpmn:lane id"), xml.index("</bpmn:laneSet>")
    return (xml[:begin] + lanes + xml[end:]).encode()


def test_nested_lanes_are_pointed_out_and_the_inner_one_counts() -> None:
    inner = '<bpmn:lane id="in" name="组长"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
    xml = with_lanes(
        '<bpmn:lane id="out" name="部门"><bpmn:flowNodeRef>a</bpmn:flowNodeRef>'
        f'<bpmn:childLaneSet id="set">{inner}</bpmn:childLaneSet></bpmn:lane>'
    )
    assert the_warning(xml)[0] == "out"
    assert [task.lane for task in user_tasks(xml)] == ["组长"]


def test_a_node_in_two_lanes() -> None:
    lanes = "".join(
        f'<bpmn:lane id="l{n}" name="岗位{n}"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>' for n in range(2)
    )
    assert the_error(with_lanes(lanes))[0] == "l1"


@pytest.mark.parametrize(
    ("kind", "body", "word"),
    [
        ("scriptTask", "", "脚本"),
        ("scriptTask", "<bpmn:script> </bpmn:script>", "脚本"),
        ("serviceTask", "", "服务"),
        ("serviceTask", service(""), "服务"),
        ("serviceTask", service(amount="1").replace('type="any" ', ""), "类型"),
        ("businessRuleTask", "", "决策表"),
        ("businessRuleTask", extensions("<spiffworkflow:calledDecisionId /> "), "决策表"),
    ],
)
def test_automatic_tasks_say_what_they_run(kind: str, body: str, word: str) -> None:
    element, text = the_error(single(body, kind))
    assert element == "a"
    assert word in text


def test_messages_have_names_and_message_events_have_messages() -> None:
    d = straight().boundary("t", "a", message()).flow("t", "end")
    assert the_error(d)[0] == "t"
    d.head = MESSAGE
    assert errors_of(d) == []
    d.head = '<bpmn:message id="collected" />'
    assert the_error(d)[0] == "collected"


@pytest.mark.parametrize(
    ("inside", "good"),
    [
        ("<bpmn:loopCardinality>3</bpmn:loopCardinality>", True),
        ("<bpmn:loopDataInputRef>signers</bpmn:loopDataInputRef>", True),
        ("", False),
        ("<bpmn:loopCardinality>3</bpmn:loopCardinality><bpmn:loopDataInputRef>s</bpmn:loopDataInputRef>", False),
        ("<bpmn:loopCardinality>3 +</bpmn:loopCardinality>", False),
        (
            "<bpmn:loopDataInputRef>s</bpmn:loopDataInputRef><bpmn:completionCondition>(</bpmn:completionCondition>",
            False,
        ),
    ],
)
def test_multi_instance_tasks_have_a_number_or_a_list(inside: str, good: bool) -> None:
    assert (errors_of(single(loop(inside))) == []) is good


def test_user_tasks_are_read_with_lane_form_and_outcomes() -> None:
    body = properties(form="apply", outcomes="agree, reject", due="work_days(1)")
    d = Diagram(people=["a"]).start().node("userTask", "a", body, name="审批").end().chain("start", "a", "end")
    (task,) = user_tasks(d.xml())
    expected = UserTask(
        id="a",
        name="审批",
        lane="部门经理",
        form="apply",
        outcomes=("agree", "reject"),
        due="work_days(1)",
        line=task.line,
    )
    assert task == expected
    assert task.line


def test_tasks_of_a_sub_process_share_its_lane() -> None:
    d = Diagram(people=["sub"]).start("s").node("subProcess", "sub", straight().inner()).end("e").chain("s", "sub", "e")
    assert errors_of(d) == []
    assert [(task.id, task.lane) for task in user_tasks(d.xml())] == [("a", "部门经理")]
