"""What is not drawn: ``process.toml``, scenarios and the English texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from workflows.comparing.comparison import (
    ADDED,
    CHANGED,
    DATA,
    REMOVED,
    WAY,
    WEIGHTS,
    WHO,
    WORDING,
    Change,
    Detail,
    Sentence,
    Text,
)
from workflows.comparing.words import expression_in_words
from workflows.toml import read_toml

_KEYS: Mapping[str, tuple[str, str]] = {
    "key": ("编号", WAY),
    "title": ("流程名称", WORDING),
    "description": ("流程说明", WORDING),
    "category": ("分类", WORDING),
    "number": ("单号前缀", WORDING),
    "subject": ("事项名称的写法", WORDING),
    "starters": ("谁可以发起", WHO),
    "same_approver": ("同一人连续审批", WHO),
    "nobody": ("无人在岗时", WHO),
    "amount": ("列表显示的金额", DATA),
    "day": ("事项的日期", DATA),
    "facts": ("审批时显示的依据", DATA),
    "provides": ("操作带来的变量", DATA),
    "cancel.when": ("可以撤销的条件", WAY),
    "cancel.refusal": ("不能撤销时的说明", WORDING),
    "compensation.operations": ("撤销时收回的内容", WAY),
}
_SECTIONS: Mapping[str, tuple[str, str]] = {
    "variables": ("流程变量", DATA),
    "outcomes": ("结果的名称", WORDING),
    "messages": ("消息", WAY),
}
_VALUES = {
    "same_approver": {"once": "只签一次", "again": "每次都签"},
    "nobody": {"superior": "申请人的上级", "administrator": "系统管理员"},
}
_USER = re.compile(r"user:(\S+)")


def compare_settings(before: bytes, after: bytes, titles: Mapping[str, str]) -> tuple[Change, ...]:
    """The settings that differ, each with its key as place. Raises ValueError where one is no TOML."""
    old, new = dict(_flat(read_toml(before))), dict(_flat(read_toml(after)))
    order = {key: place for place, key in enumerate(_KEYS)}
    keys = sorted(dict.fromkeys((*old, *new)), key=lambda key: order.get(key, len(order)))
    return tuple(_change(key, old.get(key), new.get(key), titles) for key in keys if old.get(key) != new.get(key))


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{inner}", each) for inner, each in value.items())
        else:
            yield key, value


def _change(key: str, old: Any, new: Any, titles: Mapping[str, str]) -> Change:
    section, _dot, inner = key.partition(".")
    known = _KEYS.get(key)
    what: Text = known[0] if known else _named(section, inner)
    weight = known[1] if known else _SECTIONS.get(section, ("", DATA))[1]
    kind = CHANGED if known else ADDED if old is None else REMOVED if new is None else CHANGED
    detail = Detail(
        what=what,
        before=_said(old),
        after=_said(new),
        weight=weight,
        reads_before=_reads(key, old, titles),
        reads_after=_reads(key, new, titles),
    )
    return Change(kind=kind, place=key, name=what, sort="设置", weight=weight, details=(detail,))


def _named(section: str, inner: str) -> Text:
    if not inner:
        return section
    return Sentence("{section} {name}", {"section": Sentence(_SECTIONS.get(section, (section,))[0]), "name": inner})


def _reads(key: str, value: Any, titles: Mapping[str, str]) -> Text:
    if not isinstance(value, str):
        return "所有人" if key == "starters" and value == ["*"] else ""
    if key == "cancel.when":
        return expression_in_words(value, titles)
    if key in ("amount", "day"):
        return titles.get(value, "")
    person = _USER.fullmatch(value) if key == "nobody" else None
    return Sentence("指定的人 {name}", {"name": person[1]}) if person else _VALUES.get(key, {}).get(value, "")


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "、".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)[:400]


def compare_scenarios(before: bytes, after: bytes, titles: Mapping[str, str]) -> tuple[Change, ...]:
    """The steps, the expectation and the rest of one scenario. Raises ValueError where one is no TOML."""
    old, new = read_toml(before), read_toml(after)
    found = []
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) == new.get(key):
            continue
        what = {"title": "标题", "begins": "开始时间", "knows": "申请人", "operations": "操作的回答"}.get(key, key)
        if key == "steps":
            found += list(_step_changes(_tables(old, key), _tables(new, key), titles))
        elif key == "expect":
            found += list(_expectations(old.get(key), new.get(key)))
        else:
            detail = Detail(what=what, before=_said(old.get(key)), after=_said(new.get(key)), weight=WORDING)
            found.append(Change(kind=CHANGED, place=key, name=what, sort="场景", weight=WORDING, details=(detail,)))
    return tuple(found)


def _tables(document: Mapping[str, Any], key: str) -> list[Any]:
    value = document.get(key)
    return value if isinstance(value, list) else []


def _step_changes(old: list[Any], new: list[Any], titles: Mapping[str, str]) -> Iterator[Change]:
    for place in range(max(len(old), len(new))):
        then, now = (steps[place] if place < len(steps) else None for steps in (old, new))
        if then == now:
            continue
        kind = ADDED if then is None else REMOVED if now is None else CHANGED
        shown = now or then
        step = shown.get("step") if isinstance(shown, Mapping) else None
        name = Sentence(
            "第 {number} 步 {name}", {"number": str(place + 1), "name": titles.get(f"step:{step}", step or "")}
        )
        detail = Detail(what="步骤", before=_said(then), after=_said(now), weight=WORDING)
        yield Change(kind=kind, place=str(place + 1), name=name, sort="场景", weight=WORDING, details=(detail,))


def _expectations(old: Any, new: Any) -> Iterator[Change]:
    then, now = (each if isinstance(each, Mapping) else {} for each in (old, new))
    words = {"path": "依次办理", "open": "最后等待", "status": "最后状态", "operations": "执行的操作"}
    for key in dict.fromkeys((*then, *now)):
        if then.get(key) != now.get(key):
            what = words.get(key, key)
            detail = Detail(what=what, before=_said(then.get(key)), after=_said(now.get(key)), weight=WORDING)
            yield Change(kind=CHANGED, place=f"expect.{key}", name=what, sort="场景", weight=WORDING, details=(detail,))


def compare_english(before: bytes, after: bytes) -> tuple[Change, ...]:
    """The English texts that differ. Raises ValueError where one is no TOML."""
    old, new = read_toml(before), read_toml(after)
    found = []
    for text in dict.fromkeys((*old, *new)):
        if old.get(text) != new.get(text):
            kind = ADDED if text not in old else REMOVED if text not in new else CHANGED
            detail = Detail(what="英文", before=_said(old.get(text)), after=_said(new.get(text)), weight=WORDING)
            found.append(Change(kind=kind, place=text, name=text, sort="英文", weight=WORDING, details=(detail,)))
    return tuple(found)


def heaviest(changes: tuple[Change, ...]) -> str:
    """The weight of the most consequential of them."""
    return min((change.weight for change in changes), key=WEIGHTS.index, default=WORDING)
