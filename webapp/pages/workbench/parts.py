"""What people call the parts of a process folder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from webapp.i18n import translate
from workflows.json import JsonError, read_json

_FOLDERS = {
    "forms": "表单“{name}”",
    "decisions": "决策表“{name}”",
    "scenarios": "场景“{name}”",
    "papers": "单据“{name}”",
}
_FILES = {"process.toml": "设置", "en.toml": "英文"}
_TABS = {
    "overview": "概览",
    "diagram": "流程图",
    "forms": "表单",
    "tables": "决策表",
    "settings": "设置",
    "checks": "检查与走法",
    "scenarios": "场景",
    "play": "试运行",
    "versions": "版本与发布",
}
SHOWN = 3
_DECISION = re.compile(r'<(?:\w+:)?decision\b[^>]*\bname="([^"<]{1,80})"')


def tab_name(place: str) -> str:
    """The tab that somebody has open, in the reader's language."""
    return translate(_TABS.get(place, "概览"))


def in_words(paths: Sequence[str], files: Mapping[str, bytes]) -> str:
    """The parts behind the paths, by their titles as far as they have any."""
    found = list(dict.fromkeys(_part(path, files) for path in paths))
    if len(found) > SHOWN:
        return translate("{parts}等 {count} 处", parts="、".join(found[:SHOWN]), count=len(found))
    return "、".join(found)


def _part(path: str, files: Mapping[str, bytes]) -> str:
    if path.endswith(".bpmn"):
        return translate("流程图")
    folder, _, name = path.partition("/")
    if folder in _FOLDERS and name:
        return translate(_FOLDERS[folder], name=_title(path, files) or name.rsplit(".", 1)[0])
    return translate(_FILES[path]) if path in _FILES else path


def _title(path: str, files: Mapping[str, bytes]) -> str:
    if path.startswith("decisions/"):
        named = _DECISION.search(files.get(path, b"").decode(errors="replace"))
        return named[1] if named else ""
    if not path.startswith("forms/"):
        return ""
    try:
        title = read_json(files.get(path, b""))["title"]
    except (JsonError, KeyError, TypeError):
        return ""
    return title if isinstance(title, str) else ""
