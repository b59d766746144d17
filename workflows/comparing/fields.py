"""The fields of two forms, those of records and rows included."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from workflows.comparing.comparison import (
    ADDED,
    CHANGED,
    DATA,
    REMOVED,
    WEIGHTS,
    WORDING,
    Change,
    Detail,
)
from workflows.comparing.words import expression_in_words
from workflows.json import read_json

Record = Mapping[str, Any]
_KEYS: Mapping[str, tuple[str, str]] = {
    "title": ("名称", WORDING),
    "type": ("类型", DATA),
    "format": ("格式", DATA),
    "x-widget": ("控件", DATA),
    "enum": ("选项", DATA),
    "x-labels": ("选项的名称", WORDING),
    "minimum": ("不小于", DATA),
    "exclusiveMinimum": ("大于", DATA),
    "maximum": ("不大于", DATA),
    "exclusiveMaximum": ("小于", DATA),
    "multipleOf": ("最小单位", DATA),
    "minLength": ("至少字数", DATA),
    "maxLength": ("最多字数", DATA),
    "pattern": ("格式要求", DATA),
    "minItems": ("至少行数", DATA),
    "maxItems": ("最多行数", DATA),
    "uniqueItems": ("不可重复", DATA),
    "readOnly": ("只读", DATA),
    "x-compute": ("计算公式", DATA),
    "x-default": ("默认值", DATA),
    "x-source": ("查找的台账", DATA),
    "x-fills": ("带出的内容", DATA),
    "x-unit": ("单位", WORDING),
    "x-total": ("合计", DATA),
    "x-width": ("列宽", WORDING),
    "x-messages": ("提示语", WORDING),
    "description": ("填写说明", WORDING),
}
_TYPES = {
    "string": "文字",
    "number": "数字",
    "integer": "整数",
    "boolean": "是或否",
    "array": "列表",
    "object": "分组",
}
_WIDGETS = {
    "text": "单行文字",
    "textarea": "多行文字",
    "lines": "每行一条",
    "lookup": "从台账查找",
    "amounts": "分项金额",
    "files": "附件",
    "rows": "多行表格",
    "choice": "单选按钮",
    "check": "勾选框",
}
_INNER = frozenset({"properties", "required", "additionalProperties", "items", "$schema"})


def read_record(raw: bytes) -> Record:
    """Raises ValueError, also for what is nested too deeply."""
    found = read_json(raw)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def field_titles(form: Record) -> dict[str, str]:
    """The titles of all fields by name, columns included."""
    return {path.rpartition("/")[2]: title_of(path, field) for path, field in fields_of(form).items()}


def record_in(source: Any, key: str) -> Record:
    value = source.get(key) if isinstance(source, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def list_in(source: Any, key: str) -> list[Any]:
    value = source.get(key) if isinstance(source, Mapping) else None
    return value if isinstance(value, list) else []


def fields_of(form: Record) -> dict[str, Record]:
    """Every field by its path; those of records and rows as ``lines/quantity``."""
    return dict(_below("", record_in(form, "schema"), 0))


def _below(start: str, schema: Record, depth: int) -> Iterator[tuple[str, Record]]:
    required = list_in(schema, "required")
    for name, field in record_in(schema, "properties").items():
        if isinstance(field, Mapping):
            yield f"{start}{name}", {**field, "required here": name in required}
            if depth < 4:
                inner = field if "properties" in field else record_in(field, "items")
                yield from _below(f"{start}{name}/", inner, depth + 1)


def title_of(path: str, field: Record) -> str:
    title = field.get("title")
    return title if isinstance(title, str) and title else path


# fields


def field_changes(old: Mapping[str, Record], new: Mapping[str, Record], titles: Mapping[str, str]) -> Iterator[Change]:
    renamed = _renamed(old, new)
    for path, field in new.items():
        earlier = old.get(renamed.get(path, path))
        if earlier is None:
            yield _whole(ADDED, path, field, new, titles)
            continue
        details = list(_field_details(earlier, field, titles))
        if path in renamed:
            details.append(Detail(what="字段名", before=renamed[path], after=path, weight=DATA))
        if details:
            weight = min((detail.weight for detail in details), key=WEIGHTS.index)
            yield Change(
                kind=CHANGED,
                place=path,
                place_before=renamed.get(path, ""),
                name=named(path, field, new),
                sort=_sort(path),
                weight=weight,
                details=tuple(details),
            )
    for path, field in old.items():
        if path not in new and path not in renamed.values():
            yield _whole(REMOVED, path, field, old, titles)


def _sort(path: str) -> str:
    return "列" if "/" in path else "字段"


def named(path: str, field: Record, fields: Mapping[str, Record]) -> str:
    outer = path.rpartition("/")[0]
    title = title_of(path, field)
    return f"{title_of(outer, fields.get(outer, {}))} / {title}" if outer else title


def _whole(kind: str, path: str, field: Record, fields: Mapping[str, Record], titles: Mapping[str, str]) -> Change:
    pair = ({}, field) if kind == ADDED else (field, {})
    return Change(
        kind=kind,
        place=path,
        name=named(path, field, fields),
        sort=_sort(path),
        weight=DATA,
        details=tuple(each for each in _field_details(*pair, titles) if each.what != "名称"),
    )


def _renamed(old: Mapping[str, Record], new: Mapping[str, Record]) -> dict[str, str]:
    """A field under another name whose title and type are those of exactly one that went."""
    gone = [(path, field) for path, field in old.items() if path not in new]
    found: dict[str, str] = {}
    for path, field in new.items():
        if path in old or not field.get("title"):
            continue
        alike = [
            then
            for then, earlier in gone
            if (earlier.get("title"), earlier.get("type")) == (field.get("title"), field.get("type"))
            and then.rpartition("/")[0] == path.rpartition("/")[0]
        ]
        if len(alike) == 1 and alike[0] not in found.values():
            found[path] = alike[0]
    return found


def _field_details(earlier: Record, field: Record, titles: Mapping[str, str]) -> Iterator[Detail]:
    if bool(earlier.get("required here")) != bool(field.get("required here")):
        yield detail_of("必填", DATA, *("是" if each.get("required here") else "" for each in (earlier, field)))
    options = (_options(earlier), _options(field))
    for key in dict.fromkeys((*earlier, *field)):
        if key in _INNER or key == "required here" or earlier.get(key) == field.get(key):
            continue
        what, weight = _KEYS.get(key, (key, DATA))
        values = [value_said(key, each.get(key)) for each in (earlier, field)]
        if key in ("x-compute", "x-default"):
            words = [expression_in_words(value, titles) if value else "" for value in values]
            yield Detail(
                what=what, before=values[0], after=values[1], weight=weight, reads_before=words[0], reads_after=words[1]
            )
        elif key == "enum":
            yield detail_of(what, weight, *options)
        else:
            yield detail_of(what, weight, *values)
    inner = record_in(earlier, "items"), record_in(field, "items")
    if "properties" not in inner[0] and "properties" not in inner[1] and inner[0] != inner[1]:
        yield detail_of("每一项", DATA, *(written(each) if each else "" for each in inner))


def detail_of(what: str, weight: str, before: str, after: str) -> Detail:
    return Detail(what=what, before=before, after=after, weight=weight)


def _options(field: Record) -> str:
    labels = record_in(field, "x-labels")
    return "、".join(str(labels.get(str(value), value)) for value in list_in(field, "enum"))


def value_said(key: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if key == "type":
        return _TYPES.get(str(value), str(value))
    if key == "x-widget":
        return _WIDGETS.get(str(value), str(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping) and key in ("x-labels", "x-messages", "x-fills"):
        return "；".join(f"{name}：{text}" for name, text in value.items())[:400]
    return value if isinstance(value, str) else written(value)


def written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:400]
