"""Papers as a process folder declares them: the ``print`` of a form, and the files in ``papers/``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from workflows.errors import DefinitionError, Problem
from workflows.forms import Form
from workflows.forms.fields import Field, columns_of
from workflows.json import JsonError, read_json

MAX_PAPER_BYTES = 100_000
LANDSCAPE, ROW, LINE, HEADING = "landscape", "row", "line", "heading"

Block = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One paper of a process; its key is a form's or the name of its file."""

    key: str
    title: str
    form: str
    """The form whose values it shows: it exists as soon as that was submitted."""
    rows: tuple[tuple[Block, ...], ...]
    signatures: tuple[Mapping[str, str], ...]
    style: str
    """``row``: a cell each. ``line``: names on lines below the paper. ``heading``: the same above it."""
    landscape: bool
    file: str


def has_paper(form: Form) -> bool:
    """Whether a form declares one that can be read: what was published before may say anything."""
    return bool(form.paper.get("rows")) and not any(_shape_problems(form.paper, "", ""))


def paper_of_form(key: str, form: Form) -> Paper:
    """The paper that a form itself declares."""
    return _paper(key, {"title": form.title, **form.paper, "form": key}, f"forms/{key}.json")


def read_paper(raw: bytes, *, file: str) -> Paper:
    """Read a file of ``papers/``. Raises DefinitionError naming the file and the place."""
    if len(raw) > MAX_PAPER_BYTES:
        raise DefinitionError([_problem(file, "", f"单据文件超过 {MAX_PAPER_BYTES} 字节")])
    try:
        document = read_json(raw)
    except JsonError as error:
        raise DefinitionError([_problem(file, "", f"不是有效的 JSON：{error}", error.line)]) from error
    if problems := list(_shape_problems(document, file, "", ("title", "form", "rows"))):
        raise DefinitionError(problems)
    return _paper(file.rpartition("/")[2].removesuffix(".json"), document, file)


def _paper(key: str, document: Mapping[str, Any], file: str) -> Paper:
    return Paper(
        key=key,
        title=document["title"],
        form=document["form"],
        rows=tuple(tuple(row) for row in document.get("rows", ())),
        signatures=tuple(document.get("signatures", ())),
        style=document.get("signature_style", ROW),
        landscape=document.get("orientation") == LANDSCAPE,
        file=file,
    )


