"""Where an expression or a script speaks of a field or of a column, by the syntax tree and never by its letters."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workflows.errors import WorkflowError

ROWS, ROW = "rows", "row"
"""What a name can stand for: a list of rows, or one row (also a record of amounts)."""
Bound = Mapping[str, str]

Span = tuple[int, int]


class Unusual(WorkflowError):
    """The name is written in a way that cannot be changed safely."""


@dataclass(frozen=True, kw_only=True)
class Sought:
    """The field ``name``, or, where ``kinds`` says what holds the rows, their column ``name``."""

    name: str
    kinds: Mapping[str, str] = field(default_factory=dict)
    """By name what holds the rows or is one; empty where a field is sought."""

    @property
    def is_column(self) -> bool:
        return bool(self.kinds)


@dataclass(frozen=True, kw_only=True)
class RowContext:
    """An expression that is looked at in each row: the row's columns are names there, and hide fields."""

    columns: frozenset[str] = frozenset()
    is_sought: bool = False
    """It is a row of the very rows whose column is sought."""


NO_ROW = RowContext()


def spans_in(source: str, tree: ast.AST | list[ast.stmt], sought: Sought, row: RowContext = NO_ROW) -> list[Span]:
    """The characters of ``source`` that say the name. Raises Unusual."""
    finder = _Finder(source, sought, row)
    for root in tree if isinstance(tree, list) else [tree]:
        finder.visit(root, {})
    return sorted(set(finder.found))


def made_keys(source: str, node: ast.AST, column: str) -> list[Span]:
    """Where an expression whose result are rows (or a record) writes the key ``column`` of what it makes."""
    return [_inside(source, constant) for made in _made(node) for constant in _keys(made, column)]


def kind_of(node: ast.AST, sought: Sought) -> str:
    """Whether an expression gives the rows that are sought, one of them, or neither (empty)."""
    return _kind(node, sought.kinds, {})


def names_in(tree: ast.AST | list[ast.stmt]) -> set[str]:
    """Every name that the text mentions, whoever gives it."""
    roots = tree if isinstance(tree, list) else [tree]
    return {node.id for root in roots for node in ast.walk(root) if isinstance(node, ast.Name)}


def assignments(tree: list[ast.stmt]) -> Iterator[tuple[str, ast.expr, bool]]:
    """The names that a script gives a value, with that value; ``True`` where it is each entry of the value."""
    for node in (inner for statement in tree for inner in ast.walk(statement)):
        if isinstance(node, ast.Assign):
            yield from ((target.id, node.value, False) for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            yield node.target.id, node.iter, True


class _Finder:
    def __init__(self, source: str, sought: Sought, row: RowContext) -> None:
        self.source, self.sought, self.row = source, sought, row
        self.found: list[Span] = []

    def visit(self, node: ast.AST, bound: Bound) -> None:
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            self._visit_each(node, bound)
            return
        if isinstance(node, ast.Name):
            self._name(node, bound)
        elif self.sought.is_column:
            self._column(node, bound)
        called = node.func if isinstance(node, ast.Call) else None
        for child in ast.iter_child_nodes(node):
            if child is not called:
                self.visit(child, bound)

    def _visit_each(self, node: ast.ListComp | ast.GeneratorExp, bound: Bound) -> None:
        inner = dict(bound)
        for generator in node.generators:
            self.visit(generator.iter, inner)
            inner |= _taken_from(generator, self.sought.kinds, inner)
            for test in generator.ifs:
                self.visit(test, inner)
        self.visit(node.elt, inner)

    def _name(self, node: ast.Name, bound: Bound) -> None:
        if node.id != self.sought.name or node.id in bound:
            return
        if self.row.is_sought if self.sought.is_column else node.id not in self.row.columns:
            self.found.append(_span(self.source, node))

    def _column(self, node: ast.AST, bound: Bound) -> None:
        kinds, name = self.sought.kinds, self.sought.name
        if isinstance(node, ast.Attribute) and node.attr == name and _kind(node.value, kinds, bound) == ROW:
            _start, end = _span(self.source, node)
            self.found.append((end - len(name), end))
        for whole, key, kind in _keyed(node):
            if _says(key, name) and _kind(whole, kinds, bound) == kind:
                self.found.append(_inside(self.source, key))


def _keyed(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr, str]]:
    """What is looked into by a key that is written as text: ``x['a']``, ``get(x, 'a')``, ``column(x, 'a')``."""
    if isinstance(node, ast.Subscript):
        yield node.value, node.slice, ROW
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) >= 2:
        if node.func.id in ("get", "column"):
            yield node.args[0], node.args[1], ROW if node.func.id == "get" else ROWS
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
        yield node.comparators[0], node.left, ROW


