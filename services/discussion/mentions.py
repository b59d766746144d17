"""Who is named with @ in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.errors import InvalidInput
from services.people.directory import known_as, the_one
from services.people.models import DbUser

MAX_MENTIONS = 20
_LONGEST_NAME = 40
_TOO_MANY = "一条评论最多提到 {limit} 人"
# an @ inside of an address of mail names nobody
_MENTION = re.compile(
    rf"(?<![A-Za-z0-9_.+-])[@＠]([^\s@＠，。、；：！？,;:!?()（）<>《》“”\"'【】\[\]/…]{{1,{_LONGEST_NAME}}})"
)
_WORD = re.compile(r"[A-Za-z0-9_]")


@dataclass(frozen=True, kw_only=True)
class Mention:
    """One name in a text: from ``start``, the @, up to ``end``."""

    start: int
    end: int
    user: DbUser


def find_mentions(session: Session, text: str) -> list[Mention]:
    """The people named in the text, in order. Chinese leaves no space behind a name, so the longest name counts.

    Raises InvalidInput for ``text`` when an @ names nobody, more than one, or somebody who left.
    """
    tokens = list(_MENTION.finditer(text))
    if len(tokens) > MAX_MENTIONS:
        raise InvalidInput({"text": [_TOO_MANY.format(limit=MAX_MENTIONS)]})
    people = known_as(session, {name for token in tokens for name in _possible_names(token[1])})
    found = []
    for token in tokens:
        name = next((name for name in _possible_names(token[1]) if name in people), token[1])
        user = the_one(session, name, people.get(name, ()), field="text")
        found.append(Mention(start=token.start(), end=token.start(1) + len(name), user=user))
    return found


def _possible_names(token: str) -> list[str]:
    """What of the token can be a name, the longest first; never a part of a word in Latin letters."""
    return [
        token[:length]
        for length in range(len(token), 0, -1)
        if length == len(token) or not (_WORD.match(token[length - 1]) and _WORD.match(token[length]))
    ]


def people_in(mentions: Sequence[Mention]) -> list[DbUser]:
    """Each person once."""
    return list({mention.user.id: mention.user for mention in mentions}.values())
