"""Small processes that are whole: what a new one may begin as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.errors import NotFound
from workflows.definition import ProcessDefinition, read_folder, read_process

FOLDER = Path(__file__).resolve().parents[2] / "bpmn" / "templates"
# the simplest first
_NAMES = ("one_approval", "step_by_step", "by_amount", "countersign", "with_rework", "handled")


@dataclass(frozen=True, kw_only=True)
class Template:
    name: str
    definition: ProcessDefinition


@cache
def list_templates() -> Sequence[Template]:
    """Every template, the simplest first."""
    return [Template(name=name, definition=read_process(read_folder(FOLDER / name))) for name in _NAMES]


def template_files(name: str) -> dict[str, bytes]:
    """The files of a template. Raises NotFound."""
    if name not in _NAMES:
        raise NotFound("没有这个模板")
    return read_folder(FOLDER / name)
