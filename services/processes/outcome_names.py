"""What people call a process's own outcomes: the table ``outcomes`` of its ``process.toml``."""

from __future__ import annotations

import re

import tomlkit

from services.errors import InvalidInput
from workflows.toml import TomlError, read_document

MANIFEST = "process.toml"
MAX_LABEL = 40
_OUTCOME = re.compile(r"[A-Za-z]\w{0,59}", re.ASCII)


def name_outcome(manifest: bytes, outcome: str, label: str) -> bytes:
    """The settings with the label of one outcome changed and all else as it was written; an empty label takes it away.

    Raises InvalidInput: the settings cannot be read, the outcome is no name, or the label is too long.
    """
    label = label.strip()
    if not _OUTCOME.fullmatch(outcome):
        raise InvalidInput({"outcome": ["结果的编号以英文字母开头，只含字母、数字和“_”"]})
    if len(label) > MAX_LABEL or not label.isprintable():
        raise InvalidInput({"label": ["结果的名称请写在 40 个字以内，不要换行"]})
    try:
        document = read_document(manifest)
    except TomlError as error:
        raise InvalidInput({"label": ["设置文件读不出来，请先在“设置”里改正"]}) from error
    table = document.setdefault("outcomes", tomlkit.table())
    if not isinstance(table, dict):
        raise InvalidInput({"label": ["设置文件读不出来，请先在“设置”里改正"]})
    table[outcome] = label
    if not label:
        del table[outcome]
    return tomlkit.dumps(document).encode()
