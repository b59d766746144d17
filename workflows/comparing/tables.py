"""Two decision tables cell by cell (DMN 1.3, chapter 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from workflows.comparing.comparison import (
    ADDED,
    CHANGED,
    MOVED,
    REMOVED,
    WAY,
    WORDING,
    Cell,
    Change,
    Detail,
    Grid,
    Row,
    Sentence,
)
from workflows.comparing.lines import moved_among
from workflows.decisions.xml_source import children, find_child, parse_xml, text_of

MAX_RULES = 2_000
_POLICIES = {
    "UNIQUE": "唯一命中",
    "ANY": "任意一致",
    "PRIORITY": "按优先级",
    "FIRST": "首条命中",
    "RULE ORDER": "按规则顺序全部",
    "OUTPUT ORDER": "按结果顺序全部",
    "COLLECT": "汇总",
}
_AGGREGATIONS = {"SUM": "求和", "MIN": "最小值", "MAX": "最大值", "COUNT": "个数"}
_ORDERED = frozenset({"FIRST", "RULE ORDER"})


@dataclass(frozen=True, kw_only=True)
class _Column:
    id: str
    label: str
    is_input: bool
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class _Rule:
    id: str
    number: int
    cells: tuple[str, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class _Table:
    id: str
    title: str
    policy: str
    facts: Mapping[str, str]
    columns: tuple[_Column, ...]
    rules: tuple[_Rule, ...]


def compare_tables(before: bytes, after: bytes, file: str) -> tuple[tuple[Change, ...], tuple[Grid, ...]]:
    """The changes of a file of decisions and each changed table as a grid. Raises DefinitionError."""
    old, new = read_tables(before, file), read_tables(after, file)
    changes: list[Change] = []
    grids: list[Grid] = []
    for identity in dict.fromkeys((*old, *new)):
        then, now = old.get(identity), new.get(identity)
        if then is None or now is None:
            kind = ADDED if then is None else REMOVED
            title = (now or then).title  # type: ignore[union-attr]
            changes.append(Change(kind=kind, place=identity, name=title, sort="决策表", weight=WAY))
        elif then != now:
            found = _Pair(then, now)
            changes += found.changes()
            grids.append(found.grid())
    return tuple(changes), tuple(grids)


def read_tables(raw: bytes, file: str) -> dict[str, _Table]:
    """Every decision of a file by id, whatever its cells say. Raises DefinitionError."""
    root = parse_xml(raw, file)
    tables = [_table(each) for each in children(root, "decision", "businessKnowledgeModel", "inputData")]
    return {table.id: table for table in tables}


def _table(decision: etree._Element) -> _Table:
    table = find_child(decision, "decisionTable")
    identity = decision.get("id") or decision.get("name") or ""
    title = decision.get("name") or identity
    variable = find_child(decision, "variable")
    facts = {"名称": title, "类型": variable.get("typeRef", "") if variable is not None else ""}
    if table is None:
        facts["公式"] = text_of(decision, "literalExpression", "text")
        return _Table(id=identity, title=title, policy="", facts=facts, columns=(), rules=())
    policy = (table.get("hitPolicy") or "UNIQUE").replace("_", " ")
    facts["命中策略"] = _POLICIES.get(policy, policy)
    facts["汇总方式"] = _AGGREGATIONS.get(table.get("aggregation", ""), table.get("aggregation", ""))
    return _Table(
        id=identity,
        title=title,
        policy=policy,
        facts=facts,
        columns=(
            *(_input(each) for each in children(table, "input")),
            *(_output(each) for each in children(table, "output")),
        ),
        rules=tuple(_rule(each, number) for number, each in enumerate(children(table, "rule")[:MAX_RULES], 1)),
    )


def _input(element: etree._Element) -> _Column:
    inner = find_child(element, "inputExpression")
    source = text_of(inner, "text")
    facts = {
        "名称": element.get("label") or source,
        "取自": source,
        "类型": inner.get("typeRef", "") if inner is not None else "",
        "可用的值": text_of(element, "inputValues", "text"),
    }
    return _Column(id=element.get("id", ""), label=facts["名称"], is_input=True, facts=facts)


def _output(element: etree._Element) -> _Column:
    facts = {
        "名称": element.get("label") or element.get("name") or "",
        "结果名": element.get("name", ""),
        "类型": element.get("typeRef", ""),
        "可用的值": text_of(element, "outputValues", "text"),
        "默认结果": text_of(element, "defaultOutputEntry", "text"),
    }
    return _Column(id=element.get("id", ""), label=facts["名称"], is_input=False, facts=facts)


def _rule(element: etree._Element, number: int) -> _Rule:
    cells = [
        text_of(each, "text") or ("-" if "inputEntry" in str(each.tag) else "")
        for each in children(element, "inputEntry", "outputEntry")
    ]
    notes = [text_of(each, "text") for each in children(element, "annotationEntry")]
    note = "；".join(filter(None, (text_of(element, "description"), *notes)))
    return _Rule(id=element.get("id", ""), number=number, cells=tuple(cells), note=note)


class _Pair:
    """Two states of one table, with the columns and rules that belong together."""

    def __init__(self, old: _Table, new: _Table) -> None:
        self.old, self.new = old, new
        self.columns = _column_pairs(old, new)
        self.rules = self._rule_pairs()
        self.moved = moved_among([rule.number for rule in old.rules], [self.rules.get(r.number) for r in new.rules])

    def changes(self) -> Iterator[Change]:
        facts = [
            Detail(
                what=what,
                before=self.old.facts.get(what, ""),
                after=self.new.facts.get(what, ""),
                weight=WORDING if what == "名称" else WAY,
            )
            for what in dict.fromkeys((*self.old.facts, *self.new.facts))
            if self.old.facts.get(what, "") != self.new.facts.get(what, "")
        ]
        if facts:
            weight = WORDING if all(each.weight == WORDING for each in facts) else WAY
            yield self._change(CHANGED, self.new.id, self.new.title, "决策表", facts, weight=weight)
        yield from self._column_changes()
        yield from self._rule_changes()

    def _column_changes(self) -> Iterator[Change]:
        for old, new in self.columns:
            if old is None or new is None:
                found = new or old
                assert found is not None
                yield self._change(ADDED if old is None else REMOVED, found.id, found.label, _sort(found), [])
            elif old.facts != new.facts:
                details = [
                    Detail(
                        what=what,
                        before=old.facts[what],
                        after=new.facts[what],
                        weight=WORDING if what == "名称" else WAY,
                    )
                    for what in new.facts
                    if old.facts.get(what) != new.facts[what]
                ]
                weight = WORDING if all(each.weight == WORDING for each in details) else WAY
                yield self._change(CHANGED, new.id, new.label, _sort(new), details, weight=weight)

    def _rule_changes(self) -> Iterator[Change]:
        by_number = {rule.number: rule for rule in self.old.rules}
        for rule in self.new.rules:
            earlier = by_number.get(self.rules.get(rule.number, 0))
            name = Sentence("规则 {number}", {"number": str(rule.number)})
            if earlier is None:
                yield self._change(ADDED, _place(rule), name, "规则", self._cells(None, rule))
                continue
            details = self._cells(earlier, rule)
            if details:
                weight = WORDING if all(each.weight == WORDING for each in details) else WAY
                yield self._change(CHANGED, _place(rule), name, "规则", details, weight=weight)
            elif earlier.number in self.moved:
                places = Detail(what="顺序", before=str(earlier.number), after=str(rule.number), weight=WAY)
                weight = WAY if {self.old.policy, self.new.policy} & _ORDERED else WORDING
                yield self._change(MOVED, _place(rule), name, "规则", [places], weight=weight)
        kept = set(self.rules.values())
        for rule in self.old.rules:
            if rule.number not in kept:
                name = Sentence("原规则 {number}", {"number": str(rule.number)})
                yield self._change(REMOVED, _place(rule), name, "规则", self._cells(rule, None))

    def _change(
        self, kind: str, place: str, name: Sentence | str, sort: str, details: Sequence[Detail], *, weight: str = WAY
    ) -> Change:
        return Change(kind=kind, place=place, name=name, sort=sort, weight=weight, details=tuple(details))

    def _cells(self, old: _Rule | None, new: _Rule | None) -> list[Detail]:
        found = []
        for (before, after), (column, other) in zip(self._texts(old, new), self.columns, strict=True):
            label = (other or column).label  # type: ignore[union-attr]
            if before != after and ((column is not None and other is not None) or old is None or new is None):
                found.append(Detail(what=label, before=before, after=after, weight=WAY))
        notes = (old.note if old else "", new.note if new else "")
        if notes[0] != notes[1]:
            found.append(Detail(what="注释", before=notes[0], after=notes[1], weight=WORDING))
        return found

    def _texts(self, old: _Rule | None, new: _Rule | None) -> list[tuple[str, str]]:
        """What stands in each pair of columns, before and after."""
        return [(_cell(old, self.old.columns, then), _cell(new, self.new.columns, now)) for then, now in self.columns]

    # matching

    def _rule_pairs(self) -> dict[int, int]:
        """The number that each rule had before: first by id, then by what it says, then by what is most alike."""
        found: dict[int, int] = {}
        left = {rule.number: rule for rule in self.old.rules}
        ids = {rule.id: rule.number for rule in self.old.rules if rule.id}
        for rule in self.new.rules:
            if rule.id in ids and ids[rule.id] in left:
                found[rule.number] = left.pop(ids[rule.id]).number
        open_rules = [rule for rule in self.new.rules if rule.number not in found]
        for least in (1.0, 0.5):
            for rule in open_rules:
                best = max(left.values(), key=lambda each: self._likeness(each, rule), default=None)
                if rule.number not in found and best is not None and self._likeness(best, rule) >= least:
                    found[rule.number] = left.pop(best.number).number
        return found

    def _likeness(self, old: _Rule, new: _Rule) -> float:
        pairs = self._texts(old, new)
        return sum(before == after for before, after in pairs) / len(pairs) if pairs else 0.0

    # the grid

    def grid(self) -> Grid:
        """Rules in the order of the newer table, those that went where they stood."""
        by_number = {rule.number: rule for rule in self.old.rules}
        rows: list[tuple[float, Row]] = []
        place = 0.0
        for rule in self.new.rules:
            earlier = by_number.get(self.rules.get(rule.number, 0))
            place = earlier.number if earlier is not None and earlier.number not in self.moved else place + 1e-6
            rows.append((place, self._row(earlier, rule)))
        kept = set(self.rules.values())
        rows += [(rule.number, self._row(rule, None)) for rule in self.old.rules if rule.number not in kept]
        return Grid(
            title=self.new.title,
            columns=tuple(self._heading(old, new) for old, new in self.columns),
            inputs=sum((new or old).is_input for old, new in self.columns),  # type: ignore[union-attr]
            rows=tuple(row for _place, row in sorted(rows, key=lambda each: each[0])),
        )

    def _heading(self, old: _Column | None, new: _Column | None) -> Cell:
        labels = (old.label if old else "", new.label if new else "")
        kind = ADDED if old is None else REMOVED if new is None else CHANGED if old.facts != new.facts else ""
        return Cell(kind=kind, before=labels[0], after=labels[1])

    def _row(self, old: _Rule | None, new: _Rule | None) -> Row:
        cells = []
        for before, after in self._texts(old, new):
            kind = CHANGED if before != after and old is not None and new is not None else ""
            cells.append(Cell(kind=kind, before=before, after=after))
        kind = ADDED if old is None else REMOVED if new is None else ""
        if old is not None and new is not None:
            changed = any(cell.kind for cell in cells) or old.note != new.note
            kind = CHANGED if changed else MOVED if old.number in self.moved else ""
        return Row(kind=kind, before=old.number if old else None, after=new.number if new else None, cells=tuple(cells))


def _sort(column: _Column) -> str:
    return "条件列" if column.is_input else "结果列"


def _place(rule: _Rule) -> str:
    return rule.id or str(rule.number)


def _cell(rule: _Rule | None, columns: Sequence[_Column], column: _Column | None) -> str:
    if rule is None or column is None:
        return ""
    at = columns.index(column)
    return rule.cells[at] if at < len(rule.cells) else ""


def _column_pairs(old: _Table, new: _Table) -> list[tuple[_Column | None, _Column | None]]:
    """Columns in the newer order, inputs first; known by id, else by what they take or are called."""
    left = list(old.columns)
    pairs: list[tuple[_Column | None, _Column | None]] = []
    for column in new.columns:
        known = [each for each in left if each.is_input == column.is_input]
        earlier = next((each for each in known if each.id and each.id == column.id), None) or next(
            (each for each in known if _key(each) == _key(column)), None
        )
        if earlier is not None:
            left.remove(earlier)
        pairs.append((earlier, column))
    pairs += [(column, None) for column in left]
    return sorted(pairs, key=lambda pair: not (pair[1] or pair[0]).is_input)  # type: ignore[union-attr]


def _key(column: _Column) -> str:
    return column.facts.get("取自") or column.facts.get("结果名") or column.label