def _says(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == name


def _kind(node: ast.AST, kinds: Mapping[str, str], bound: Bound) -> str:
    if isinstance(node, ast.Name):
        return bound[node.id] if node.id in bound else kinds.get(node.id, "")
    if isinstance(node, ast.Subscript):
        whole = _kind(node.value, kinds, bound)
        return "" if whole != ROWS else ROWS if isinstance(node.slice, ast.Slice) else ROW
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        inner = dict(bound)
        for generator in node.generators:
            inner |= _taken_from(generator, kinds, inner)
        return ROWS if _kind(node.elt, kinds, inner) == ROW else ""
    if isinstance(node, ast.Call):
        sorts = isinstance(node.func, ast.Name) and node.func.id == "sorted" and node.args
        return _kind(node.args[0], kinds, bound) if sorts else ""
    return next((kind for part in _either(node) if (kind := _kind(part, kinds, bound))), _of_list(node, kinds, bound))


def _of_list(node: ast.AST, kinds: Mapping[str, str], bound: Bound) -> str:
    entries = node.elts if isinstance(node, ast.List | ast.Tuple) else []
    return ROWS if any(_kind(entry, kinds, bound) == ROW for entry in entries) else ""


def _either(node: ast.AST) -> list[ast.expr]:
    """The parts of which an expression gives one, or which it joins."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    return [node.left, node.right] if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else []


def _taken_from(generator: ast.comprehension, kinds: Mapping[str, str], bound: Bound) -> dict[str, str]:
    """The names that a comprehension binds, each with what it is."""
    if isinstance(generator.target, ast.Name):
        return {generator.target.id: ROW if _kind(generator.iter, kinds, bound) == ROWS else ""}
    return {node.id: "" for node in ast.walk(generator.target) if isinstance(node, ast.Name)}


def _made(node: ast.AST) -> Iterator[ast.Dict]:
    if isinstance(node, ast.Dict):
        yield node
    elif isinstance(node, ast.ListComp | ast.GeneratorExp):
        yield from _made(node.elt)
    elif isinstance(node, ast.List | ast.Tuple):
        for entry in node.elts:
            yield from _made(entry)
    for part in _either(node):
        yield from _made(part)


def _keys(made: ast.Dict, column: str) -> Iterator[ast.expr]:
    return (key for key in made.keys if key is not None and _says(key, column))


def _span(source: str, node: ast.expr) -> Span:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return _offset(source, node.lineno, node.col_offset), _offset(source, node.end_lineno, node.end_col_offset)


def _offset(source: str, line: int, column: int) -> int:
    """The place of a node in characters: the parser counts the bytes of a line."""
    lines = source.split("\n")
    before = sum(len(each) + 1 for each in lines[: line - 1])
    return before + len(lines[line - 1].encode()[:column].decode())


def _inside(source: str, node: ast.AST) -> Span:
    """A text without its quotes. Raises Unusual where it is not simply written."""
    assert isinstance(node, ast.Constant)
    start, end = _span(source, node)
    if source[start + 1 : end - 1] != node.value:
        raise Unusual(f"“{source[start:end]}”的写法特殊，请先改成普通的引号")
    return start + 1, end - 1
