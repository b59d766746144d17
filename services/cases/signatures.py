"""Which signatures of a case stand: what its papers show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.cases.show_case import HistoryLine


@dataclass
class _Standing:
    """What is signed so far by step, and what was taken back and may be kept."""

    signed: dict[str, list[HistoryLine]] = field(default_factory=dict)
    lost: dict[str, list[HistoryLine]] = field(default_factory=dict)

    def lose(self, step: str) -> None:
        if step in self.signed:
            self.lost[step] = self.signed.pop(step)


def standing_signatures(history: Sequence[HistoryLine]) -> dict[str, list[HistoryLine]]:
    """By step those who answered it, in the order in which they did.

    What a return or a signer took back is left out. A signature that was kept is the original one, with its date; an
    opinion that was asked for is none.
    """
    state = _Standing()
    for at, line in enumerate(history):
        if line.action in ("started", "completed"):
            _sign(state, line)
        elif line.action == "returned":
            _return(state, line)
        elif line.action == "taken_back":
            _take_back(state, line)
        elif line.action == "kept":
            _keep(state, line, history[:at])
    return state.signed


def _sign(state: _Standing, line: HistoryLine) -> None:
    mine = state.signed.setdefault(line.step, [])
    # nobody signs a round twice, so a second signature of one person begins the next round
    if any(_same_person(line, other) for other in mine):
        mine.clear()
    mine.append(line)


def _same_person(one: HistoryLine, other: HistoryLine) -> bool:
    return (one.who, one.on_behalf_of) == (other.who, other.on_behalf_of)


def _return(state: _Standing, line: HistoryLine) -> None:
    for step in line.detail.get("undone", list(state.signed)):
        state.lose(step)
    if line.detail.get("resume") != "straight":
        state.lose(line.step)


def _take_back(state: _Standing, line: HistoryLine) -> None:
    if line.detail.get("what") == "returned" and line.step in state.lost:
        state.signed[line.step] = state.lost.pop(line.step)
    elif line.detail.get("what") == "completed":
        mine = state.signed.get(line.step, [])
        state.signed[line.step] = [other for other in mine if other.who != line.who]


def _keep(state: _Standing, line: HistoryLine, before: Sequence[HistoryLine]) -> None:
    if line.step in state.lost:
        state.signed[line.step] = state.lost.pop(line.step)
        return
    by = line.detail.get("by")
    originals = [other for other in before if other.action == "completed" and other.who and other.who.id == by]
    state.signed[line.step] = originals[-1:]
