"""A form as its file declares it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workflows.errors import DefinitionError
from workflows.forms.checks import form_problems, problem
from workflows.forms.fields import Field, columns_of, labels_of
from workflows.forms.rights import Rights, as_seen, read_rights
from workflows.json import JsonError, read_json

MAX_FORM_BYTES = 200_000


@dataclass(frozen=True, kw_only=True)
class Form:
    key: str
    title: str
    schema: Mapping[str, Any]
    layout: tuple[Mapping[str, Any], ...]
    rules: tuple[Mapping[str, str], ...]
    rights: Mapping[str, Rights]
    paper: Mapping[str, Any]
    knows: tuple[str, ...] = ()
    """What is known beside the fields while the form is filled in, by the names of the sources that are asked."""
    benefits: Mapping[str, str] = field(default_factory=dict)
    """Which fields say what people outside the company are given, for the yearly limit of each of them."""
    takes: Mapping[str, Any] = field(default_factory=dict)
    """Of a first form: the ``process`` whose approved cases can fill it, and ``into`` which fields with what."""

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        properties: Mapping[str, Mapping[str, Any]] = self.schema["properties"]
        return properties

    def rights_at(self, step: str) -> Rights:
        return self.rights.get(step, Rights())

    def seen_at(self, step: str, values: Mapping[str, Any]) -> Form:
        """The form with the columns that the step sees, those that it may not change read-only, about these values."""
        rights = self.rights_at(step)
        if not (rights.hidden_columns or rights.locked_columns):
            return self
        return replace(self, schema={**self.schema, "properties": as_seen(self.properties, rights, values)})

    def texts(self) -> Iterator[str]:
        """Every text a person reads on this form, for the catalogues."""
        yield self.title
        yield from (section["title"] for section in self.layout if section.get("title"))
        yield from (rule["message"] for rule in self.rules)
        for each in self.properties.values():
            yield from _field_texts(each)


def _field_texts(about: Field) -> Iterator[str]:
    yield from (about[key] for key in ("title", "description", "x-unit") if about.get(key))
    yield from about.get("x-messages", {}).values()
    yield from labels_of(about).values()
    for inner in (about.get("properties") or columns_of(about)).values():
        yield from _field_texts(inner)


def read_form(raw: bytes, *, file: str) -> Form:
    """Read a form file. Raises DefinitionError naming the file and the field."""
    document = _read_json(raw, file)
    try:
        problems = list(form_problems(document, file))
    except RecursionError:
        problems = [problem(file, "", "表单文件套得太深，请减少嵌套")]
    if problems:
        raise DefinitionError(problems)
    properties = document["schema"]["properties"]
    rights = {step: read_rights(entry, properties) for step, entry in document.get("steps", {}).items()}
    return Form(
        key=document["key"],
        title=document["title"],
        schema=document["schema"],
        layout=tuple(document["layout"]),
        rules=tuple(document.get("rules", ())),
        rights=rights,
        paper=document.get("print", {}),
        knows=tuple(document.get("knows", ())),
        benefits=document.get("benefits", {}),
        takes=document.get("takes", {}),
    )


def _read_json(raw: bytes, file: str) -> dict[str, Any]:
    if len(raw) > MAX_FORM_BYTES:
        raise DefinitionError([problem(file, "", f"表单文件超过 {MAX_FORM_BYTES} 字节")])
    try:
        document = read_json(raw)
    except JsonError as error:
        raise DefinitionError([problem(file, "", f"不是有效的 JSON：{error}", error.line)]) from error
    if not isinstance(document, dict):
        raise DefinitionError([problem(file, "", "表单应为一个 JSON 对象")])
    return document
