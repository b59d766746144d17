"""Every scenario of every process folder comes out as it says, and together they ask for every step."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from workflows.definition import ProcessDefinition, read_folder, read_process
from workflows.scenarios import ScenarioError, differences, play

LIBRARY = Path(__file__).parents[2] / "bpmn"
FOLDERS = sorted(manifest.parent.name for manifest in LIBRARY.glob("*/process.toml"))
SCENARIOS = sorted((path.parts[-3], path.stem) for path in LIBRARY.glob("*/scenarios/*.toml"))


@lru_cache
def definition(key: str) -> ProcessDefinition:
    return read_process(read_folder(LIBRARY / key))


@pytest.mark.parametrize(("key", "name"), SCENARIOS)
def test_a_scenario_comes_out_as_it_says(key: str, name: str) -> None:
    found = definition(key)
    assert "\n".join(differences(found, found.scenarios[name])) == ""


@pytest.mark.parametrize("key", FOLDERS)
def test_every_step_is_asked_for_in_some_scenario(key: str) -> None:
    found = definition(key)
    asked = {step for scenario in found.scenarios.values() for step in play(found, scenario).path}
    assert asked == set(found.tasks)


def test_a_scenario_that_comes_out_otherwise_says_what_and_how() -> None:
    found = definition("hospitality")
    scenario = found.scenarios["rejected_by_manager"]
    changed = {**scenario, "expect": {**scenario["expect"], "status": "completed", "path": ["apply"]}}
    path, status = differences(found, changed)
    assert path.startswith("经过的环节与预期不同：预期 填写招待申请；实际 填写招待申请 → ")
    assert status == "结果与预期不同：预期 “已完成”；实际 “已驳回”"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"step": "report"}, "这时不在任何人的待办里；正在等人处理的是：“客户服务部经理审核”"),
        ({"step": "manager_review", "outcome": "shrug"}, "没有“shrug”这种处理方式；可用的是：approve、reject"),
        ({"step": "manager_review", "outcom": "approve"}, "步骤里没有“outcom”这一项"),
        ({"step": "manager_review", "at": "明天"}, "时间（at）应带时区"),
        ({"step": "manager_review", "return_to": "report"}, "不能退回到"),
    ],
)
def test_a_step_that_cannot_be_taken_is_named(step: dict[str, str], said: str) -> None:
    found = definition("hospitality")
    first = found.scenarios["within_budget"]["steps"][0]
    with pytest.raises(ScenarioError, match=r"^第 2 步“") as refusal:
        play(found, {**found.scenarios["within_budget"], "steps": [first, step]})
    assert said in str(refusal.value)


def test_a_form_that_is_refused_otherwise_than_expected_is_told() -> None:
    found = definition("hospitality")
    scenario = found.scenarios["within_budget"]
    first = {**scenario["steps"][0], "values": {**scenario["steps"][0]["values"], "venue": ""}}
    [said] = differences(found, {**scenario, "steps": [first]})
    assert said.startswith("第 1 步“填写招待申请”：表单被拒绝：宴请场所：")


def test_a_return_opens_the_step_again_with_what_was_typed() -> None:
    found = definition("hospitality")
    scenario = found.scenarios["within_budget"]
    back = [scenario["steps"][0], {"step": "manager_review", "return_to": "apply"}, {"step": "apply"}]
    assert play(found, {**scenario, "steps": back}).path == ["apply", "manager_review", "apply", "manager_review"]


def test_answers_in_a_list_are_given_one_after_the_other() -> None:
    found = definition("hospitality")
    scenario = found.scenarios["rejected_by_manager"]
    answers = {"operations": {"check_budget": [{"budget_exceeded": 0}, {"budget_exceeded": 5}]}}
    assert play(found, {**scenario, **answers}).status == "rejected"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({}, "缺少开始时间"),
        ({"begins": 5}, "缺少开始时间"),
        ({"steps": []}, "还没有步骤"),
        ({"steps": [5]}, "还没有步骤"),
        ({"expect": {"colour": 1}}, "预期结果里没有“colour”"),
        ({"operations": 5}, "“operations”应为一节"),
        ({"wants": 5}, "场景里没有“wants”"),
    ],
)
def test_whatever_a_file_says_is_answered_with_a_sentence(broken: dict[str, object], said: str) -> None:
    found = definition("hospitality")
    scenario = {**found.scenarios["within_budget"], **broken} if broken else {"steps": [], "expect": {}}
    [told] = differences(found, scenario)
    assert said in told


def test_a_scenario_that_takes_too_long_is_stopped_and_says_so() -> None:
    found = definition("hospitality")
    [told] = differences(found, found.scenarios["within_budget"], seconds=-1)
    assert "运行时间过长，已经停止" in told
