"""Where nodes stand: columns along the flows, lanes below each other, the longest way straight ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workflows.drafting.routes import draw_lines
from workflows.drafting.shapes import Box, Drawing, Line

BETWEEN_COLUMNS = 60.0
BETWEEN_ROWS = 48.0
LANE_EDGE = 34.0


def place(drawing: Drawing, lanes: Sequence[str]) -> None:
    """Give every box its place, and every line its points. Boundary events stand on their activities."""
    free = {key: box for key, box in drawing.boxes.items() if not box.host}
    ahead = _without_loops(free, drawing)
    _set_columns(free, ahead)
    _set_rows(free, ahead, _steps_to_the_end(free, ahead))
    _measure(drawing, free, lanes)
    _place_boundaries(drawing)
    draw_lines(drawing)


def _node_of(drawing: Drawing, key: str) -> str:
    """The node itself, or the activity of a boundary event."""
    return drawing.boxes[key].host or key


def _without_loops(free: Mapping[str, Box], drawing: Drawing) -> dict[str, list[str]]:
    """The flows that lead ahead: those back to where one came from are left out."""
    following: dict[str, list[str]] = {key: [] for key in free}
    entered: set[str] = set()
    for line in drawing.lines:
        following[_node_of(drawing, line.source)].append(line.target)
        entered.add(line.target)
    ahead: dict[str, list[str]] = {key: [] for key in free}
    state: dict[str, int] = {}
    for first in sorted(free, key=lambda key: (key in entered, free[key].kind != "startEvent")):
        if first in state:
            continue
        stack = [(first, iter(following[first]))]
        state[first] = 1
        while stack:
            key, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                state[key] = 2
                stack.pop()
                continue
            if state.get(target) == 1:
                continue
            ahead[key].append(target)
            if target not in state:
                state[target] = 1
                stack.append((target, iter(following[target])))
    return ahead


def _in_order(free: Mapping[str, Box], ahead: Mapping[str, Sequence[str]]) -> list[str]:
    """Every node after all that lead to it."""
    waits = dict.fromkeys(free, 0)
    for targets in ahead.values():
        for target in targets:
            waits[target] += 1
    ready = [key for key in free if waits[key] == 0]
    ordered: list[str] = []
    while ready:
        key = ready.pop(0)
        ordered.append(key)
        for target in ahead[key]:
            waits[target] -= 1
            if waits[target] == 0:
                ready.append(target)
    return ordered


def _set_columns(free: Mapping[str, Box], ahead: Mapping[str, Sequence[str]]) -> None:
    for key in _in_order(free, ahead):
        for target in ahead[key]:
            free[target].column = max(free[target].column, free[key].column + 1)


def _steps_to_the_end(free: Mapping[str, Box], ahead: Mapping[str, Sequence[str]]) -> dict[str, int]:
    steps = dict.fromkeys(free, 0)
    for key in reversed(_in_order(free, ahead)):
        steps[key] = max((steps[target] + 1 for target in ahead[key]), default=0)
    return steps


def _set_rows(free: Mapping[str, Box], ahead: Mapping[str, Sequence[str]], steps: Mapping[str, int]) -> None:
    """The longest way keeps to its row; shorter ones go to the next free row below."""
    taken: set[tuple[int, int, int]] = set()
    wanted: dict[str, int] = {}
    for key in sorted(free, key=lambda key: (free[key].column, -steps[key])):
        box = free[key]
        row = wanted.get(key, 0)
        while (box.lane, box.column, row) in taken:
            row += 1
        box.row = row
        taken.add((box.lane, box.column, row))
        beside = [target for target in ahead[key] if free[target].lane == box.lane]
        for number, target in enumerate(sorted(beside, key=lambda each: -steps[each])):
            wanted.setdefault(target, row + number)


def _measure(drawing: Drawing, free: Mapping[str, Box], lanes: Sequence[str]) -> None:
    columns: dict[int, float] = {}
    rows: dict[tuple[int, int], float] = {}
    hosts = {box.host for box in drawing.boxes.values() if box.host}
    for box in free.values():
        columns[box.column] = max(columns.get(box.column, 0), box.width)
        height = box.height + (40 if box.id in hosts else 0)
        rows[box.lane, box.row] = max(rows.get((box.lane, box.row), 0), height)
    lefts, x = {}, LANE_EDGE
    for column in sorted(columns):
        lefts[column] = x
        x += columns[column] + BETWEEN_COLUMNS
    tops, y = {}, 0.0
    for lane in range(max(len(lanes), 1)):
        begin = y
        y += LANE_EDGE
        for row in range(max((row for at, row in rows if at == lane), default=0) + 1):
            height = rows.get((lane, row), 60.0)
            tops[lane, row] = y, height
            y += height + BETWEEN_ROWS
        y += LANE_EDGE - BETWEEN_ROWS
        if lanes:
            drawing.lanes.append((lanes[lane], begin, y - begin))
    for box in free.values():
        top, height = tops[box.lane, box.row]
        room = height - (40 if box.id in hosts and height > box.height else 0)
        box.x = lefts[box.column] + (columns[box.column] - box.width) / 2
        box.y = top + (room - box.height) / 2
        if box.inner is not None:
            box.inner.moved(box.x, box.y)
    drawing.width, drawing.height = x - BETWEEN_COLUMNS + LANE_EDGE, y


def _place_boundaries(drawing: Drawing) -> None:
    by_host: dict[str, list[Box]] = {}
    for box in drawing.boxes.values():
        if box.host:
            by_host.setdefault(box.host, []).append(box)
    for host, events in by_host.items():
        activity = drawing.boxes[host]
        for number, box in enumerate(events, start=1):
            box.x = activity.x + activity.width * number / (len(events) + 1) - box.width / 2
            box.y = activity.bottom - box.height / 2


def lines_between(boxes: Mapping[str, Box], found: Sequence[Line]) -> list[Line]:
    """The lines whose ends are both there."""
    return [line for line in found if line.source in boxes and line.target in boxes]
