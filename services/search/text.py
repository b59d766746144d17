"""Texts as the search compares them: one form for every way to write the same, cut into pairs of characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.errors import InvalidInput

MAX_TEXT = 20_000
"""Characters of one text that the search looks at; no form of the library comes near."""
MAX_QUERY, MAX_WORDS = 200, 8
EXCERPT_BEFORE, EXCERPT_LENGTH = 24, 110
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)


@lru_cache(maxsize=30_000)
def _folded_character(character: str) -> str:
    """NFKD by the character, so that a piece of a text is folded as it is inside the text."""
    if character.isspace() or character == "\x00":
        return " "
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(part for part in plain if not part.isspace() and not 0xD800 <= ord(part) < 0xE000)


def fold(text: str) -> str:
    """Full width as half width, capitals as small letters, every space as one kind of space."""
    return "".join(map(_folded_character, text))


def pairs(folded: str) -> list[str]:
    """Every two neighbouring characters of each word, once."""
    return sorted({word[at : at + 2] for word in folded.split() for at in range(len(word) - 1)})


@dataclass(frozen=True)
class Word:
    """One word of a query, with the other ways in which it may be written."""

    spellings: tuple[str, ...]

    @property
    def is_short(self) -> bool:
        return len(self.spellings[0]) < 2


def words_of(query: str) -> list[Word]:
    """The words of a query, all of which must occur. Raises InvalidInput for more than a person would type."""
    if len(query) > MAX_QUERY:
        raise InvalidInput({"q": [f"最多 {MAX_QUERY} 个字"]})
    found = list(dict.fromkeys(fold(query).split()))
    if len(found) > MAX_WORDS:
        raise InvalidInput({"q": ["词太多，请少写几个"]})
    return [Word((word, *_without_commas(word))) for word in found]


def _without_commas(word: str) -> Iterable[str]:
    """Amounts are stored without the commas that they are shown with."""
    return (word.replace(",", ""),) if _GROUPED.fullmatch(word) else ()


@dataclass(frozen=True)
class Piece:
    """A stretch of a text, and whether it is what was looked for."""

    text: str
    found: bool


def occurs(word: Word, folded: str) -> bool:
    return any(spelling in folded for spelling in word.spellings)


def marked(text: str, words: Sequence[Word]) -> list[Piece]:
    """The text in pieces, those that match the words told apart."""
    folded, origin = _folded_with_origin(text)
    hit = [False] * len(text)
    for spelling in (spelling for word in words for spelling in word.spellings):
        at = folded.find(spelling)
        while at >= 0:
            for position in origin[at : at + len(spelling)]:
                hit[position] = True
            at = folded.find(spelling, at + 1)
    pieces: list[Piece] = []
    for character, found in zip(text, hit, strict=True):
        if pieces and pieces[-1].found == found:
            pieces[-1] = Piece(pieces[-1].text + character, found)
        else:
            pieces.append(Piece(character, found))
    return pieces


def excerpt(text: str, words: Sequence[Word]) -> list[Piece]:
    """The surroundings of the first match, marked."""
    text = " ".join(text[:MAX_TEXT].split())
    folded, origin = _folded_with_origin(text)
    places = [folded.find(spelling) for word in words for spelling in word.spellings]
    first = min((origin[place] for place in places if place >= 0), default=0)
    begin = max(first - EXCERPT_BEFORE, 0) if len(text) > EXCERPT_LENGTH else 0
    part = text[begin : begin + EXCERPT_LENGTH]
    return marked(("…" if begin else "") + part + ("…" if begin + len(part) < len(text) else ""), words)


def _folded_with_origin(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place of the one it came from."""
    folded = [_folded_character(character) for character in text]
    return "".join(folded), [at for at, part in enumerate(folded) for _character in part]
