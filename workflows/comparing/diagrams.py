"""Two diagrams element by element: what is there, what it says, and where it is drawn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass

from workflows.checks.reading import read_diagram
from workflows.checks.words import word_for
from workflows.comparing.comparison import (
    ADDED,
    CHANGED,
    DRAWING,
    MOVED,
    REMOVED,
    WAY,
    WEIGHTS,
    WHEN,
    WHO,
    WORDING,
    Change,
    Detail,
    Sentence,
    Text,
)
from workflows.comparing.elements import COMPUTED, Element, Fact, read_elements
from workflows.comparing.words import expression_in_words, reading_of

Elements = Mapping[str, Element]
_NO_FACT = Fact(value="", weight=WORDING)
_NAMED = {"属性": "属性 {name}", "参数": "参数 {name}", "扩展": "扩展 {name}", "内容": "内容 {name}"}
_SORTS = {
    "association": "关联线",
    "boundaryEvent": "边界事件",
    "businessRuleTask": "决策任务",
    "endEvent": "结束事件",
    "exclusiveGateway": "排他网关",
    "intermediateCatchEvent": "中间事件",
    "lane": "泳道",
    "message": "消息",
    "parallelGateway": "并行网关",
    "participant": "泳池",
    "process": "流程",
    "scriptTask": "脚本任务",
    "sequenceFlow": "连线",
    "serviceTask": "服务任务",
    "startEvent": "开始事件",
    "subProcess": "子流程",
    "textAnnotation": "注释",
    "userTask": "人工任务",
}


def compare_diagrams(before: bytes, after: bytes, file: str, titles: Mapping[str, str]) -> tuple[Change, ...]:
    """The changes, elements in the order of the newer file. Raises DefinitionError where one cannot be read."""
    old, new = read_elements(read_diagram(before, file)), read_elements(read_diagram(after, file))
    return tuple(_Comparison(old, new, titles).changes())


def sort_of(kind: str) -> str:
    """What people call this kind of element."""
    return _SORTS.get(kind) or word_for(kind).partition("（")[0]


@dataclass
class _Comparison:
    old: Elements
    new: Elements
    titles: Mapping[str, str]

    def __post_init__(self) -> None:
        self.renamed = _renamed(self.old, self.new)
        """The id that an element had before, by the one it has now, where they differ."""
        self.shift = self._most_common_shift()

    def changes(self) -> Iterator[Change]:
        known = {*self.renamed.values()}
        for identity, element in self.new.items():
            earlier = self.old.get(self.renamed.get(identity, identity))
            if earlier is None:
                yield self._whole(ADDED, element, self.new)
            else:
                yield from self._changed(earlier, element)
        for identity, element in self.old.items():
            if identity not in self.new and identity not in known:
                yield self._whole(REMOVED, element, self.old)

    # whole elements

    def _whole(self, kind: str, element: Element, within: Elements) -> Change:
        gone = kind == REMOVED
        details = tuple(
            self._detail(what, fact if gone else _NO_FACT, _NO_FACT if gone else fact)
            for what, fact in element.facts.items()
            if fact.value and what not in ("名称", "类型")
        )
        return Change(
            kind=kind,
            place=element.id,
            name=self._name(element, within),
            sort=sort_of(element.kind),
            weight=_weight_of(element),
            details=details,
            is_minor=self._follows(element, within),
        )

    def _follows(self, element: Element, within: Elements) -> bool:
        """A line to or from something that came or went itself, or a lane or end that says nothing more."""
        if not element.is_flow:
            return element.kind in ("association", "participant", "process")
        other = self.old if within is self.new else self.new
        ends = {self._elsewhere(each, within) for each in (element.source, element.target)}
        return not all(end in other for end in ends) and not element.facts.get("条件", _NO_FACT).value

    def _elsewhere(self, identity: str, within: Elements) -> str:
        """The same element's id in the other diagram."""
        if within is self.new:
            return self.renamed.get(identity, identity)
        return next((now for now, then in self.renamed.items() if then == identity), identity)

    # changed ones

    def _changed(self, earlier: Element, element: Element) -> Iterator[Change]:
        details = list(self._details(earlier, element))
        if earlier.id != element.id:
            details.append(Detail(what="编号", before=earlier.id, after=element.id, weight=WAY))
        is_moved = self._is_moved(earlier, element)
        if not details and not is_moved:
            return
        weight = min((detail.weight for detail in details), key=WEIGHTS.index, default=DRAWING)
        yield Change(
            kind=CHANGED if details else MOVED,
            place=element.id,
            place_before=earlier.id if earlier.id != element.id else "",
            name=self._name(element, self.new),
            sort=sort_of(element.kind),
            weight=weight,
            details=(*details, *([self._drawing(earlier, element)] if is_moved else ())),
            is_minor=weight == WORDING and element.kind == "process",
        )

    def _details(self, earlier: Element, element: Element) -> Iterator[Detail]:
        for what in dict.fromkeys((*earlier.facts, *element.facts)):
            old, new = earlier.facts.get(what, _NO_FACT), element.facts.get(what, _NO_FACT)
            if old.value != new.value and not self._only_renumbered(what, old.value, new.value):
                yield self._detail(what, old, new)
        for what, then, current in (("来自", earlier.source, element.source), ("去向", earlier.target, element.target)):
            if then != self.renamed.get(current, current):
                names = self._title(then, self.old), self._title(current, self.new)
                yield Detail(what=what, before=names[0], after=names[1], weight=WAY)

    def _only_renumbered(self, what: str, old: str, new: str) -> bool:
        return what in ("默认走向", "附着在") and old == self.renamed.get(new, new)

    def _detail(self, what: str, old: Fact, new: Fact) -> Detail:
        values = [old.value, new.value]
        if what in ("默认走向", "附着在"):
            return self._reference(what, old, new)
        if what == "类型":
            values = [sort_of(value) if value else "" for value in values]
        weight = min((fact.weight for fact in (old, new) if fact is not _NO_FACT), key=WEIGHTS.index, default=WORDING)
        read = self._reader(what, old.name or new.name)
        said: str | Sentence = what
        start, _space, rest = what.partition(" ")
        if rest and start in _NAMED:
            said = Sentence(_NAMED[start], {"name": rest})
        return Detail(
            what=said,
            before=values[0],
            after=values[1],
            weight=weight,
            reads_before=read(values[0]) if values[0] else "",
            reads_after=read(values[1]) if values[1] else "",
        )

    def _reader(self, what: str, name: str) -> Callable[[str], Text]:
        if what in COMPUTED or what.partition(" ")[0] == "参数":
            return lambda value: expression_in_words(value, self.titles)
        if what == "决策表":
            return lambda value: self.titles.get(f"table:{value}", "")
        return lambda value: reading_of(name, value, self.titles)

    def _reference(self, what: str, old: Fact, new: Fact) -> Detail:
        names = (self._title(old.value, self.old), self._title(new.value, self.new))
        return Detail(what=what, before=names[0], after=names[1], weight=WAY if what == "默认走向" else WHEN)

    # names

    def _title(self, identity: str, within: Elements) -> str:
        element = within.get(identity)
        return str(self._name(element, within)) if element is not None else identity

    def _name(self, element: Element, within: Elements) -> Text:
        if element.is_flow:
            ends = [self._end(within, each) for each in (element.source, element.target)]
            values = {"source": ends[0], "target": ends[1]}
            return (
                Sentence("从“{source}”到“{target}”", values)
                if not element.name
                else Sentence("“{name}”（从“{source}”到“{target}”）", {"name": element.name, **values})
            )
        host = within.get(element.host)
        if host is not None and host.name:
            return Sentence("{host}的{name}", {"host": host.name, "name": element.name or sort_of(element.kind)})
        return element.name or element.id

    @staticmethod
    def _end(within: Elements, identity: str) -> str:
        element = within.get(identity)
        return (element.name or sort_of(element.kind)) if element is not None else identity

    # drawing

    def _pairs(self) -> Iterator[tuple[Element, Element]]:
        for identity, element in self.new.items():
            earlier = self.old.get(self.renamed.get(identity, identity))
            if earlier is not None and len(earlier.drawn) == len(element.drawn) == 1:
                yield earlier, element

    def _most_common_shift(self) -> tuple[float, float]:
        """Where the whole drawing was pushed to; nothing unless at least half of it went there."""
        shifts = Counter(
            (new.drawn[0][0] - old.drawn[0][0], new.drawn[0][1] - old.drawn[0][1]) for old, new in self._pairs()
        )
        if not shifts:
            return 0, 0
        shift, often = shifts.most_common(1)[0]
        return shift if often * 2 >= shifts.total() else (0, 0)

    def _is_moved(self, earlier: Element, element: Element) -> bool:
        if self._is_where_it_was(earlier, element):
            return False
        # a line follows its ends
        ends = [
            (self.old.get(self.renamed.get(each, each)), self.new.get(each))
            for each in (element.source, element.target)
        ]
        return not element.is_flow or all(
            old is not None and new is not None and self._is_where_it_was(old, new) for old, new in ends
        )

    def _is_where_it_was(self, earlier: Element, element: Element) -> bool:
        left, top = self.shift
        there = tuple((x + left, y + top, width, height) for x, y, width, height in earlier.drawn)
        return there == element.drawn

    def _drawing(self, earlier: Element, element: Element) -> Detail:
        if element.is_flow or not earlier.drawn or not element.drawn:
            return Detail(what="图形", before="", after="", weight=DRAWING, reads_after="线条走向调整")
        resized = earlier.drawn[0][2:] != element.drawn[0][2:]
        return Detail(
            what="图形", before="", after="", weight=DRAWING, reads_after="大小调整" if resized else "位置移动"
        )


