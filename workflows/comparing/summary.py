"""A short list of sentences that a business person understands, the most consequential first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from workflows.comparing.comparison import (
    ADDED,
    CHANGED,
    DRAWING,
    MOVED,
    REMOVED,
    WEIGHTS,
    WHO,
    WORDING,
    Change,
    Detail,
    FileComparison,
    Sentence,
    SummaryLine,
    Text,
)

_PARTS = {"form": "表单", "paper": "单据", "table": "决策表", "scenario": "场景", "diagram": "流程图"}
_PARTS |= {"settings": "流程设置", "english": "英文文字"}
_GROUPS = {
    ADDED: "新增 {count} 项（{names}）",
    REMOVED: "删除 {count} 项（{names}）",
    CHANGED: "改动 {count} 项（{names}）",
    MOVED: "调整顺序 {count} 项",
}
MAX_NAMES = 4


def summarize(files: Sequence[FileComparison]) -> tuple[SummaryLine, ...]:
    """Every change in a sentence, or several together where each alone says little."""
    lines = [line for each in files for line in _of_file(each)]
    return tuple(sorted(lines, key=lambda line: WEIGHTS.index(line.weight)))


def _of_file(each: FileComparison) -> Iterator[SummaryLine]:
    if each.kind != CHANGED or each.lines:
        yield _whole(each)
    elif each.part == "diagram":
        yield from _of_diagram(each)
    elif each.part == "settings":
        for change in each.changes:
            values = {"what": change.name, **_values(change.details[0])}
            yield SummaryLine(
                text=Sentence("{what}：{before} → {after}", values),
                weight=change.weight,
                file=each.file,
                place=change.place,
            )
    elif each.part == "english":
        text = Sentence("英文文字改动 {count} 处", {"count": str(len(each.changes))})
        yield SummaryLine(text=text, weight=WORDING, file=each.file)
    else:
        yield from _in_groups(each)


def _whole(each: FileComparison) -> SummaryLine:
    part = _PARTS.get(each.part, "文件")
    text = {
        ADDED: "新增{part}“{name}”",
        REMOVED: "删除{part}“{name}”",
    }.get(each.kind, "{part}“{name}”无法读懂，只能按文字比较")
    return SummaryLine(
        text=Sentence(text, {"part": Sentence(part), "name": each.title}), weight=each.weight, file=each.file
    )


def _values(detail: Detail) -> dict[str, Text]:
    before, after = detail.reads_before or detail.before, detail.reads_after or detail.after
    return {"before": before or Sentence("（无）"), "after": after or Sentence("（无）")}


# the diagram


def _of_diagram(each: FileComparison) -> Iterator[SummaryLine]:
    moved = [change for change in each.changes if change.weight == DRAWING and change.kind in (MOVED, CHANGED)]
    for change in each.changes:
        if change in moved or change.is_minor:
            continue
        for weight, text in _of_element(change):
            yield SummaryLine(text=text, weight=weight, file=each.file, place=change.place)
    if moved:
        text = Sentence("{count} 个元素只调整了图形，走法不变", {"count": str(len(moved))})
        yield SummaryLine(text=text, weight=DRAWING, file=each.file)


def _of_element(change: Change) -> Iterator[tuple[str, Sentence]]:
    names: dict[str, Text] = {"sort": Sentence(change.sort), "name": change.name}
    if change.kind in (ADDED, REMOVED):
        post = next((each.after or each.before for each in change.details if each.what == "岗位"), "")
        condition = next((each for each in change.details if each.what == "条件"), None)
        added = change.kind == ADDED
        if change.weight == WHO and post:
            text = "新增环节“{name}”（{post}）" if added else "删除环节“{name}”（{post}）"
            yield change.weight, Sentence(text, {**names, "post": post})
        elif condition is not None:
            side = _values(condition)["after" if added else "before"]
            text = "新增{sort} {name}，条件：{condition}" if added else "删除{sort} {name}，条件：{condition}"
            yield change.weight, Sentence(text, {**names, "condition": side})
        else:
            yield change.weight, Sentence("新增{sort} {name}" if added else "删除{sort} {name}", names)
        return
    for detail in change.details:
        if detail.weight != DRAWING:
            yield detail.weight, _of_detail(change, detail, names)


def _of_detail(change: Change, detail: Detail, names: dict[str, Text]) -> Sentence:
    values = {**names, **_values(detail), "what": detail.what}
    if detail.what == "岗位":
        return Sentence("“{name}”改由 {after} 办理（原为 {before}）", values)
    if detail.what == "名称":
        return Sentence("{sort}“{before}”改名为“{after}”", values)
    if change.sort == "连线":
        return Sentence("{name}的{what}：{before} → {after}", values)
    return Sentence("“{name}”的{what}：{before} → {after}", values)


# forms, tables, papers, scenarios


def _in_groups(each: FileComparison) -> Iterator[SummaryLine]:
    """One sentence a file and weight: how many of which kind, and the first names."""
    part: dict[str, Text] = {"part": Sentence(_PARTS.get(each.part, "文件")), "name": each.title}
    for weight in dict.fromkeys(sorted((change.weight for change in each.changes), key=WEIGHTS.index)):
        these = [change for change in each.changes if change.weight == weight]
        if len(these) == 1 and these[0].kind == CHANGED and len(these[0].details) == 1:
            detail = these[0].details[0]
            values = {**part, **_values(detail), "place": these[0].name, "what": detail.what}
            same = str(these[0].name) == str(detail.what)
            said = (
                "{part}“{name}”：{what} {before} → {after}"
                if same
                else "{part}“{name}”：{place}的{what} {before} → {after}"
            )
            text = Sentence(said, {key: value for key, value in values.items() if key != "place" or not same})
        else:
            text = Sentence("{part}“{name}”：{what}", {**part, "what": _counted(these)})
        place = these[0].place if len(these) == 1 else ""
        yield SummaryLine(text=text, weight=weight, file=each.file, place=place)


def _counted(changes: Sequence[Change]) -> Text:
    """``新增 1 项（费用说明）；改动 2 项（金额、日期）``"""
    counts = Counter(change.kind for change in changes)
    parts: list[Sentence] = []
    for kind, text in _GROUPS.items():
        if counts[kind]:
            names = list(dict.fromkeys(str(change.name) for change in changes if change.kind == kind))
            named = "、".join(names[:MAX_NAMES]) + ("…" if len(names) > MAX_NAMES else "")
            parts.append(Sentence(text, {"count": str(counts[kind]), "names": named}))
    return _joined(parts)


def _joined(parts: Sequence[Sentence]) -> Sentence:
    if len(parts) == 1:
        return parts[0]
    return Sentence("{first}；{rest}", {"first": parts[0], "rest": _joined(parts[1:])})
