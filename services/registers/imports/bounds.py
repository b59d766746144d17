"""How much a file may hold, and the refusal of a whole file."""

from __future__ import annotations

from typing import Any

MAX_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 300_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 60


class FileRefused(Exception):
    """The file cannot be read at all; the sentence says why and what to do."""

    def __init__(self, template: str, **values: Any) -> None:
        super().__init__(template.format(**values))
