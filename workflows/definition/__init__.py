"""A process folder, read into one frozen definition."""

from workflows.definition.archive import is_safe_path, read_archive, read_folder, title_of, write_archive
from workflows.definition.names import ENGINE_NAMES
from workflows.definition.process import (
    NOBODY_ADMINISTRATOR,
    NOBODY_SUPERIOR,
    NOBODY_USER,
    SUBMIT,
    Awaited,
    ProcessDefinition,
    Settings,
    Task,
)
from workflows.definition.reading import ProcessFiles, read_process

__all__ = [
    "ENGINE_NAMES",
    "NOBODY_ADMINISTRATOR",
    "NOBODY_SUPERIOR",
    "NOBODY_USER",
    "SUBMIT",
    "Awaited",
    "ProcessDefinition",
    "ProcessFiles",
    "Settings",
    "Task",
    "is_safe_path",
    "read_archive",
    "read_folder",
    "read_process",
    "title_of",
    "write_archive",
]