def _weight_of(element: Element) -> str:
    if element.kind in ("textAnnotation", "association", "participant"):
        return WORDING
    if element.kind in ("userTask", "lane"):
        return WHO
    return WHEN if any(fact.weight == WHEN and what != "附着在" for what, fact in element.facts.items()) else WAY


def _renamed(old: Elements, new: Elements) -> dict[str, str]:
    """Elements under another id that are plainly the same: of one kind, post and name, or between the same two."""
    gone = {key: each for key, each in old.items() if key not in new}
    come = {key: each for key, each in new.items() if key not in old}
    found = _matched(gone, come, _signature)
    return {**found, **_matched(gone, come, lambda each: _ends(each, found))}


def _matched(gone: Elements, come: Elements, signature: Callable[[Element], Hashable | None]) -> dict[str, str]:
    old: dict[Hashable | None, list[str]] = defaultdict(list)
    new: dict[Hashable | None, list[str]] = defaultdict(list)
    for elements, into in ((gone, old), (come, new)):
        for identity, element in elements.items():
            into[signature(element)].append(identity)
    return {
        identities[0]: old[key][0]
        for key, identities in new.items()
        if key is not None and len(identities) == len(old.get(key, ())) == 1
    }


def _signature(element: Element) -> Hashable | None:
    if not element.name or element.is_flow:
        return None
    return element.kind, element.name, element.facts.get("岗位", _NO_FACT).value, element.host


def _ends(element: Element, renamed: Mapping[str, str]) -> Hashable | None:
    if not element.is_flow:
        return None
    return renamed.get(element.source, element.source), renamed.get(element.target, element.target)
