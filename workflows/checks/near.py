"""What somebody may have meant by a name that there is not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

_CUTOFF = 0.6


def near_names(name: str, known: Collection[str]) -> list[str]:
    """The known names that come nearest, at most two."""
    return get_close_matches(name, [each for each in known if each], n=2, cutoff=_CUTOFF)


def perhaps(name: str, known: Collection[str], titles: Mapping[str, str] | None = None) -> str:
    """``，是不是“金额（amount）”？``, or where nothing comes near ``，请检查拼写``."""
    named = titles or {}
    shown = [
        f"“{named[each]}（{each}）”" if named.get(each, each) != each else f"“{each}”"
        for each in near_names(name, known)
    ]
    return f"，是不是{'或'.join(shown)}？" if shown else "，请检查拼写"
