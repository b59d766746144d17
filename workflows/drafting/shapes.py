"""What a drawing consists of while it is laid out: boxes, lines and what they are called."""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[float, float]

SIZES = {
    "event": (36.0, 36.0),
    "gateway": (50.0, 50.0),
    "activity": (110.0, 80.0),
}


def size_of(kind: str) -> tuple[float, float]:
    """Width and height of a flow node by its BPMN name."""
    if kind.endswith("Event"):
        return SIZES["event"]
    return SIZES["gateway"] if kind.endswith("Gateway") else SIZES["activity"]


@dataclass
class Box:
    """A node, with where it stands: the column counted along the flows, and the row within its lane."""

    id: str
    kind: str
    name: str = ""
    lane: int = 0
    column: int = 0
    row: int = 0
    width: float = 0
    height: float = 0
    x: float = 0
    y: float = 0
    host: str = ""
    """The activity that a boundary event sits on."""
    inner: Drawing | None = None
    """What a sub-process contains, placed from its own corner."""

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass
class Line:
    id: str
    source: str
    target: str
    name: str = ""
    points: list[Point] = field(default_factory=list)


@dataclass
class Drawing:
    """The nodes and flows of one process or sub-process."""

    boxes: dict[str, Box]
    lines: list[Line]
    lanes: list[tuple[str, float, float]] = field(default_factory=list)
    """Lane, top and height."""
    width: float = 0
    height: float = 0

    def moved(self, dx: float, dy: float) -> None:
        """Put everything elsewhere, with what is inside of it."""
        for box in self.boxes.values():
            box.x, box.y = box.x + dx, box.y + dy
            if box.inner is not None:
                box.inner.moved(dx, dy)
        for line in self.lines:
            line.points = [(x + dx, y + dy) for x, y in line.points]
        self.lanes = [(lane, top + dy, height) for lane, top, height in self.lanes]
