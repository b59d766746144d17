"""What a form does with its fields: where they stand, what it refuses, and which step may do what with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workflows.comparing.comparison import ADDED, CHANGED, DATA, MOVED, REMOVED, WEIGHTS, WORDING, Change, Detail
from workflows.comparing.fields import Record, detail_of, fields_of, list_in, named, record_in, title_of, value_said
from workflows.comparing.lines import moved_among
from workflows.comparing.words import expression_in_words

_STATES = {"hide": "隐藏", "edit": "可填写", "read": "只读", "": "按步骤默认"}


def _placed(form: Record) -> dict[str, tuple[str, Any]]:
    """The section and the width of every field that stands in the layout, in its order."""
    found: dict[str, tuple[str, Any]] = {}
    for number, section in enumerate(list_in(form, "layout"), 1):
        for place in list_in(section, "fields"):
            if isinstance(place, list) and place and isinstance(place[0], str):
                found[place[0]] = (str(section.get("title") or number), place[1] if len(place) > 1 else "")
    return found


def layout_changes(old: Record, new: Record) -> Iterator[Change]:
    before, after, fields = _placed(old), _placed(new), fields_of(new)
    moved = moved_among(list(before), list(after))
    for name, (section, width) in after.items():
        if name not in before or name not in fields_of(old):
            continue
        details = [
            detail_of(what, WORDING, str(then), str(now))
            for what, then, now in (("分组", before[name][0], section), ("宽度", before[name][1], width))
            if then != now
        ]
        if name in moved and not any(each.what == "分组" for each in details):
            details.append(
                detail_of("顺序", WORDING, str(list(before).index(name) + 1), str(list(after).index(name) + 1))
            )
        if details:
            kind = MOVED if any(each.what in ("顺序", "分组") for each in details) else CHANGED
            yield _part(kind, name, title_of(name, fields.get(name, {})), "版面", WORDING, details)
    for kind, these, those, form in ((ADDED, after, before, new), (REMOVED, before, after, old)):
        for name in these:
            if name not in those and name in fields_of(old) and name in fields_of(new):
                yield _part(kind, name, title_of(name, fields_of(form).get(name, {})), "版面", DATA, [])
    yield from _section_changes(old, new)


def _section_changes(old: Record, new: Record) -> Iterator[Change]:
    before, after = _sections(old), _sections(new)
    for title in dict.fromkeys((*before, *after)):
        then, now = before.get(title), after.get(title)
        if then is None or now is None:
            yield _part(ADDED if then is None else REMOVED, title, title, "分组", WORDING, [])
        elif then != now:
            keys = ("shown_for", "folded", "offers")
            words = ("只在这些回答时显示", "默认折叠", "可选的内容")
            details = [
                detail_of(
                    word,
                    DATA if key == "shown_for" else WORDING,
                    value_said(key, then.get(key)),
                    value_said(key, now.get(key)),
                )
                for key, word in zip(keys, words, strict=True)
                if then.get(key) != now.get(key)
            ]
            yield _part(CHANGED, title, title, "分组", min((e.weight for e in details), key=WEIGHTS.index), details)


def _sections(form: Record) -> dict[str, Record]:
    return {
        str(section.get("title") or number): {key: section.get(key) for key in ("shown_for", "folded", "offers")}
        for number, section in enumerate(list_in(form, "layout"), 1)
        if isinstance(section, Mapping)
    }


def _part(kind: str, place: str, name: str, sort: str, weight: str, details: Sequence[Detail]) -> Change:
    return Change(kind=kind, place=place, name=name, sort=sort, weight=weight, details=tuple(details))


# rules and rights


def rule_changes(old: list[Any], new: list[Any], titles: Mapping[str, str]) -> Iterator[Change]:
    left = [each for each in old if each not in new]
    for rule in (each for each in new if each not in old):
        earlier = next((each for each in left if _same_rule(each, rule)), None)
        if earlier is not None:
            left.remove(earlier)
        yield _rule_change(earlier, rule, titles)
    for rule in left:
        yield _rule_change(rule, None, titles)


def _same_rule(earlier: Any, rule: Any) -> bool:
    pair = [each if isinstance(each, Mapping) else {} for each in (earlier, rule)]
    return pair[0].get("message") == pair[1].get("message") or pair[0].get("when") == pair[1].get("when")


def _rule_change(earlier: Any, rule: Any, titles: Mapping[str, str]) -> Change:
    then, now = (each if isinstance(each, Mapping) else {} for each in (earlier, rule))
    kind = ADDED if earlier is None else REMOVED if rule is None else CHANGED
    details = []
    for key, word, weight in (
        ("when", "不接受的情况", DATA),
        ("message", "提示语", WORDING),
        ("field", "提示在", WORDING),
    ):
        values = [str(each.get(key, "")) for each in (then, now)]
        if values[0] != values[1]:
            read = [expression_in_words(value, titles) if key == "when" and value else "" for value in values]
            details.append(
                Detail(
                    what=word,
                    before=values[0],
                    after=values[1],
                    weight=weight,
                    reads_before=read[0],
                    reads_after=read[1],
                )
            )
    name = str((now or then).get("message", ""))
    weight = min((each.weight for each in details), key=WEIGHTS.index, default=WORDING)
    return _part(kind, str((now or then).get("field", "")), name, "规则", weight, details)


def right_changes(old: Record, new: Record, titles: Mapping[str, str]) -> Iterator[Change]:
    """What each step may do with each field, columns too, by the names that the form gives them."""
    before, after = record_in(old, "steps"), record_in(new, "steps")
    fields = {**fields_of(old), **fields_of(new)}
    for step in dict.fromkeys((*before, *after)):
        names = dict.fromkeys(
            name for form in (before, after) for key in ("hide", "edit") for name in list_in(form.get(step), key)
        )
        only = ["edit" in form[step] if isinstance(form.get(step), Mapping) else False for form in (before, after)]
        details = []
        if only[0] != only[1]:
            said = [("只可填写列出的字段" if each else "") for each in only]
            details.append(detail_of("可填写的范围", DATA, *said))
        for name in names:
            states = [_state(form.get(step), str(name)) for form in (before, after)]
            if states[0] != states[1]:
                title = named(str(name), fields.get(str(name), {}), fields)
                details.append(detail_of(title, DATA, _STATES[states[0]], _STATES[states[1]]))
        if details:
            yield Change(
                kind=CHANGED,
                place=step,
                name=titles.get(f"step:{step}", step),
                sort="字段权限",
                weight=DATA,
                details=tuple(details),
            )


def _state(rights: Any, name: str) -> str:
    if name in list_in(rights, "hide"):
        return "hide"
    if name in list_in(rights, "edit"):
        return "edit"
    return "read" if isinstance(rights, Mapping) and "edit" in rights else ""
