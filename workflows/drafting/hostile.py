"""What is refused before anything of an uploaded file is kept: not readable, harmful, or too large to be looked at."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from workflows.checks.reading import bpmn_children, read_diagram
from workflows.decisions.xml_source import parse_xml
from workflows.definition import is_safe_path, read_archive
from workflows.definition.archive import MAX_FILES, MAX_TOTAL_BYTES
from workflows.errors import DefinitionError, Problem
from workflows.forms.checks import RESERVED_NAMES
from workflows.json import read_json
from workflows.toml import TomlError, read_toml

MAX_UPLOAD = MAX_TOTAL_BYTES + 1_000_000
MAX_DEPTH = 60


def read_upload(filename: str, raw: bytes) -> dict[str, bytes]:
    """The files of a zip; nothing where the upload is a diagram of its own. Raises DefinitionError."""
    if len(raw) > MAX_UPLOAD:
        raise _refusal(filename, f"文件超过 {MAX_UPLOAD // 1_000_000} MB，没有导入")
    if not raw.startswith(b"PK"):
        if PurePosixPath(filename).suffix.lower() in (".bpmn", ".xml", ".bpmn2", ".bpmn20"):
            return {}
        raise _refusal(filename, "可以导入流程文件夹的 .zip，或其他设计器导出的 .bpmn（BPMN 2.0 XML）")
    _refuse_links(filename, raw)
    files = read_archive(raw)
    for path in files:
        if not is_safe_path(path):
            raise _refusal(path[:120], "文件名不能使用：路径太长、含有不能识别的字符，或指向流程文件夹之外")
    if "process.toml" not in files:
        raise _refusal(filename, "压缩包里没有 process.toml：请导出整个流程文件夹，或只上传 .bpmn 文件")
    return files


def named_in(filename: str, raw: bytes) -> dict[str, str]:
    """``key``, ``title`` and ``number`` as the file says them, as far as it does."""
    try:
        if filename.endswith(".toml") or raw.startswith(b"PK"):
            manifest = raw if filename.endswith(".toml") else read_archive(raw).get("process.toml", b"")
            document = read_toml(manifest)
            return {name: value for name in ("key", "title", "number") if isinstance(value := document.get(name), str)}
        processes = bpmn_children(read_diagram(raw, filename), "process")
        title = processes[0].get("name", "").strip()[:60] if processes else ""
        return {"title": title} if title else {}
    except (DefinitionError, TomlError):
        return {}


def hostile_problems(files: Mapping[str, bytes]) -> list[Problem]:
    """What keeps a folder from being taken in at all; other mistakes come in, and the checks name them."""
    return [problem for path, raw in sorted(files.items()) for problem in _of_file(path, raw)]


def _of_file(path: str, raw: bytes) -> Iterator[Problem]:
    try:
        if path.endswith(".bpmn"):
            read_diagram(raw, path)
        elif path.endswith(".dmn"):
            parse_xml(raw, path)
        else:
            yield from _of_text(path, raw)
    except DefinitionError as error:
        yield from error.problems
    except UnicodeDecodeError:
        yield _problem(path, "文件不是 UTF-8 编码，请另存为 UTF-8 后再导入")
    except (ValueError, RecursionError) as error:
        yield _problem(path, f"文件无法读懂：{str(error)[:200]}")


def _of_text(path: str, raw: bytes) -> Iterator[Problem]:
    text = raw.decode("utf-8-sig")
    if path.endswith(".toml"):
        read_toml(raw)
    elif path.endswith(".json"):
        document = read_json(text)
        if path.startswith("forms/"):
            for name in sorted(set(_fields(document, 0)) & RESERVED_NAMES):
                yield _problem(path, f"字段名“{name}”是系统保留的，流程数据会因此无法读取；请改名后再导入", name)


def _fields(document: Any, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        raise RecursionError("嵌套过深")
    if isinstance(document, dict):
        properties = document.get("properties")
        if isinstance(properties, dict):
            yield from map(str, properties)
        for value in document.values():
            yield from _fields(value, depth + 1)
    elif isinstance(document, list):
        for value in document:
            yield from _fields(value, depth + 1)


def _refuse_links(filename: str, raw: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise _refusal(filename, "不是可以读取的 zip 文件") from error
    if len(entries) > 2 * MAX_FILES:
        raise _refusal(filename, f"压缩包里有 {len(entries)} 个文件，最多 {MAX_FILES} 个")
    names = [entry.filename for entry in entries]
    for entry in entries:
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise _refusal(entry.filename[:120], "压缩包里有符号链接，不能导入")
        if names.count(entry.filename) > 1:
            raise _refusal(entry.filename[:120], "压缩包里有同名的文件，不能判断用哪一个")


def _problem(file: str, message: str, element: str = "") -> Problem:
    return Problem(severity="error", file=file, element=element, message=message)


def _refusal(file: str, message: str) -> DefinitionError:
    return DefinitionError([_problem(file, message)])
