"""Who brings a file, and what stops it half way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class Moved(Exception):
    """The register was changed while the file was taken over; nothing of it may stay."""


@dataclass(frozen=True, kw_only=True)
class By:
    """``user_id`` is None on the command line."""

    user_id: int | None
    filename: str
    now: datetime
