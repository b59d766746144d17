"""The signature sheet of one step: a tree of seats, in groups that each have a policy.

Adding a signer before or after a seat makes that seat a chain: those before, the seat, those after. Adding one beside
it makes it a group, or one more voter where the seat is part of a vote. So every verb is a small change of the tree,
and what it means for the step follows from the policies alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workflows.signing.policy import ABSTAIN, AGAINST, ALL, ANY, APPROVE, EXCLUDED, IN_TURN, REJECT, VETO, VOTE, Policy

BEFORE, AFTER, BESIDE = "before", "after", "beside"
MAX_SEATS = 100
_CHAIN = "chain"


class NotPossible(Exception):
    """The sheet does not allow this.

    ``reason``: the seat is ``closed`` or ``unknown``, somebody signed ``later``, the others have ``decided``, it is the
    ``last`` one, the sheet is ``full``, or the ``vote`` has no such place.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, kw_only=True)
class Signature:
    """``by`` signed at ``at`` (ISO 8601), for ``on_behalf_of`` if that is not None."""

    outcome: str
    by: int
    at: str
    comment: str = ""
    on_behalf_of: int | None = None


@dataclass(frozen=True, kw_only=True)
class Seat:
    """One signature that is asked for; any one of ``people`` may give it."""

    id: str
    people: tuple[int, ...]
    weight: int = 1
    added_by: int | None = None
    place: str = ""
    signature: Signature | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Seats that decide together. In a chain, ``own`` is the member whose answer counts unless another rejects."""

    policy: Policy
    members: tuple[Seat | Group, ...]
    weight: int = 1
    own: int | None = None


Node = Seat | Group


@dataclass(frozen=True, kw_only=True)
class Sheet:
    root: Node

    def seats(self) -> list[Seat]:
        """All seats in the order in which they stand."""
        return list(_seats(self.root))

    def seat(self, seat_id: str) -> Seat:
        """Raises NotPossible("unknown")."""
        for seat in _seats(self.root):
            if seat.id == seat_id:
                return seat
        raise NotPossible("unknown")

    def listed(self) -> list[Seat]:
        """Those who answered and those who are or will be asked, in the order in which they stand."""
        return list(_listed(self.root))

    def signed(self) -> list[Seat]:
        """Those who gave an answer, in the order in which they did; who did nothing is not listed."""
        done = [seat for seat in _seats(self.root) if seat.signature is not None]
        return sorted(done, key=lambda seat: seat.signature.at if seat.signature else "")

    @property
    def policy(self) -> Policy | None:
        """How the step as a whole is decided; None where one seat was all it had at first."""
        return self.root.policy if isinstance(self.root, Group) and self.root.policy.kind != _CHAIN else None


def new_sheet(people: Sequence[Sequence[int]], policy: Policy | None = None, weights: Sequence[int] = ()) -> Sheet:
    """A seat for each group of people; with ``policy`` None there is exactly one seat."""
    heavy = list(weights) or [1] * len(people)
    seats = tuple(
        Seat(id=str(number), people=tuple(each), weight=weight)
        for number, (each, weight) in enumerate(zip(people, heavy, strict=True), 1)
    )
    if not seats or len(seats) > MAX_SEATS:
        raise NotPossible("full" if seats else "unknown")
    return Sheet(root=seats[0] if policy is None else Group(policy=policy, members=seats))


# what follows from the signatures


def result(sheet: Sheet) -> str | None:
    """What the step's signatures decide together; None while that is open."""
    return _result(sheet.root)


def open_seats(sheet: Sheet) -> list[Seat]:
    """Who is asked now."""
    return list(_open(sheet.root))


def _result(node: Node) -> str | None:
    if isinstance(node, Seat):
        return node.signature.outcome if node.signature else None
    answers = [_result(member) for member in node.members]
    if node.own is not None:
        return REJECT if REJECT in answers else None if None in answers else answers[node.own]
    if node.policy.rejection == VETO and REJECT in answers:
        return REJECT
    if node.policy.kind == VOTE:
        return _voted(node, answers)
    if node.policy.kind == ANY and APPROVE in answers:
        return APPROVE
    if None in answers:
        return None
    refused = REJECT in answers or (ABSTAIN in answers and node.policy.abstention == AGAINST)
    return APPROVE if APPROVE in answers and not (refused and node.policy.kind in (ALL, IN_TURN)) else REJECT


