"""Two forms field by field, with layout, rules, rights and print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workflows.comparing.comparison import CHANGED, DATA, WORDING, Change, Sentence
from workflows.comparing.fields import (
    Record,
    detail_of,
    field_changes,
    fields_of,
    list_in,
    read_record,
    record_in,
    value_said,
    written,
)
from workflows.comparing.form_parts import layout_changes, right_changes, rule_changes
from workflows.comparing.printing import print_changes

_PARTS = {"title": ("标题", WORDING), "knows": ("旁边显示的信息", DATA), "benefits": ("年度限额的口径", DATA)}
_PARTS |= {"takes": ("可从其他流程带入", DATA), "key": ("编号", DATA)}


def compare_forms(before: bytes, after: bytes, titles: Mapping[str, str]) -> tuple[Change, ...]:
    """The changes of one form. Raises ValueError where one of them is no JSON object."""
    old, new = read_record(before), read_record(after)
    return (
        *field_changes(fields_of(old), fields_of(new), titles),
        *layout_changes(old, new),
        *rule_changes(list_in(old, "rules"), list_in(new, "rules"), titles),
        *right_changes(old, new, titles),
        *print_changes(record_in(old, "print"), record_in(new, "print")),
        *_part_changes(old, new),
    )


def _part_changes(old: Record, new: Record) -> Iterator[Change]:
    passed = {"schema", "layout", "rules", "steps", "print"}
    for key in dict.fromkeys((*old, *new)):
        if key not in passed and old.get(key) != new.get(key):
            what, weight = _PARTS.get(key, (key, DATA))
            detail = detail_of(what, weight, *(value_said(key, form.get(key)) for form in (old, new)))
            yield Change(kind=CHANGED, place=key, name=what, sort="表单", weight=weight, details=(detail,))
    inner = [
        {key: each for key, each in record_in(form, "schema").items() if key not in ("properties", "required")}
        for form in (old, new)
    ]
    if inner[0] != inner[1]:
        detail = detail_of("结构", DATA, *map(written, inner))
        yield Change(kind=CHANGED, place="schema", name=Sentence("结构"), sort="表单", weight=DATA, details=(detail,))
