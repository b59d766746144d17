"""What a scenario may say, and the sentences about what came otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.definition import ProcessDefinition
from workflows.forms import Form

PARTS = frozenset({"title", "begins", "knows", "operations", "steps", "expect"})
STEP_PARTS = frozenset(
    {
        *("step", "branch", "at", "outcome", "comment", "values", "refused", "message", "payload", "operations"),
        *("return_to", "signatures"),
    }
)
EXPECTED = ("path", "open", "status", "operations")
MAX_STEPS = 500
STATUS_NAMES = {
    "running": "进行中",
    "completed": "已完成",
    "rejected": "已驳回",
    "withdrawn": "已撤回",
    "cancelled": "已撤销",
    "failed": "出错",
}
_EXPECTED_NAMES = {"path": "经过的环节", "open": "最后等待的环节", "status": "结果", "operations": "系统执行的操作"}
_TABLES = ("knows", "operations", "expect")
_STEP_TABLES = ("values", "refused", "payload", "operations", "signatures")
_STEP_TEXTS = ("step", "branch", "outcome", "comment", "message", "return_to")


def check_scenario(scenario: Mapping[str, Any]) -> str:
    """What of a scenario as a whole cannot be read; nothing where all can."""
    if foreign := sorted(scenario.keys() - PARTS):
        return f"场景里没有“{'、'.join(foreign)}”这一项"
    begins = scenario.get("begins")
    if not isinstance(begins, datetime) or begins.tzinfo is None:
        return "缺少开始时间：请写 begins = 2026-11-23T09:00:00+08:00（带时区）"
    steps = scenario.get("steps")
    if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
        return "还没有步骤：至少写一个 [[steps]]"
    if len(steps) > MAX_STEPS:
        return f"步骤太多：最多 {MAX_STEPS} 步"
    for part in _TABLES:
        if not isinstance(scenario.get(part, {}), dict):
            return f"“{part}”应为一节"
    if "expect" not in scenario:
        return "缺少预期结果：请写 [expect]"
    if foreign := sorted(scenario["expect"].keys() - set(EXPECTED)):
        return f"预期结果里没有“{'、'.join(foreign)}”这一项，可写：{'、'.join(EXPECTED)}"
    return ""


def check_step(step: Mapping[str, Any]) -> str:
    """The same of one step."""
    if foreign := sorted(step.keys() - STEP_PARTS):
        return f"步骤里没有“{'、'.join(foreign)}”这一项"
    at = step.get("at")
    if at is not None and (not isinstance(at, datetime) or at.tzinfo is None):
        return "时间（at）应带时区，如 2026-11-27T09:00:00+08:00"
    for part in _STEP_TABLES:
        if not isinstance(step.get(part, {}), dict):
            return f"“{part}”应为一节"
    for part in _STEP_TEXTS:
        if not isinstance(step.get(part, ""), str):
            return f"“{part}”应为文字"
    return ""


def named(definition: ProcessDefinition, step: str) -> str:
    """What people call a step; what is no step as it is written."""
    return definition.tasks[step].name if step in definition.tasks else step


def title_of(scenario: Mapping[str, Any], name: str) -> str:
    """What a scenario is called, by its file's name where it says nothing."""
    title = scenario.get("title")
    return title if isinstance(title, str) and title else name


def refusals(form: Form, came: Mapping[str, list[str]], expected: Any) -> str:
    """A form that was refused otherwise than the step says."""
    if not came:
        return "表单本应被拒绝，却通过了"
    said = "；".join(f"{_field(form, path)}：{'、'.join(texts)}" for path, texts in came.items())
    return f"表单被拒绝：{said}" if not expected else f"表单被拒绝的原因与预期不同：{said}"


def _field(form: Form, path: str) -> str:
    found = form.properties.get(path.partition("-")[0], {})
    return str(found.get("title") or path)


def difference(definition: ProcessDefinition, part: str, expected: Any, came: Any) -> str:
    """One sentence about what came otherwise than expected."""
    expectation, reality = (shown(definition, part, value) for value in (expected, came))
    if expectation == reality:
        # they differ in what is not written out, such as the inside of rows
        expectation, reality = str(expected), str(came)
    return f"{_EXPECTED_NAMES[part]}与预期不同：预期 {expectation}；实际 {reality}"


def shown(definition: ProcessDefinition, part: str, value: Any) -> str:
    """A part of an expectation as people read it: steps, operations and results by their names."""
    if part == "status":
        return f"“{STATUS_NAMES.get(str(value), definition.settings.outcomes.get(str(value), str(value)))}”"
    if not isinstance(value, list):
        return str(value)
    if part == "operations":
        titles = {each.operation: each.name for each in definition.diagram.elements.values() if each.operation}
        steps = {step: task.name for step, task in definition.tasks.items()}
        return "、".join(_call(item, titles, steps) for item in value) or "没有"
    return " → ".join(named(definition, str(item)) for item in value) or "没有"


def _call(item: Any, titles: Mapping[str, str], steps: Mapping[str, str]) -> str:
    """One call by the name that the diagram gives it, with what it was given."""
    if not isinstance(item, Mapping):
        return str(item)
    if "undo" in item:
        return f"撤销“{titles.get(str(item['undo'])) or item['undo']}”"
    name = str(item.get("do", ""))
    parameters = "，".join(_given(value, steps) for key, value in item.items() if key != "do")
    return f"“{titles.get(name) or name}”" + (f"（{parameters}）" if parameters else "")


def _given(value: Any, steps: Mapping[str, str]) -> str:
    if isinstance(value, str):
        return steps.get(value, value)
    if isinstance(value, list):
        return f"{len(value)} 项"
    return f"{len(value)} 个字段" if isinstance(value, Mapping) else str(value)
