"""What a searchable row keeps beside its text, filled in by every insert of the row, by whomever it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import MappedColumn, mapped_column

from services.search.text import MAX_TEXT, fold, pairs


def folded_text(*texts: str) -> str:
    """The texts as they are compared; a word never reaches from one into the next."""
    return "\n".join(fold(text[:MAX_TEXT]) for text in texts if text)[:MAX_TEXT]


def search_text(*columns: str) -> MappedColumn[str | None]:
    """The folded text of other columns of the row; None until it is written."""
    return mapped_column(Text, nullable=True, default=_from(columns, lambda text: text or None))


def search_pairs(*columns: str) -> MappedColumn[list[str] | None]:
    """The pairs of characters in these columns; None for a row without text, which no index needs to hold."""
    return mapped_column(ARRAY(Text), nullable=True, default=_from(columns, lambda text: pairs(text) or None))


def _from(columns: tuple[str, ...], make: Callable[[str], Any]) -> Callable[[Any], Any]:
    def default(context: Any) -> Any:
        values = context.get_current_parameters()
        return make(folded_text(*(str(values.get(column) or "") for column in columns)))

    return default
