"""Scenarios as files: written so that people can read and change them, comments kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import tomlkit

from services.errors import InvalidInput
from workflows.calendar import COMPANY_ZONE
from workflows.toml import TomlError, read_document

FOLDER = "scenarios/"
_DOTTED = ("values", "refused", "payload", "operations", "signatures")


def path_of(name: str) -> str:
    return f"{FOLDER}{name}.toml"


def written(scenario: Mapping[str, Any], *, remarks: list[str] = []) -> bytes:  # noqa: B006 - only read
    """A whole scenario as a new file, with remarks for people on top."""
    lines = [f"# {remark}" for remark in remarks]
    lines += [f"title = {_value(scenario['title'])}", f"begins = {_value(scenario['begins'])}", ""]
    if scenario.get("knows"):
        lines += ["[knows]", *_pairs(scenario["knows"]), ""]
    if scenario.get("operations"):
        lines += ["[operations]", *_pairs(scenario["operations"]), ""]
    for step in scenario["steps"]:
        lines += ["[[steps]]", *_step(step), ""]
    lines += ["[expect]", *_pairs(scenario["expect"])]
    return ("\n".join(lines) + "\n").encode()


def _step(step: Mapping[str, Any]) -> Iterator[str]:
    for name, value in step.items():
        if name in _DOTTED:
            for inner, each in value.items():
                yield f"{name}.{_key(inner)} = {_value(each)}"
        else:
            yield f"{name} = {_value(value)}"


def _pairs(record: Mapping[str, Any]) -> Iterator[str]:
    return (f"{_key(name)} = {_value(value)}" for name, value in record.items())


def _key(name: str) -> str:
    return tomlkit.key(name).as_string()


def _value(value: Any) -> str:
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        inner = "".join(f"    {_value(item)},\n" for item in value)
        return f"[\n{inner}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items()) + " }"
    return str(tomlkit.item(plain(value)).as_string())


def plain(value: Any) -> Any:
    """What TOML can say: exact numbers as people write them, moments on the company's clock, nothing as empty text."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.astimezone(COMPANY_ZONE)
    if value is None:
        return ""
    return value if isinstance(value, bool | int | float | str | date) else str(value)


def read(content: bytes) -> tomlkit.TOMLDocument:
    """A file for changing, its comments and order kept. Raises InvalidInput naming the line."""
    try:
        return read_document(content)
    except TomlError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            raise InvalidInput({"source": ["文件不是 UTF-8 文本"]}) from error
        place = f"第 {error.line} 行" if error.line else "文件"
        raise InvalidInput({"source": [f"{place}不是有效的 TOML，请检查引号、括号和等号"]}) from error
