"""How the signatures on one step are counted: 会签, 或签, 依次, 票签."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

APPROVE, REJECT, ABSTAIN = "approve", "reject", "abstain"

ALL, ANY, IN_TURN, VOTE = "all", "any", "in_turn", "vote"
VETO, AGAINST = "veto", "against"
NO, EXCLUDED = "no", "excluded"

PROPERTIES = ("signing", "signers", "vote_needed", "vote_weights", "rejection", "abstention")
"""What a user task may say about its signatures, as properties of the diagram."""

_NEEDED = re.compile(r"(?P<more>>)?\s*(?P<number>[0-9]{1,3}(\.[0-9]{1,2})?)\s*(?P<share>%)?")
_WEIGHT = re.compile(r"(?P<who>[^=,]{1,80})=(?P<weight>[0-9]{1,4})")


class PolicyError(ValueError):
    """A property of the diagram that cannot be understood; the text says which and what is possible."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """``kind`` ``all``: everybody approves. ``any``: one is enough. ``in_turn``: all, one after the other.
    ``vote``: as many as ``needed``.

    ``rejection`` ``veto``: one rejection decides, so a vote is not over before all have answered. ``against``: it
    counts as a voice against, and is outvoted where the kind allows it.
    ``abstention`` ``no``: not offered. ``excluded``: whoever abstains is not counted at all. ``against``: they stay in
    the number of which a share is taken.
    """

    kind: str
    rejection: str = VETO
    abstention: str = NO
    needed: Fraction = Fraction(1, 2)
    share: bool = True
    """``needed`` is a share of the weights; otherwise a number of them."""
    more_than: bool = False
    weights: Mapping[str, int] = field(default_factory=dict)
    """The weight of a person (by user name) or of a post; everybody else has 1."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        return (APPROVE, REJECT) if self.abstention == NO else (APPROVE, REJECT, ABSTAIN)

    def reaches(self, approvals: int, total: int) -> bool:
        """Whether so much weight of approval is enough when ``total`` is counted."""
        if total <= 0:
            return False
        # with fewer voters than a fixed number asks for, all of them are enough
        bar = self.needed * total if self.share else min(self.needed, Fraction(total))
        return approvals > bar if self.more_than else approvals >= bar


def read_policy(properties: Mapping[str, str]) -> Policy | None:
    """The policy of a user task; None where one signature is enough. Raises PolicyError."""
    kind = properties.get("signing", "").strip()
    if not kind:
        stray = [name for name in PROPERTIES[1:] if properties.get(name, "").strip()]
        if stray:
            raise PolicyError(f"填写了 {stray[0]}，但没有填写会签方式（signing）")
        return None
    _one_of("signing", kind, (ALL, ANY, IN_TURN, VOTE))
    rejection = properties.get("rejection", "").strip() or (AGAINST if kind in (ANY, VOTE) else VETO)
    abstention = properties.get("abstention", "").strip() or NO
    _one_of("rejection", rejection, (VETO, AGAINST))
    _one_of("abstention", abstention, (NO, EXCLUDED, AGAINST))
    if kind != VOTE:
        for name in ("vote_needed", "vote_weights"):
            if properties.get(name, "").strip():
                raise PolicyError(f"{name} 只用于票签（signing = vote）")
        return Policy(kind=kind, rejection=rejection, abstention=abstention)
    number, share, more_than = _needed(properties.get("vote_needed", ""))
    return Policy(
        kind=kind,
        rejection=rejection,
        abstention=abstention,
        needed=number,
        share=share,
        more_than=more_than,
        weights=_weights(properties.get("vote_weights", "")),
    )


def _one_of(name: str, value: str, possible: tuple[str, ...]) -> None:
    if value not in possible:
        raise PolicyError(f"{name} 的值 {value!r} 不能识别，可用：{'、'.join(possible)}")


def _needed(text: str) -> tuple[Fraction, bool, bool]:
    found = _NEEDED.fullmatch(text.strip())
    if found is None:
        raise PolicyError(f"票签的通过条件（vote_needed）{text!r} 应为人数或比例，例如 3、60%、>50%")
    number, share = Fraction(found["number"]), found["share"] is not None
    if number == 0 or (share and number > 100) or (share and number == 100 and found["more"]):
        raise PolicyError(f"票签的通过条件（vote_needed）{text!r} 达不到或没有意义，例如 3、60%、>50%")
    return (number / 100 if share else number), share, found["more"] is not None


def _weights(text: str) -> dict[str, int]:
    weights = {}
    for part in filter(None, (part.strip() for part in text.replace("，", ",").split(","))):
        found = _WEIGHT.fullmatch(part)
        if found is None or found["who"].strip() in weights:
            raise PolicyError(f"票签的权重（vote_weights）{part!r} 应写作“岗位=权重”，逗号分隔，不能重复")
        weights[found["who"].strip()] = int(found["weight"])
    if weights and not any(weights.values()):
        raise PolicyError("票签的权重（vote_weights）不能全为 0")
    return weights
