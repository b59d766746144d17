"""Which templates are about what a complaint is about: those that share its rare pairs of characters.

A pair that every template has says nothing; one that few have says much (weights by inverse document frequency). Only
the rarest pairs look for candidates, along the index, so that the cost does not grow with what is kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from services.complaints.models import DbSolutionTemplate
from services.search.columns import folded_text
from services.search.text import pairs

SHOWN = 3
_RAREST, _CANDIDATES = 40, 200
_OTHER_TYPE = 0.15
"""How much of the shorter text a template of another type has to share."""
_WORDS = 4
_LONGEST = 24


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A template, and why it is offered."""

    id: int
    title: str
    type: str
    text: str
    satisfaction: int | None
    same_type: bool
    words: list[str]
    """The longest stretches that both texts have, the rarest first."""
    score: float


def suggest(session: Session, kind: str, text: str) -> list[Suggestion]:
    """Up to three templates, those of the same type first; none where nothing is alike."""
    asked = folded_text(text)
    wanted = [pair for pair in pairs(asked) if pair.isalnum()]
    weights, rare = _weights(session, wanted)
    if not weights:
        return []
    most = sum(weights.get(pair, rare) for pair in wanted)
    found = []
    for template in _candidates(session, weights):
        own = [pair for pair in template.pairs or () if pair.isalnum()]
        shared = sum(weights.get(pair, 0.0) for pair in own)
        # of the shorter text: a long complaint may well be about what a short template says
        score = shared / min(most, sum(weights.get(pair, rare) for pair in own))
        same = template.type == kind
        if same or score >= _OTHER_TYPE:
            found.append((not same, -score, template.id, template))
    found.sort(key=lambda line: line[:3])
    offered = [_suggestion(line[3], asked, weights, same_type=not line[0], score=-line[1]) for line in found[:SHOWN]]
    return [each for each in offered if each.words]


def _weights(session: Session, asked: Sequence[str]) -> tuple[dict[str, float], float]:
    """How much each pair says, of those that occur in any template; and what one says that occurs in none."""
    templates = session.scalar(select(func.count()).where(~DbSolutionTemplate.retired)) or 0
    if not templates or not asked:
        return {}, 0.0
    pair = func.unnest(literal(list(asked), ARRAY(Text))).table_valued("pair").render_derived()
    among = select(func.count()).where(
        ~DbSolutionTemplate.retired, DbSolutionTemplate.pairs.contains(array([pair.c.pair]))
    )
    counted = among.correlate(pair).scalar_subquery().label("holders")
    rows = session.execute(select(pair.c.pair, counted).select_from(pair))
    weights = {row.pair: math.log((templates + 1) / row.holders) for row in rows if row.holders}
    return weights, math.log(templates + 1)


def _candidates(session: Session, weights: Mapping[str, float]) -> list[DbSolutionTemplate]:
    rarest = sorted(weights, key=lambda pair: -weights[pair])[:_RAREST]
    query = select(DbSolutionTemplate).where(
        ~DbSolutionTemplate.retired, DbSolutionTemplate.pairs.overlap(literal(rarest, ARRAY(Text)))
    )
    return list(session.scalars(query.order_by(DbSolutionTemplate.id.desc()).limit(_CANDIDATES)))


def _suggestion(
    template: DbSolutionTemplate, asked: str, weights: Mapping[str, float], *, same_type: bool, score: float
) -> Suggestion:
    return Suggestion(
        id=template.id,
        title=template.title,
        type=template.type,
        text=template.text,
        satisfaction=template.satisfaction,
        same_type=same_type,
        words=_shared_words(asked, template.search_text or "", weights),
        score=score,
    )


def _shared_words(asked: str, other: str, weights: Mapping[str, float]) -> list[str]:
    found: dict[str, float] = {}
    for word in asked.split():
        at = 0
        while at < len(word) - 1:
            end = at + 1
            while end < min(len(word), at + _LONGEST) and word[at : end + 1] in other and word[end].isalnum():
                end += 1
            if end - at >= 2 and word[at].isalnum():
                stretch = word[at:end]
                found[stretch] = sum(weights.get(stretch[place : place + 2], 0.0) for place in range(len(stretch) - 1))
            at = max(end, at + 1)
    return sorted(found, key=lambda stretch: -found[stretch])[:_WORDS]
