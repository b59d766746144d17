"""Two papers block by block, by the labels that stand on them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from workflows.comparing.comparison import ADDED, CHANGED, MOVED, PAPER, REMOVED, Change, Detail
from workflows.comparing.lines import moved_among

_KINDS = {"text": "文字", "amounts": "分项金额", "table": "表格", "branches": "分支表格"}
_OF_PAPER = {
    "title": "标题",
    "form": "表单",
    "orientation": "纸张方向",
    "signature_style": "签字样式",
}
_WORDS = {
    "field": "字段",
    "variable": "变量",
    "step": "签字环节",
    "wide": "留宽",
    "if": "有内容才印",
    "of": "台账中的",
    "also": "并列字段",
    "choices": "选项",
    "money": "金额",
    "total": "合计",
    "number": "序号",
    "width": "宽度",
    "min_rows": "至少行数",
    "across": "横排",
    "head": "表头",
    "notes": "备注字段",
    "label": "名称",
    "day": "日期环节",
    "of_form": "表单字段",
}


def print_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """What differs on the paper; anything may stand in both."""
    for key, word in _OF_PAPER.items():
        if old.get(key) != new.get(key):
            detail = Detail(what=word, before=_said(old.get(key)), after=_said(new.get(key)), weight=PAPER)
            yield Change(kind=CHANGED, place=key, name=word, sort="打印", weight=PAPER, details=(detail,))
    before, after = _blocks(old), _blocks(new)
    moved = moved_among(list(before), list(after))
    for label in dict.fromkeys((*before, *after)):
        details = tuple(_details(before.get(label, {}), after.get(label, {})))
        if label not in before or label not in after:
            kind = ADDED if label not in before else REMOVED
            yield Change(kind=kind, place=label, name=label, sort="打印", weight=PAPER, details=details)
        elif details or label in moved:
            kind = CHANGED if details else MOVED
            yield Change(kind=kind, place=label, name=label, sort="打印", weight=PAPER, details=details)


def _blocks(paper: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Every cell, table, column and signature under its label; labels that occur twice are told apart by a number."""
    found: dict[str, Mapping[str, Any]] = {}

    def put(label: str, block: Mapping[str, Any]) -> None:
        name, number = label, 1
        while name in found:
            number += 1
            name = f"{label}（{number}）"
        found[name] = block

    for row in _dicts_in(paper.get("rows")):
        kind = next((kind for kind in _KINDS if kind in row), "")
        label = str(row.get("label") or row.get("text") or row.get(kind) or "")
        put(" ".join(label.split())[:60] or _KINDS.get(kind, "空格"), {k: v for k, v in row.items() if k != "columns"})
        for column in _dicts_in(row.get("columns")):
            put(f"{_KINDS.get(kind, '')}列：{' '.join(str(column.get('label', '')).split())[:40]}", column)
    for signature in _dicts_in(paper.get("signatures")):
        put(f"签字：{signature.get('label', '')}", signature)
    return found


def _dicts_in(value: Any) -> Iterator[Mapping[str, Any]]:
    for each in value if isinstance(value, list) else ():
        if isinstance(each, Mapping):
            yield each
        elif isinstance(each, list):
            yield from _dicts_in(each)


def _details(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Detail]:
    for key in dict.fromkeys((*old, *new)):
        if key != "label" and old.get(key) != new.get(key):
            word = _WORDS.get(key) or _KINDS.get(key, key)
            yield Detail(what=word, before=_said(old.get(key)), after=_said(new.get(key)), weight=PAPER)


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return value[:400] if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:400]
