"""Where a process speaks of a field, and giving the field another name everywhere at once.

Nothing is replaced by its letters alone: expressions are changed where their syntax tree has the name, files where
their keys and texts have it. What is not the name stays byte for byte as it was written.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass

from workflows.decisions.scanning import KEYWORDS
from workflows.definition import ENGINE_NAMES, ProcessFiles
from workflows.definition.names import KNOWN_FUNCTIONS
from workflows.drafting.field_drawn import (
    assigned_in,
    find_in_decisions,
    find_in_diagram,
    outputs_of,
    row_parameters,
)
from workflows.drafting.field_places import find_in_forms, find_in_papers, find_in_scenarios, find_in_settings
from workflows.drafting.field_scopes import Folder, columns_in
from workflows.drafting.field_search import Hit, Search, search_for
from workflows.errors import WorkflowError
from workflows.forms.checks import RESERVED_NAMES

MAX_NAME = 60
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
_BOM = b"\xef\xbb\xbf"

Changes = Mapping[str, bytes]


class NameRefused(WorkflowError):
    """The field cannot be named so; the sentence says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """A place that speaks of a field: the file, what to go to in it, and what it is in a person's words."""

    file: str
    element: str
    where: str


def uses_of_field(files: ProcessFiles, form: str, path: str) -> list[Use]:
    """Every place that speaks of the field, or of the column ``rows/column``; its own definition is none.

    What cannot be read is left out. Raises NameRefused where the form has no such field.
    """
    search = _found(files, form, path)
    own = f"forms/{form}.json"
    uses = [
        Use(file=hit.file, element=hit.element, where=hit.where)
        for hit in search.hits
        if not (hit.is_definition and hit.file == own)
    ]
    return list(dict.fromkeys(uses))


def named_together(files: ProcessFiles, form: str, path: str) -> list[tuple[str, str]]:
    """The form and path of every field that has to be named anew with this one, itself first: they are one variable.

    Raises NameRefused where the form has no such field.
    """
    hits = [hit for hit in _found(files, form, path).hits if hit.is_definition]
    found = [(hit.file.removeprefix("forms/").removesuffix(".json"), hit.element) for hit in hits]
    return sorted(dict.fromkeys(found), key=lambda each: each != (form, path))


def rows_given_to(files: ProcessFiles, form: str, path: str) -> frozenset[tuple[str, str]]:
    """Of a column: the operations that get its rows as they are, each with the name of the parameter."""
    return row_parameters(_searched(files, form, path))


def rename_field(files: ProcessFiles, form: str, old: str, new: str) -> Changes:
    """The files that speak of the field ``old`` (or the column ``rows/column``), with ``new`` in its place.

    Raises NameRefused: no such field, a name that is not possible or taken, or a place that cannot be read.
    """
    search = _found(files, form, old)
    if new == search.name:
        return {}
    _refuse_name(new)
    _refuse_given(search)
    _refuse_taken(search, form, new)
    if search.doubts:
        raise NameRefused(f"{search.doubts[0]}读不懂，可能用到了“{search.name}”；请先改正，再改名")
    _refuse_unreadable(search, files)
    for hit in search.hits:
        if new in hit.beside:
            raise NameRefused(f"{hit.where}已经用到“{new}”，改名后会混淆；请换一个名称")
    return {file: _changed(files[file], search, file, new) for file in dict.fromkeys(hit.file for hit in search.hits)}


def _searched(files: ProcessFiles, form: str, path: str) -> Search:
    folder = Folder(files)
    try:
        return search_for(folder, form, path)
    except LookupError as error:
        message = f"表单“{folder.title(form)}”里没有“{path}”这个字段，它可能已经改名或删除；请刷新页面"
        raise NameRefused(message) from error


def _found(files: ProcessFiles, form: str, path: str) -> Search:
    search = _searched(files, form, path)
    for find in (find_in_forms, find_in_diagram, find_in_decisions, find_in_settings, find_in_papers):
        find(search)
    find_in_scenarios(search)
    return search


def _refuse_name(new: str) -> None:
    if not _NAME.fullmatch(new) or len(new) > MAX_NAME:
        raise NameRefused(f"名称只用英文字母、数字和下划线，以字母开头，最多 {MAX_NAME} 个字符，例如 total_amount")
    reserved = RESERVED_NAMES | ENGINE_NAMES | KNOWN_FUNCTIONS | KEYWORDS
    if new in reserved or keyword.iskeyword(new):
        raise NameRefused(f"“{new}”是系统保留的名称，请换一个")


def _refuse_given(search: Search) -> None:
    """The field's name is also given by something that would go on giving it."""
    if search.is_column:
        return
    for name, giver in _givers(search).items():
        if name == search.name:
            raise NameRefused(f"“{name}”同时由{giver}给出，改了名就对不上了；请先在那里改名")


def _givers(search: Search) -> dict[str, str]:
    """The names that come from elsewhere than forms and the case's own variables."""
    provides = search.folder.parts.settings.get("provides")
    return {
        **{str(name): "服务任务的操作（provides）" for name in (provides if isinstance(provides, list) else ())},
        **{name: f"决策“{title}”" for name, title in outputs_of(search).items()},
        **dict.fromkeys(search.folder.loop_items(), "多实例的子流程"),
    }


def _refuse_taken(search: Search, form: str, new: str) -> None:
    folder = search.folder
    if search.is_column:
        for each in folder.forms:
            for holder in search.holders:
                if search.holds(each, holder) and new in columns_in(folder.fields(each).get(holder)):
                    raise NameRefused(f"表单“{folder.title(each)}”的这张明细表已有列“{new}”，请换一个名称")
        return
    for each in folder.forms:
        chain = folder.chain_of_form(each)
        around = chain[: len(search.chain)] == search.chain or search.chain[: len(chain)] == chain
        if new in folder.fields(each) and (each == form or around):
            raise NameRefused(f"表单“{folder.title(each)}”已有字段“{new}”，请换一个名称")
    variables = folder.parts.settings.get("variables")
    taken = {
        **{name: f"环节“{step}”的脚本" for name, step in assigned_in(search).items()},
        **{str(name): "流程变量" for name in (variables if isinstance(variables, dict) else ())},
        **_givers(search),
    }
    if new in taken:
        raise NameRefused(f"“{new}”已由{taken[new]}使用，请换一个名称")


def _refuse_unreadable(search: Search, files: ProcessFiles) -> None:
    """A file that nobody can read may speak of the field."""
    folder = search.folder
    broken = {*folder.unreadable, *([] if folder.root is not None else [folder.parts.diagram_file])}
    for path in sorted(broken & files.keys()):
        if re.search(rf"\b{re.escape(search.name)}\b".encode(), files[path]):
            raise NameRefused(f"文件 {path} 有错误，读不出来，里面可能用到“{search.name}”；请先改正它，再改名")


def _changed(raw: bytes, search: Search, file: str, new: str) -> bytes:
    text, parts, at = search.folder.texts[file], [], 0
    for hit in _in_order(search.hits, file):
        parts += [text[at : hit.start], new]
        at = hit.end
    changed = "".join([*parts, text[at:]]).encode()
    return _BOM + changed if raw.startswith(_BOM) else changed


def _in_order(hits: list[Hit], file: str) -> list[Hit]:
    found = {hit.start: hit for hit in hits if hit.file == file}
    return [found[start] for start in sorted(found)]
