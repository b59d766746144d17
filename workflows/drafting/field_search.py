"""What is looked for when a field is named anew, and what was found of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workflows.checks.expressions import uses_in
from workflows.drafting.expression_names import (
    NO_ROW,
    ROW,
    ROWS,
    RowContext,
    Sought,
    assignments,
    kind_of,
    made_keys,
    names_in,
    spans_in,
)
from workflows.drafting.field_scopes import Chain, Folder, chain_of, columns_in
from workflows.drafting.spots import Text
from workflows.expressions import ExpressionError, parse_expression, parse_script
from workflows.forms.fields import columns_of

_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One place that says the name; ``start`` to ``end`` of the file's text is exactly the name."""

    file: str
    element: str
    where: str
    start: int
    end: int
    is_definition: bool = False
    beside: frozenset[str] = frozenset()
    """The other names of the same expression."""


@dataclass
class Search:
    """A field, or a column of the rows in ``holders``, and every place that speaks of it."""

    folder: Folder
    name: str
    holders: dict[str, Chain]
    """The fields that hold the column's rows, each with where it belongs; empty where a field is sought."""
    chain: Chain
    aliases: dict[str, str] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    """Places that cannot be read, but seem to speak of it."""

    @property
    def is_column(self) -> bool:
        return bool(self.holders)

    def declares(self, form: str) -> bool:
        """Whether the form has the sought field, or rows with the sought column."""
        if self.is_column:
            return any(self.holds(form, holder) for holder in self.holders)
        return self.folder.chain_of_form(form) == self.chain and self.name in self.folder.fields(form)

    def holds(self, form: str, holder: str) -> bool:
        """Whether that field of that form has the sought column."""
        return (
            holder in self.holders
            and self.folder.chain_of_form(form) == self.holders[holder]
            and self.name in columns_in(self.folder.fields(form).get(holder))
        )

    def is_field(self, form: str, name: object) -> bool:
        """Whether ``name``, said of this form, is the sought field."""
        return not self.is_column and name == self.name and self.declares(form)

    def sought_at(self, chain: Chain) -> Sought | None:
        """What to look for in an expression there; None where the name means something else."""
        if not self.is_column:
            return Sought(name=self.name) if self.folder.giver(self.name, chain) == self.chain else None
        kinds = {
            holder: self._shape(holder)
            for holder, place in self.holders.items()
            if self.folder.giver(holder, chain) == place
        }
        return Sought(name=self.name, kinds={"": "", **self.aliases, **kinds})

    def _shape(self, holder: str) -> str:
        forms = self.folder.forms_giving(holder, self.holders[holder])
        return ROWS if any(columns_of(self.folder.fields(form)[holder]) for form in forms) else ROW

    def row_of(self, form: str, holder: str) -> RowContext:
        columns = frozenset(columns_in(self.folder.fields(form).get(holder)))
        return RowContext(columns=columns, is_sought=self.holds(form, holder))

    # what is found

    def hit(
        self, file: str, element: str, where: str, text: Text, span: tuple[int, int] | None = None, *,
        is_definition: bool = False, beside: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        start, end = text.place(*(span or (0, len(text.text))))
        if self.folder.texts[file][start:end] != self.name:
            self.doubts.append(where)  # written with escapes: nothing is changed that is not plainly there
            return
        self.hits.append(
            Hit(
                file=file,
                element=element,
                where=where,
                start=start,
                end=end,
                is_definition=is_definition,
                beside=beside,
            )
        )

    def path(self, form: str, file: str, element: str, where: str, text: Text, mark: str = "/") -> None:
        """A text such as ``lines/value`` or ``lines-0-value``, said of a form."""
        parts = text.text.split(mark)
        if self.is_field(form, parts[0]):
            self.hit(file, element, where, text, (0, len(parts[0])))
        elif len(parts) > 1 and parts[-1] == self.name and self.holds(form, parts[0]):
            self.hit(file, element, where, text, (len(text.text) - len(parts[-1]), len(text.text)))

    def expression(
        self, file: str, element: str, where: str, text: Text, chain: Chain, *, row: RowContext = NO_ROW,
        is_script: bool = False, makes: bool = False, reads: bool = True,
    ) -> None:  # fmt: skip
        """An expression; where it ``makes`` the sought rows, also the keys that it writes."""
        sought = self.sought_at(chain)
        source = text.text.strip()
        lead = text.text.find(source) if source else 0
        if sought is None or self.name not in source:
            return
        try:
            tree: list[ast.stmt] = parse_script(source) if is_script else [ast.Expr(parse_expression(source))]
            spans = spans_in(source, tree, sought, row) if reads else []
            for value in self._values(tree, sought) if is_script else tree if makes else ():
                made = value.value if isinstance(value, ast.Expr) else value
                spans += made_keys(source, made, self.name)
        except (ExpressionError, ValueError):
            if re.search(rf"\b{re.escape(self.name)}\b", source):
                self.doubts.append(where)
            return
        beside = frozenset(names_in(tree) - {self.name}) | (frozenset() if self.is_column else row.columns)
        if self.is_column and not row.is_sought:
            beside = frozenset()  # behind a dot or in quotes it is told from every other name
        for start, end in sorted(set(spans)):
            self.hit(file, element, where, text, (lead + start, lead + end), beside=beside)

    def _values(self, tree: list[ast.stmt], sought: Sought) -> Iterator[ast.AST]:
        """What a script puts into the sought rows."""
        for name, value, _each in assignments(tree):
            if sought.kinds.get(name):
                yield value


def search_for(folder: Folder, form: str, path: str) -> Search:
    """What is to be looked for. Raises LookupError where the form has no such field or column."""
    name, slash, column = path.partition("/")
    chain = folder.chain_of_form(form)
    field_ = folder.fields(form)[name]
    if not slash:
        return Search(folder=folder, name=name, holders={}, chain=chain)
    if column not in columns_in(field_):
        raise LookupError(path)
    search = Search(folder=folder, name=column, holders={name: chain}, chain=chain)
    for _round in range(_ROUNDS):
        search.aliases = _aliases(search)
        search.holders |= _same_rows(search)
    return search


def _same_rows(search: Search) -> Mapping[str, Chain]:
    """Fields that get the rows as they are, or give them, or note something beside them."""
    found: dict[str, Chain] = {}
    for form in search.folder.forms:
        chain = search.folder.chain_of_form(form)
        for name, about in search.folder.fields(form).items():
            if search.name not in columns_in(about):
                continue
            here, sought = search.holds(form, name), search.sought_at(chain)
            for source in (about.get("x-default"), about.get("x-compute")):
                if not here and sought is not None and isinstance(source, str) and _gives(source, sought):
                    found[name] = chain
                if here and isinstance(source, str):
                    found |= _sources(search, source, chain)
            for other in search.folder.fields(form):
                if search.holds(form, other) and search.folder.fields(form)[other].get("x-notes") == name:
                    found[name] = chain
            notes = about.get("x-notes")
            if here and search.name in columns_in(search.folder.fields(form).get(notes)):
                found[str(notes)] = chain
    return found


def _sources(search: Search, source: str, chain: Chain) -> Mapping[str, Chain]:
    """The fields with such a column that the sought rows are a copy of."""
    found: dict[str, Chain] = {}
    for form in search.folder.forms:
        for name, about in search.folder.fields(form).items():
            place = search.folder.giver(name, chain)
            if place is not None and search.name in columns_in(about) and search.folder.chain_of_form(form) == place:
                shape = ROWS if columns_of(about) else ROW
                if _gives(source, Sought(name=search.name, kinds={name: shape})):
                    found[name] = place
    return found


def _gives(source: str, sought: Sought) -> bool:
    try:
        return bool(kind_of(parse_expression(source), sought))
    except ExpressionError:
        return False


def _aliases(search: Search) -> dict[str, str]:
    """Other names for the rows, or for one of them: what scripts and branches call them."""
    root = search.folder.root
    found = dict(search.aliases)
    items: dict[str, tuple[str, ...]] = {}
    for owner, use in uses_in(root) if root is not None else ():
        sought = search.sought_at(chain_of(owner))
        if sought is None or use.kind not in ("script", "collection"):
            continue
        try:
            if use.kind == "collection":
                if kind_of(parse_expression(use.source), sought) == ROWS:
                    items[owner.get("id") or ""] = (*chain_of(owner), owner.get("id") or "")
                continue
            for name, value, each in assignments(parse_script(use.source)):
                kind = kind_of(value, sought)
                if kind and name not in search.holders:
                    found[name] = ROW if each else kind
        except ExpressionError:
            continue
    return found | {name: ROW for name, chain in search.folder.loop_items().items() if chain in items.values()}
