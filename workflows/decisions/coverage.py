"""Which cases a set of boxes leaves out, and which boxes meet; all on masks of ``axes``, with bounded work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Box = tuple[int, ...]
"""One mask for each axis."""

MAX_NODES = 20_000


class Coverage:
    """Boxes indexed by axis and piece, as sets of boxes in ints."""

    def __init__(self, domains: Sequence[int], boxes: Sequence[Box]) -> None:
        self.complete = True
        """False once the search had to stop before it had seen everything."""
        self._domains = domains
        self._boxes = boxes
        self._nodes = 0
        self._covered: set[tuple[int, int]] = set()
        self._wide = [self._wide_from(axis) for axis in range(len(domains) + 1)]
        self._by_piece = [self._index(axis) for axis in range(len(domains))]

    def _wide_from(self, axis: int) -> int:
        """The boxes that ask nothing of this axis and all later ones."""
        return sum(
            1 << place
            for place, box in enumerate(self._boxes)
            if all(mask == domain for mask, domain in zip(box[axis:], self._domains[axis:], strict=True))
        )

    def _index(self, axis: int) -> dict[int, int]:
        """For each possible piece of the axis, the boxes that contain it."""
        domain = self._domains[axis]
        everywhere = sum(1 << place for place, box in enumerate(self._boxes) if box[axis] == domain)
        index = dict.fromkeys(_bits(domain), everywhere)
        for place, box in enumerate(self._boxes):
            if box[axis] != domain:
                for piece in _bits(box[axis]):
                    index[piece] |= 1 << place
        return index

    def gaps(self, limit: int) -> list[Box]:
        """Up to ``limit`` boxes that no given box touches; together with those, all there are."""
        found: list[Box] = []
        for gap in self._gaps(0, (1 << len(self._boxes)) - 1, ()):
            if len(found) == limit:
                self.complete = False
                break
            found.append(gap)
        return found

    def _gaps(self, axis: int, active: int, chosen: Box) -> Iterator[Box]:
        if not active:
            yield chosen + tuple(self._domains[axis:])
            return
        if active & self._wide[axis] or (axis, active) in self._covered:
            return
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self.complete = False
            return
        whole = True
        for remaining, pieces in self._split(axis, active).items():
            for gap in self._gaps(axis + 1, remaining, (*chosen, pieces)):
                whole = False
                yield gap
        if whole and self.complete:
            self._covered.add((axis, active))

    def _split(self, axis: int, active: int) -> dict[int, int]:
        """The pieces of the axis, put together where they are in the same boxes."""
        groups: dict[int, int] = {}
        for piece, boxes in self._by_piece[axis].items():
            groups[boxes & active] = groups.get(boxes & active, 0) | 1 << piece
        return groups

    def overlaps(self) -> Iterator[tuple[int, int]]:
        """The places of every two boxes that share a case, lower place first."""
        for place, box in enumerate(self._boxes):
            others = (1 << len(self._boxes)) - (2 << place)
            for axis, mask in enumerate(box):
                if others:
                    others &= self._touching(axis, mask)
            for other in _bits(others):
                yield place, other

    def _touching(self, axis: int, mask: int) -> int:
        index = self._by_piece[axis]
        touching = 0
        for piece in _bits(mask):
            touching |= index[piece]
        return touching


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
