"""Where something belongs inside a case: a name, and the branch of a multi-instance sub-process that it is in.

A branch is the path of its instances, counted from one, as ``2`` or, nested, ``1.3``; what is outside of any has the
empty branch.
"""

from __future__ import annotations

from collections.abc import Collection

_SIGN = "#"


def place_of(name: str, branch: str) -> str:
    """A step or form in one branch: ``visit_record#1.3``, or just its name outside of branches."""
    return f"{name}{_SIGN}{branch}" if branch else name


def split_place(place: str) -> tuple[str, str]:
    """The name and the branch of a place."""
    name, _, branch = place.partition(_SIGN)
    return name, branch


def is_within(branch: str, around: str) -> bool:
    """Whether a branch is ``around`` or inside of it."""
    return not around or branch == around or branch.startswith(f"{around}.")


def innermost(places: Collection[str], name: str, branch: str) -> str | None:
    """The nearest of ``places`` that has this name: in the branch itself, else in those around it."""
    while branch:
        if place_of(name, branch) in places:
            return place_of(name, branch)
        branch = branch.rpartition(".")[0]
    return name if name in places else None


def branch_order(branch: str) -> list[int]:
    """Sorts branches as they are counted: ``2`` before ``10``, ``1`` before ``1.1``."""
    return [int(number) for number in branch.split(".") if number]
