"""What a process folder says of its messages and outcomes, and how scenarios send messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workflows.definition import ProcessDefinition, read_folder, read_process
from workflows.errors import DefinitionError
from workflows.scenarios import ScenarioError, differences, play

FOLDER = Path(__file__).parents[3] / "bpmn" / "address_change"


def read(before: str = "", after: str = "") -> ProcessDefinition:
    files = dict(read_folder(FOLDER))
    manifest = files["process.toml"].decode()
    assert before in manifest
    files["process.toml"] = manifest.replace(before, after, 1).encode()
    return read_process(files)


def problems(before: str, after: str) -> list[tuple[str, str]]:
    with pytest.raises(DefinitionError) as refusal:
        read(before, after)
    return [(problem.element, problem.message) for problem in refusal.value.problems]


def test_messages_and_outcomes_are_read() -> None:
    settings = read().settings
    assert settings.messages["order_changed"].about == "order"
    assert settings.messages["order_changed"].senders == ("售前客服", "仓库人员", "物流专员")
    assert settings.messages["turn_came"].senders == ()
    assert settings.outcomes["resend"] == "拒收重发"


@pytest.mark.parametrize(
    ("before", "after", "element", "said"),
    [
        ("[messages.turn_came]", "[messages.turn_come]", "messages.turn_come", "没有名为“turn_come”的消息"),
        ('about = "order"', 'about = "parcel"', "messages.order_changed", "“parcel”没有来源"),
        ('about = "order"', 'about = "order +"', "messages.order_changed", "表达式无法读懂"),
        ('about = "order"', "about = 1", "messages.order_changed", "“about”应为表达式"),
        ('about = "order"', 'topic = "order"', "messages.order_changed", "消息只写 about"),
        ("senders = [", "senders = [1, ", "messages.order_changed", "“senders”应为岗位的列表"),
        ('resend = "拒收重发"', "resend = 1", "outcomes", "“resend”的名称应为文字"),
    ],
)
def test_what_is_wrong_with_them_is_named(before: str, after: str, element: str, said: str) -> None:
    found = problems(before, after)
    assert [place for place, _text in found] == [element]
    assert said in found[0][1]


def test_a_step_of_work_is_no_decision_on_the_request() -> None:
    """The applicant may do it themselves; what they may not is to approve."""
    definition = read()
    assert not definition.tasks["change_in_system"].signs
    assert not definition.tasks["change_in_system"].fills


def scenario(*steps: dict[str, Any]) -> tuple[ProcessDefinition, dict[str, Any]]:
    definition = read()
    known = definition.scenarios["in_system"]
    return definition, {**known, "steps": [known["steps"][0], *steps]}


def test_a_scenario_sends_a_message_and_tells_what_operations_answer_from_then_on() -> None:
    standing = {"order_state": "collected", "tracking_number": "SF1", "carrier": "顺丰速运", "pickup_at": ""}
    definition, told = scenario({"message": "order_changed", "operations": {"read_order": standing}})
    assert play(definition, told).open == ["intercept"]


def test_a_message_that_nothing_waits_for_is_told() -> None:
    definition, told = scenario({"message": "turn_came"})
    with pytest.raises(
        ScenarioError,
        match=r"第 2 步“turn_came”：这时没有环节在等这条消息；在等的消息是：change_replaced、order_changed",
    ):
        play(definition, told)
    assert "turn_came" in differences(definition, told)[0]
