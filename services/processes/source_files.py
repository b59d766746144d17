"""Whether a file of a draft can be read at all, before it is kept as somebody typed it."""

from __future__ import annotations

from pathlib import PurePosixPath

from lxml import etree

from workflows.json import JsonError, read_json
from workflows.toml import TomlError, read_toml

MAX_XML = 1_000_000


Refusal = tuple[str, int | None]
"""Why, with ``{line}`` in its place, and the line; an empty text where nothing is wrong."""


def unreadable(path: str, raw: bytes) -> Refusal:
    """Why nothing could read the file; an empty text where its kind of file can be read."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "文件不是 UTF-8 文字，请另存为 UTF-8", None
    if "\x00" in text:
        return "文件含有不能保存的字符", None
    read = {".toml": _toml, ".json": _json, ".bpmn": _xml, ".dmn": _xml}.get(PurePosixPath(path).suffix)
    return read(text) if read else ("", None)


def _toml(text: str) -> Refusal:
    try:
        read_toml(text.encode())
    except TomlError as error:
        if error.line:
            return "第 {line} 行附近写法不对，没有保存；请检查引号和括号", error.line
        return "内容没有写完，没有保存；请检查引号和括号", None
    return "", None


def _json(text: str) -> Refusal:
    try:
        read_json(text)
    except JsonError as error:
        if error.line:
            return "第 {line} 行不是有效的 JSON，没有保存；请检查引号、逗号和括号", error.line
        return "不是有效的 JSON，没有保存", None
    return "", None


def _xml(text: str) -> Refusal:
    if len(text) > MAX_XML:
        return "文件太大，没有保存", None
    if "<!DOCTYPE" in text:
        return "文件中有 DOCTYPE 声明，没有保存；请删去它", None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        if line:
            return "第 {line} 行不是有效的 XML，没有保存；请检查标记是否成对", line
        return "不是有效的 XML，没有保存", None
    return "", None
