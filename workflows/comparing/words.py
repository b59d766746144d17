"""What values of a process say in business words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from workflows.comparing.comparison import DATA, WAY, WHEN, WHO, WORDING, Sentence, Text

PROPERTIES: Mapping[str, tuple[str, str]] = {
    "performer": ("办理人", WHO),
    "outcomes": ("可选结果", WHO),
    "signing": ("会签方式", WHO),
    "signers": ("会签人", WHO),
    "vote_needed": ("通过所需票数", WHO),
    "vote_weights": ("表决权重", WHO),
    "rejection": ("驳回的效力", WHO),
    "abstention": ("弃权", WHO),
    "signed_fields": ("负责的字段", WHO),
    "due": ("办理期限", WHEN),
    "status": ("结束后的状态", WAY),
    "form": ("表单", DATA),
    "shows": ("同时显示的表单", DATA),
    "comment_when": ("意见必填的条件", DATA),
    "comment_refusal": ("缺少意见时的提示", WORDING),
    "about": ("任务说明", WORDING),
}
"""The properties of user tasks and end events: what people call them, and what a change of them touches."""

_VALUES: Mapping[str, Mapping[str, str]] = {
    "outcomes": {"approve": "同意", "reject": "驳回", "submit": "提交", "abstain": "弃权"},
    "signing": {"all": "会签", "any": "或签", "in_turn": "依次签", "vote": "票签"},
    "rejection": {"veto": "一票否决", "against": "计为反对票"},
    "abstention": {"no": "不可弃权", "excluded": "弃权不计数", "against": "弃权计入总数"},
    "status": {"completed": "已完成", "rejected": "已驳回"},
}
_CALENDAR: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"work_days\((?P<n>\d+)\)"), "{n} 个工作日"),
    (re.compile(r"work_hours\((?P<n>[\d.]+)\)"), "{n} 个工作小时"),
    (re.compile(r"work_days_after\((?P<day>\w+), ?(?P<n>\d+)\)"), "“{day}”之后第 {n} 个工作日"),
    (re.compile(r"day_after\((?P<day>\w+)\)"), "“{day}”之后一天"),
    (re.compile(r"before\((?P<day>[^,]+), ?(?P<n>[\d.]+)\)"), "“{day}”之前 {n} 个工作小时"),
    (re.compile(r"""["']?PT(?P<n>\d+)H["']?"""), "{n} 小时"),
    (re.compile(r"""["']?P(?P<n>\d+)D["']?"""), "{n} 天"),
)
_TOKEN = re.compile(
    r"""(?P<text>"[^"]*"|'[^']*')|(?P<name>[^\W\d]\w*)|(?P<sign>==|!=|>=|<=)|(?P<rest>\s+|.)""", re.DOTALL
)
_SIGNS = {"==": "是", "!=": "不是", ">=": "≥", "<=": "≤"}
_KEYWORDS = {"and": "且", "or": "或", "not": "不是", "True": "是", "False": "否", "outcome": "结果", "in": "属于"}
_RESULTS = {f"{sign}{name}{sign}": f"“{word}”" for name, word in _VALUES["outcomes"].items() for sign in "'\""}


def reading_of(name: str, value: str, titles: Mapping[str, str]) -> Text:
    """What the value of a property says; nothing where it says no more than it shows."""
    known = _VALUES.get(name)
    if known and value:
        return _listed([known.get(part.strip(), part.strip()) for part in value.split(",")])
    if name in ("form", "shows") and value:
        return "、".join(titles.get(f"form:{part.strip()}", part.strip()) for part in value.split(","))
    return ""


def _listed(parts: Sequence[str]) -> Text:
    """Each part as a text of its own, which can be said in another language."""
    if len(parts) == 1:
        return parts[0]
    return Sentence("{first}、{rest}", {"first": parts[0], "rest": _listed(parts[1:])})


def expression_in_words(source: str, titles: Mapping[str, str]) -> Text:
    """An expression with the titles of fields in place of their names; nothing where that changes nothing."""
    for pattern, text in _CALENDAR:
        found = pattern.fullmatch(source.strip())
        if found:
            return Sentence(text, {name: titles.get(part, part) for name, part in found.groupdict().items()})
    said = "".join(_said(token, titles) for token in _TOKEN.finditer(source))
    return said if said != source else ""


def _said(token: re.Match[str], titles: Mapping[str, str]) -> str:
    part = token[0]
    if token["text"]:
        return _RESULTS.get(part, part)
    if token["name"]:
        return _KEYWORDS.get(part) or titles.get(part, part)
    return _SIGNS.get(part, part)
