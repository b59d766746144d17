"""What an incident says, in the words of somebody who draws processes and not programs.

An incident keeps its kind and its values, and the sentence is made when it is read, in the reader's language. The
technical text stays beside it as ``detail``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.errors import InvalidInput, ServiceError
from workflows.engine import Element, EngineFailed, RunawayProcess
from workflows.expressions.failures import TOO_MUCH, UNREADABLE

WHOLE = "case"
"""The kind of what concerns no element: the case could not be taken up."""
DUE, PERFORMER, ABOUT, SIGNERS, AWAITED = "due", "performer", "about", "signers", "awaited"

SENTENCES: Mapping[str, str] = {
    "condition": "“{name}”的条件算不出来：{expression}",
    "way": "“{name}”的条件都不成立，又没有默认出口，不知道该往哪里走",
    "decision": "“{name}”的决策表没有算出结果",
    "operation": "“{name}”的操作没有成功",
    "parameter": "“{name}”要交给操作的值算不出来：{expression}",
    "refusal": "“{name}”没有成功：{refusal}",
    "script": "“{name}”的计算没有成功：{expression}",
    "timer": "“{name}”的时间算不出来：{expression}",
    "loop": "“{name}”要按一个列表逐项进行，但这里没有列表",
    "votes": "“{name}”什么时候算完成，算不出来：{expression}",
    "runaway": "流程在“{name}”这里不停地自动循环，已经停下",
    "element": "“{name}”无法执行",
    WHOLE: "这件事的状态读不出来，整件事停在原处",
    DUE: "“{name}”的期限算不出来：{expression}；任务已经送达，只是没有期限",
    PERFORMER: "“{name}”的办理人算不出来：{expression}；任务已交给泳道的岗位",
    ABOUT: "“{name}”的补充名称算不出来：{expression}；任务已经送达",
    SIGNERS: "“{name}”的会签人定不下来，还没有人收到任务",
    AWAITED: "这件事在等消息“{name}”，但关于什么算不出来：{expression}",
}
HOLDING = frozenset(SENTENCES) - {DUE, PERFORMER, ABOUT, AWAITED}
"""The kinds with which the case stands still; with the others it goes on as well as it can."""

# sentences of the language of expressions that stand as they are, so that other languages have them too
_WHOLE = (
    "没有“{what}”这一项",
    "没有“{what}”这一项数据",
    "“{what}”不是日期",
    "除数是零",
    "其中有一项是空的",
    "拿来比较的两项不是同一类，例如文字和数字",
    "其中一项不是该有的类型，例如本该是数字却是文字",
    "列表里没有那么多项",
)
# the other reasons of the language and the engine, and what they mean for whoever wrote the expression
_REASONS = (
    *((re.escape(whole).replace(r"\{what\}", "(?P<what>.*)") + "(，.*)?", whole) for whole in _WHOLE),
    (r"'?(?P<what>.*?)'? is no duration.*", "“{what}”不是时间长度，例如 PT8H 或 P3D"),
    (r"'?(?P<what>.*?)'? is no date or time.*", "“{what}”不是日期或时间"),
    (r"(?P<what>\w+) is no list", "“{what}”不是列表"),
    (TOO_MUCH, "算的步骤或数据太多，已停下"),
    (UNREADABLE, "表达式写错了，读不懂"),
    (r"there is no operation (?P<what>\w+)", "没有“{what}”这个操作"),
    (r"No conditions satisfied.*", ""),
)
_KIND_OF_ELEMENT = {
    "businessRuleTask": "decision",
    "scriptTask": "script",
    "boundaryEvent": "timer",
    "intermediateCatchEvent": "timer",
}


def kind_of(error: EngineFailed, element: Element | None) -> str:
    """Which sentence says what failed."""
    if isinstance(error, RunawayProcess):
        return "runaway"
    if isinstance(error.__cause__, ServiceError):
        return "refusal"
    kind = element.kind if element else ""
    if kind == "exclusiveGateway":
        return "condition" if error.expression else "way"
    if kind == "serviceTask":
        return "parameter" if error.expression else "operation"
    if kind in ("userTask", "subProcess"):
        return "votes" if error.expression else "loop"
    return _KIND_OF_ELEMENT.get(kind, "element")


def values_of(error: EngineFailed) -> dict[str, Any]:
    """What the sentence about this failure is filled with, beside the name of its element."""
    cause = error.__cause__
    said: dict[str, Any] = {}
    if isinstance(cause, InvalidInput):
        said = {"refusal": "；".join(text for texts in cause.errors.values() for text in texts)}
    elif isinstance(cause, ServiceError):
        said = {"refusal": cause.template, "refusal_values": _plain(cause.values)}
    return {"expression": error.expression[:500], **said, **why_of(error.message)}


def why_of(message: str) -> dict[str, Any]:
    """The reason that the language of expressions gave, as a sentence and its values; empty where there is none."""
    for pattern, sentence in _REASONS:
        if found := re.fullmatch(pattern, message.strip(), re.DOTALL):
            return {"why": sentence, "why_values": {key: str(value)[:80] for key, value in found.groupdict().items()}}
    return {}


def _plain(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