@dataclass(frozen=True, kw_only=True)
class Tally:
    """The weights of a vote so far. ``needed`` is the least weight of approval that carries it as things stand."""

    approved: int
    rejected: int
    abstained: int
    missing: int
    needed: int


def tally(sheet: Sheet) -> Tally | None:
    """How a vote stands; None for a step that is not decided by one."""
    root = sheet.root
    if isinstance(root, Seat) or root.policy.kind != VOTE:
        return None
    weight: dict[str | None, int] = dict.fromkeys((APPROVE, REJECT, ABSTAIN, None), 0)
    for member in root.members:
        weight[_result(member)] += member.weight
    total = sum(weight.values()) - (weight[ABSTAIN] if root.policy.abstention == EXCLUDED else 0)
    needed = next((bar for bar in range(total + 1) if root.policy.reaches(bar, total)), total)
    return Tally(
        approved=weight[APPROVE],
        rejected=weight[REJECT],
        abstained=weight[ABSTAIN],
        missing=weight[None],
        needed=needed,
    )


def _voted(group: Group, answers: Sequence[str | None]) -> str | None:
    """Decided as soon as the voices still to come cannot change it."""
    weight: dict[str | None, int] = dict.fromkeys((APPROVE, REJECT, ABSTAIN, None), 0)
    for member, answer in zip(group.members, answers, strict=True):
        weight[answer] += member.weight
    total = sum(weight.values()) - (weight[ABSTAIN] if group.policy.abstention == EXCLUDED else 0)
    certain = group.policy.rejection != VETO or not weight[None]  # a veto may come from the last to be asked
    if certain and group.policy.reaches(weight[APPROVE], total):
        return APPROVE
    # nothing helps more than if all who are still to answer approve
    return None if weight[None] and group.policy.reaches(weight[APPROVE] + weight[None], total) else REJECT


def _listed(node: Node) -> Iterator[Seat]:
    if isinstance(node, Seat):
        yield node
    elif _result(node) is not None:
        yield from (seat for seat in _seats(node) if seat.signature is not None)
    else:
        for member in node.members:
            yield from _listed(member)


def _open(node: Node) -> Iterator[Seat]:
    if _result(node) is not None:
        return
    if isinstance(node, Seat):
        yield node
        return
    pending = [member for member in node.members if _result(member) is None]
    one_by_one = node.own is not None or node.policy.kind == IN_TURN
    for member in pending[:1] if one_by_one else pending:
        yield from _open(member)


# what people do


def sign(sheet: Sheet, seat_id: str, signature: Signature) -> Sheet:
    """Raises NotPossible if the seat is not asked now."""
    _require_open(sheet, seat_id)
    return _changed(sheet, seat_id, lambda seat: replace(seat, signature=signature, people=(signature.by,)))


def take_back(sheet: Sheet, seat_id: str) -> Sheet:
    """The seat's signature is withdrawn and asked for again.

    Raises NotPossible: ``closed`` if it has none, ``later`` if somebody whose turn came after it has signed,
    ``decided`` if the others' signatures decide without it.
    """
    if sheet.seat(seat_id).signature is None:
        raise NotPossible("closed")
    if _built_on(sheet.root, seat_id):
        raise NotPossible("later")
    without = _changed(sheet, seat_id, lambda seat: replace(seat, signature=None))
    if result(without) is not None:
        raise NotPossible("decided")
    return without


def _built_on(node: Node, seat_id: str) -> bool:
    if isinstance(node, Seat):
        return False
    at = next(at for at, member in enumerate(node.members) if any(seat.id == seat_id for seat in _seats(member)))
    behind = node.members[at + 1 :] if node.own is not None or node.policy.kind == IN_TURN else ()
    signed = any(seat.signature is not None for member in behind for seat in _seats(member))
    return signed or _built_on(node.members[at], seat_id)


def ask_again(sheet: Sheet, seat_ids: Sequence[str]) -> Sheet:
    """The same seats with all signatures except those of ``seat_ids``."""
    for seat_id in seat_ids:
        sheet = _changed(sheet, seat_id, lambda seat: replace(seat, signature=None))
    return sheet