def _object(required: Collection[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


_TEXT = {"type": "string", "minLength": 1}
_YES = {"type": "boolean"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 40}
_CHOICES = {"type": "array", "minItems": 2, "items": _TEXT}
_VALUE = {"field": _TEXT, "also": _TEXT, "of": _TEXT, "money": _YES, "choices": _CHOICES}
_KINDS: Mapping[str, Mapping[str, Any]] = {
    "text": _object(["text"], text=_TEXT, **{"if": _TEXT}),
    "amounts": _object(
        ["label", "amounts"], label=_TEXT, amounts=_TEXT, total=_TEXT, notes=_TEXT, head=_TEXT, across=_YES
    ),
    "table": _object(["table", "columns"], table=_TEXT, min_rows=_COUNT, columns={"$ref": "#/$defs/columns"}),
    "branches": _object(["branches", "columns"], branches=_TEXT, min_rows=_COUNT, columns={"$ref": "#/$defs/columns"}),
    "cell": _object(["label"], label=_TEXT, variable=_TEXT, step=_TEXT, wide=_YES, **_VALUE, **{"if": _TEXT}),
}
_COLUMN = _object(
    ["label"],
    label=_TEXT,
    number=_YES,
    of_form=_YES,
    total=_YES,
    width={"type": "number", "minimum": 1, "maximum": 60},
    **_VALUE,
)
_SHAPE: Mapping[str, Any] = _object(
    [],
    title=_TEXT,
    form=_TEXT,
    rows={
        "type": "array",
        "items": {"type": "array", "minItems": 1, "maxItems": 4, "items": {"type": "object"}},
    },
    signatures={
        "type": "array",
        "maxItems": 8,
        "items": _object(["label"], label=_TEXT, step=_TEXT, day=_TEXT, field=_TEXT),
    },
    signature_style={"enum": [ROW, LINE, HEADING]},
    orientation={"enum": ["portrait", LANDSCAPE]},
)
_DEFS = {"columns": {"type": "array", "minItems": 1, "maxItems": 16, "items": _COLUMN}}


def kind_of(block: Block) -> str:
    return next((kind for kind in ("text", "amounts", "table", "branches") if kind in block), "cell")


def _shape_problems(document: Any, file: str, place: str, required: Collection[str] = ()) -> Iterator[Problem]:
    shape = {**_SHAPE, "required": list(required)}
    broken = False
    for error in Draft202012Validator(shape).iter_errors(document):
        broken = True
        yield _problem(file, _join(place, *error.absolute_path), f"单据的结构不对：{error.message[:200]}")
    if broken:
        return
    for number, row in enumerate(document.get("rows", ())):
        for at, block in enumerate(row):
            kind, here = kind_of(block), (place, "rows", number, at)
            if kind != "cell" and len(row) > 1:
                yield _problem(file, _join(*here), "表格、金额和文字各占一行，不能与其他格放在同一行")
            for error in Draft202012Validator({**_KINDS[kind], "$defs": _DEFS}).iter_errors(block):
                yield _problem(file, _join(*here, *error.absolute_path), f"单据的结构不对：{error.message[:200]}")


def _join(*parts: object) -> str:
    return "/".join(str(part) for part in parts if part != "")


def check_papers(papers: Mapping[str, Paper], forms: Mapping[str, Form], steps: Collection[str]) -> Iterator[Problem]:
    """What the papers of a process say of its forms and steps and is not so."""
    for key, form in forms.items():
        yield from _shape_problems(form.paper, f"forms/{key}.json", "print")
    for key, paper in papers.items():
        if key in forms and not paper.file.startswith("forms/"):
            yield _problem(paper.file, "", f"单据不能与表单“{key}”同名")
        elif paper.form not in forms:
            yield _problem(paper.file, "form", f"单据用到的表单“{paper.form}”不存在")
        else:
            yield from _Check(paper, forms, steps).problems()


@dataclass(frozen=True)
class _Check:
    paper: Paper
    forms: Mapping[str, Form]
    steps: Collection[str]

    @property
    def properties(self) -> Mapping[str, Field]:
        return self.forms[self.paper.form].properties

    def problems(self) -> Iterator[Problem]:
        start = ("print",) if self.paper.file.startswith("forms/") else ()
        for number, row in enumerate(self.paper.rows):
            for at, block in enumerate(row):
                yield from self._block(block, _join(*start, "rows", number, at))
        for number, signature in enumerate(self.paper.signatures):
            here = _join(*start, "signatures", number)
            yield from self._step(signature, here)
            yield from self._step({"step": signature.get("day")}, here)
            yield from self._named(self.properties, signature.get("field"), here)

    def _block(self, block: Block, here: str) -> Iterator[Problem]:
        kind = kind_of(block)
        yield from self._named(self.properties, block.get("if"), here)
        if kind == "amounts":
            yield from self._amounts(block, here)
        elif kind == "table":
            columns = columns_of(self.properties.get(block["table"], {}))
            if columns:
                yield from self._columns(block, columns, here)
            else:
                yield self._wrong(here, f"表单“{self.paper.form}”中没有可以填写多行的字段“{block['table']}”")
        elif kind == "branches":
            if block["branches"] in self.forms:
                yield from self._columns(block, self.forms[block["branches"]].properties, here)
            else:
                yield self._wrong(here, f"单据用到的表单“{block['branches']}”不存在")
        elif kind == "cell":
            yield from self._step(block, here)
            yield from self._value(block, self.properties, here)

    def _amounts(self, block: Block, here: str) -> Iterator[Problem]:
        if "properties" not in self.properties.get(block["amounts"], {}):
            yield self._wrong(here, f"表单“{self.paper.form}”中没有分项金额的字段“{block['amounts']}”")
        for key in ("total", "notes"):
            yield from self._named(self.properties, block.get(key), here)

    def _columns(self, block: Block, columns: Mapping[str, Field], here: str) -> Iterator[Problem]:
        for at, column in enumerate(block["columns"]):
            fields = self.properties if column.get("of_form") else columns
            yield from self._value(column, fields, f"{here}/columns/{at}")

    def _value(self, block: Block, properties: Mapping[str, Field], here: str) -> Iterator[Problem]:
        yield from self._named(properties, block.get("field"), here)
        yield from self._named(properties, block.get("also"), here)
        field = properties.get(block.get("field", ""), {})
        if "of" in block and field and not field.get("x-source"):
            yield self._wrong(here, f"字段“{block['field']}”不是从台账中选择的，不能显示它的“{block['of']}”")
        if "properties" in field or columns_of(field):
            yield self._wrong(here, f"字段“{block['field']}”有多行或多项，请用表格或分项金额打印")

    def _named(self, properties: Mapping[str, Field], name: str | None, here: str) -> Iterator[Problem]:
        if name is not None and name not in properties:
            yield self._wrong(here, f"单据中的字段“{name}”不在表单中")

    def _step(self, block: Block, here: str) -> Iterator[Problem]:
        if block.get("step") is not None and block["step"] not in self.steps:
            yield self._wrong(here, f"单据中的环节“{block['step']}”不在流程图中")

    def _wrong(self, here: str, message: str) -> Problem:
        return _problem(self.paper.file, here, message)


def _problem(file: str, element: str, message: str, line: int | None = None) -> Problem:
    return Problem(severity="error", file=file, element=element, message=message, line=line)
