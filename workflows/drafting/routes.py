"""Lines between boxes: right angles only, around what stands in the way where there is room for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from workflows.drafting.shapes import Box, Drawing, Line, Point

GAP = 22.0
LARGE = 120
"""Above so many boxes every line takes the first way: looking for better ones would take seconds."""

Way = list[Point]


def draw_lines(drawing: Drawing) -> None:
    """Give every line its points, the short ones first."""
    drawn: list[Way] = []
    boxes = list(drawing.boxes.values())
    channels = _channels(boxes)
    for line in sorted(drawing.lines, key=lambda each: _distance(drawing, each)):
        source, target = drawing.boxes[line.source], drawing.boxes[line.target]
        ways = list(_ways(source, target, channels))
        if len(boxes) > LARGE:
            line.points = ways[0]
            continue
        others = [box for box in boxes if box not in (source, target) and box.host != source.id]
        line.points = _best(ways, others, drawn, (source, target))
        drawn.append(line.points)


def _distance(drawing: Drawing, line: Line) -> float:
    (ax, ay), (bx, by) = drawing.boxes[line.source].middle, drawing.boxes[line.target].middle
    return abs(ax - bx) + abs(ay - by)


def _channels(boxes: Sequence[Box]) -> list[float]:
    """Heights at which a line may run along: above and below every row of boxes."""
    edges = {box.y - GAP for box in boxes if not box.host} | {box.bottom + GAP for box in boxes if not box.host}
    return sorted(edges)


def _ways(a: Box, b: Box, channels: Sequence[float]) -> Iterator[Way]:
    (ax, ay), (bx, by) = a.middle, b.middle
    if a.host:
        yield from _from_boundary(a, b, channels)
        return
    if b.x > a.right:
        if abs(ay - by) < 1:
            yield [(a.right, ay), (b.x, by)]
        else:
            yield [(a.right, ay), (b.x - GAP, ay), (b.x - GAP, by), (b.x, by)]
            yield [(a.right, ay), (a.right + GAP, ay), (a.right + GAP, by), (b.x, by)]
            out = a.bottom if by > ay else a.y
            yield [(ax, out), (ax, by), (b.x, by)]
            into = b.y if by > ay else b.bottom
            yield [(a.right, ay), (bx, ay), (bx, into)]
        for channel in channels:
            yield [
                (a.right, ay),
                (a.right + GAP, ay),
                (a.right + GAP, channel),
                (b.x - GAP, channel),
                (b.x - GAP, by),
                (b.x, by),
            ]
    elif abs(ax - bx) < 1:
        yield [(ax, a.bottom if by > ay else a.y), (bx, b.y if by > ay else b.bottom)]
    for channel in channels:
        out = a.y if channel < ay else a.bottom
        into = b.y if channel < by else b.bottom
        yield [(ax, out), (ax, channel), (bx, channel), (bx, into)]


def _from_boundary(a: Box, b: Box, channels: Sequence[float]) -> Iterator[Way]:
    (ax, _), (bx, by) = a.middle, b.middle
    if abs(ax - bx) < 1:
        yield [(ax, a.bottom), (bx, b.y)]
    elif bx > ax:
        yield [(ax, a.bottom), (ax, by), (b.x, by)]
    for channel in channels:
        yield [(ax, a.bottom), (ax, channel), (bx, channel), (bx, b.y if channel < by else b.bottom)]


def _best(ways: Sequence[Way], others: Sequence[Box], drawn: Sequence[Way], ends: tuple[Box, Box]) -> Way:
    best, least = ways[0], float("inf")
    for way in ways:
        cost = _cost(way, others, drawn, ends, least)
        if cost < least:
            best, least = way, cost
    return best


def _cost(way: Way, others: Sequence[Box], drawn: Sequence[Way], ends: tuple[Box, Box], least: float) -> float:
    """What is against the way; not counted to the end once it is more than ``least``."""
    cost = 6.0 * len(way) + _length(way) / 100
    if cost >= least:
        return cost
    for first, second in pairwise(way):
        cost += 200 * sum(_hits(first, second, box) for box in others)
        cost += 400 * sum(_crosses(first, second, box) for box in ends)
        if cost >= least:
            return cost
        for known in drawn:
            for third, fourth in pairwise(known):
                cost += _against(first, second, third, fourth)
            if cost >= least:
                return cost
    return cost


def _length(way: Way) -> float:
    return sum(abs(x2 - x1) + abs(y2 - y1) for (x1, y1), (x2, y2) in pairwise(way))


def _hits(first: Point, second: Point, box: Box, margin: float = 6) -> bool:
    left, right = min(first[0], second[0]), max(first[0], second[0])
    top, bottom = min(first[1], second[1]), max(first[1], second[1])
    beside = right <= box.x - margin or left >= box.right + margin
    return not (beside or bottom <= box.y - margin or top >= box.bottom + margin)


def _crosses(first: Point, second: Point, box: Box) -> bool:
    """Whether a stretch runs through its own box, instead of only touching its edge."""
    return _hits(first, second, box, margin=-2)


def _against(a: Point, b: Point, c: Point, d: Point) -> float:
    """What it costs to lie on another line, or to cross it."""
    flat, other_flat = abs(a[1] - b[1]) < 1, abs(c[1] - d[1]) < 1
    if flat == other_flat:
        along, across = (0, 1) if flat else (1, 0)
        if abs(a[across] - c[across]) > 5:
            return 0
        overlap = min(max(a[along], b[along]), max(c[along], d[along])) - max(
            min(a[along], b[along]), min(c[along], d[along])
        )
        return 60.0 if overlap > 2 else 0.0
    level, upright = ((a, b), (c, d)) if flat else ((c, d), (a, b))
    x, y = upright[0][0], level[0][1]
    inside = min(level[0][0], level[1][0]) < x < max(level[0][0], level[1][0])
    return 15.0 if inside and min(upright[0][1], upright[1][1]) < y < max(upright[0][1], upright[1][1]) else 0.0