def replace_people(sheet: Sheet, seat_id: str, people: Sequence[int]) -> Sheet:
    """Somebody else is asked for this seat. Raises NotPossible if it is signed."""
    if sheet.seat(seat_id).signature is not None:
        raise NotPossible("closed")
    return _changed(sheet, seat_id, lambda seat: replace(seat, people=tuple(people)))


def add_signers(sheet: Sheet, seat_id: str, people: Sequence[int], *, when: str, mode: str, by: int) -> Sheet:
    """加签: further signers before, after or beside a seat that is asked now. ``mode`` is ``all`` or ``any``.

    Beside a voter they become voters of the same vote. Raises NotPossible.
    """
    _require_open(sheet, seat_id)
    taken = [int(seat.id) for seat in sheet.seats()]
    if len(taken) + len(people) > MAX_SEATS:
        raise NotPossible("full")
    added = tuple(
        Seat(id=str(number), people=(person,), added_by=by, place=when)
        for number, person in enumerate(people, max(taken) + 1)
    )
    policy = Policy(kind=mode, rejection=VETO if mode == ALL else AGAINST)
    if when != BESIDE:
        return _changed(sheet, seat_id, lambda seat: _chain(seat, Group(policy=policy, members=added), when))
    around = _vote_around(sheet.root, seat_id)
    if around is None:
        return _changed(sheet, seat_id, lambda seat: Group(policy=policy, members=(seat, *added), weight=seat.weight))
    if mode != ALL:
        raise NotPossible("vote")
    return Sheet(root=_with_voters(sheet.root, around, added))


def remove_signer(sheet: Sheet, seat_id: str) -> Sheet:
    """减签: a seat that was not signed is not asked for any more. Raises NotPossible("last") if no other is left."""
    if sheet.seat(seat_id).signature is not None:
        raise NotPossible("closed")
    root = _without(sheet.root, seat_id)
    if root is None:
        raise NotPossible("last")
    return Sheet(root=root)


def _require_open(sheet: Sheet, seat_id: str) -> None:
    sheet.seat(seat_id)
    if all(seat.id != seat_id for seat in open_seats(sheet)):
        raise NotPossible("closed")


# the tree


def _seats(node: Node) -> Iterator[Seat]:
    if isinstance(node, Seat):
        yield node
        return
    for member in node.members:
        yield from _seats(member)


def _changed(sheet: Sheet, seat_id: str, change: Any) -> Sheet:
    return Sheet(root=_change(sheet.root, seat_id, change))


def _change(node: Node, seat_id: str, change: Any) -> Node:
    if isinstance(node, Seat):
        changed: Node = change(node) if node.id == seat_id else node
        return changed
    return replace(node, members=tuple(_change(member, seat_id, change) for member in node.members))


def _chain(seat: Seat, added: Group, when: str) -> Group:
    members: tuple[Node, ...] = (added, seat) if when == BEFORE else (seat, added)
    return Group(policy=Policy(kind=_CHAIN), members=members, weight=seat.weight, own=1 if when == BEFORE else 0)


def _vote_around(node: Node, seat_id: str) -> Group | None:
    """The innermost group around the seat that is no chain, if it is a vote."""
    found: Group | None = None
    while isinstance(node, Group):
        if node.own is None:
            found = node
        node = next(member for member in node.members if any(seat.id == seat_id for seat in _seats(member)))
    return found if found is not None and found.policy.kind == VOTE else None


def _with_voters(node: Node, vote: Group, added: tuple[Seat, ...]) -> Node:
    if isinstance(node, Seat):
        return node
    if node is vote:
        return replace(node, members=(*node.members, *added))
    return replace(node, members=tuple(_with_voters(member, vote, added) for member in node.members))


def _without(node: Node, seat_id: str) -> Node | None:
    if isinstance(node, Seat):
        return None if node.id == seat_id else node
    kept = [(at, _without(member, seat_id)) for at, member in enumerate(node.members)]
    members = tuple(member for _at, member in kept if member is not None)
    if not members:
        return None
    if node.own is None:
        return replace(node, members=members)
    own = [at for at, member in kept if member is not None].index(node.own) if kept[node.own][1] is not None else None
    if own is None or len(members) == 1:
        return replace(members[0], weight=node.weight)  # a chain without its own seat is what is left of it
    return replace(node, members=members, own=own)
