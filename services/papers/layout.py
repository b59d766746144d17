"""From a paper to what is drawn where: lines broken, rows as high as their texts, pages filled.

Lengths are points, measured from the top left corner of a page. No drawing happens here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.papers.lines import Measure, balanced, break_lines
from workflows.papers import Cell, Document, Grid, Signing, Words
from workflows.papers.document import END, NAME, SMALL, START, UNITS

MM = 72 / 25.4
MARGIN, FOOT = 14 * MM, 16 * MM
PAGE = (210 * MM, 297 * MM)
PAD_X, PAD_Y = 2 * MM, 1.6 * MM
SIZES = {"plain": 10.5, SMALL: 9.0, NAME: 12.0}
_NARROW_SIZES = {"plain": 9.0, SMALL: 8.0, NAME: 11.0}
_MANY_COLUMNS = 8
LEADING = 1.5
TITLE, TITLE_GAP, NUMBER_SIZE = 18.0, 4 * MM, 9.5
TITLE_SPACING = 0.2 * TITLE
_BEFORE_NAME = 1.5 * MM
_LINE_GAP, _LINE_LEAST, _LINE_AFTER, _UNDER_RULE = 9 * MM, 24 * MM, 6 * MM, 1.2 * MM
_MANY_LINES = 6


@dataclass(frozen=True, kw_only=True)
class Line:
    text: str
    size: float
    bold: bool
    align: str
    gap: float = 0.0
    """What is left free above it."""

    @property
    def height(self) -> float:
        return self.size * LEADING + self.gap


@dataclass(frozen=True, kw_only=True)
class Box:
    """A ruled cell."""

    x: float
    y: float
    width: float
    height: float
    shaded: bool
    lines: tuple[Line, ...]
    top: bool
    """Written from the top, not in the middle."""


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """Text on the page that stands in no box; ``rule`` draws a line under so much of it."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    spacing: float = 0.0
    rule: float = 0.0


@dataclass(kw_only=True)
class Page:
    marks: list[Box | Stroke]
    """In the order in which they are read."""


@dataclass(frozen=True)
class _Row:
    cells: tuple[tuple[float, float, Cell, tuple[Line, ...]], ...]
    """x, width, the cell and its lines."""
    height: float


class Layout:
    """One paper being laid out."""

    def __init__(self, document: Document, measure: Measure) -> None:
        self._document, self._measure = document, measure
        self.size = (PAGE[1], PAGE[0]) if document.landscape else PAGE
        self._width = self.size[0] - 2 * MARGIN
        self._bottom = self.size[1] - FOOT
        self._y = MARGIN
        self.pages: list[Page] = [Page(marks=[])]
        self._heading()
        if document.line_first:
            self._signing_line(document.line)
        for grid in document.grids:
            self._grid(grid)
        if not document.line_first:
            self._signing_line(document.line)

    def _next_page(self) -> None:
        self.pages.append(Page(marks=[]))
        self._y = MARGIN

    def _heading(self) -> None:
        title, marks = self._document.title, self.pages[0].marks
        spaced = self._measure(title, TITLE, True) + TITLE_SPACING * (len(title) - 1)
        smaller = min(1.0, self._width / spaced) if title else 1.0
        x, size = (self.size[0] - spaced * smaller) / 2, TITLE * smaller
        marks.append(Stroke(x=x, y=self._y + TITLE, text=title, size=size, bold=True, spacing=TITLE_SPACING * smaller))
        self._y += TITLE * LEADING + TITLE_GAP
        number = f"编号：{self._document.number}" if self._document.number else ""
        state = self._document.state
        if number or state:
            base = self._y + NUMBER_SIZE
            if state:
                marks.append(Stroke(x=MARGIN, y=base, text=state, size=NUMBER_SIZE))
            end = self.size[0] - MARGIN - self._measure(number, NUMBER_SIZE, False)
            marks.append(Stroke(x=end, y=base, text=number, size=NUMBER_SIZE))
            self._y += NUMBER_SIZE * LEADING + 2 * MM

    def _grid(self, grid: Grid) -> None:
        sizes = _NARROW_SIZES if max(len(row) for row in grid.rows) > _MANY_COLUMNS else SIZES
        rows = self._laid_out(grid, sizes)
        head = rows[: grid.head]
        start = grid.head
        self._draw(rows[:start], needed=sum(row.height for row in rows[: start + 1]))
        while start < len(rows):
            end = _together(grid, rows, start)
            needed = sum(row.height for row in rows[start:end])
            if self._y + needed > self._bottom and self._y > MARGIN:
                room = self._bottom - MARGIN - sum(row.height for row in head)
                if needed <= room or self._y + rows[start].height > self._bottom:
                    self._next_page()
                    self._draw(head)
            self._draw_group(rows[start:end], head)
            start = end

    def _draw(self, rows: Sequence[_Row], needed: float = 0.0) -> None:
        if self._y + needed > self._bottom and self._y > MARGIN:
            self._next_page()
        self._draw_group(rows, ())

    def _draw_group(self, rows: Sequence[_Row], head: Sequence[_Row]) -> None:
        """Rows that spanning cells hold together, on one page if they fit on one."""
        for at, row in enumerate(rows):
            if self._y + row.height > self._bottom and at:
                self._next_page()
                self._draw_group(head, ())
            for x, width, cell, lines in row.cells:
                height = self._spanned(rows, at, cell.rows)
                self.pages[-1].marks.append(
                    Box(
                        x=x,
                        y=self._y,
                        width=width,
                        height=height,
                        shaded=cell.label,
                        lines=lines,
                        top=bool(cell.tall) and not cell.label,
                    )
                )
            self._y += row.height

    def _spanned(self, rows: Sequence[_Row], at: int, count: int) -> float:
        """The height of a cell over ``count`` rows, as far as they are on this page."""
        height = rows[at].height
        for row in rows[at + 1 : at + count]:
            if self._y + height + row.height > self._bottom:
                break
            height += row.height
        return height

    def _laid_out(self, grid: Grid, sizes: dict[str, float]) -> list[_Row]:
        """The rows with the place of every cell; a row that no page could hold goes on in further rows."""
        unit = self._width / UNITS
        taken: list[tuple[int, int]] = []  # columns held by a cell from above, for so many rows more
        rows: list[_Row] = []
        for cells in grid.rows:
            held = sum(span for span, _left in taken)
            taken = [(span, left - 1) for span, left in taken if left > 1]
            at, placed = held, []
            for cell in cells:
                lines = tuple(self._lines(cell, cell.span * unit - 2 * PAD_X, sizes))
                placed.append((MARGIN + at * unit, cell.span * unit, cell, lines))
                at += cell.span
                if cell.rows > 1:
                    taken.append((cell.span, cell.rows - 1))
            head = sum(row.height for row in rows[: grid.head])
            rows += self._cut(placed, self._bottom - MARGIN - head)
        return rows

    def _lines(self, cell: Cell, width: float, sizes: dict[str, float]) -> Iterator[Line]:
        for at, words in enumerate(cell.words):
            yield from self._lines_of(words, width, sizes, cell, first=at == 0)

    def _lines_of(
        self, words: Words, width: float, sizes: dict[str, float], cell: Cell, *, first: bool
    ) -> Iterator[Line]:
        size, signed = sizes[words.style], cell.tall > 0 and words.style in (NAME, SMALL)
        align = END if signed else cell.align
        gap = _BEFORE_NAME if words.style == NAME and not first else 0.0
        breaking = balanced if cell.label else break_lines
        for text in breaking(words.text, width, size, cell.label, self._measure):
            yield Line(text=text, size=size, bold=cell.label, align=align, gap=gap)
            gap = 0.0

    def _cut(self, placed: list[tuple[float, float, Cell, tuple[Line, ...]]], most: float) -> list[_Row]:
        """One row, or several where no page has ``most`` room for it."""
        rows: list[_Row] = []
        while True:
            height = max((_height(cell, lines) for _, _, cell, lines in placed if cell.rows == 1), default=0.0)
            if height <= most:
                rows.append(_Row(cells=tuple(placed), height=height))
                return rows
            begun, rest = [], []
            for x, width, cell, lines in placed:
                fits = _count_within(lines, most - 2 * PAD_Y)
                begun.append((x, width, cell, lines[:fits]))
                rest.append((x, width, replace(cell, rows=1, tall=0), lines[fits:]))
            rows.append(_Row(cells=tuple(begun), height=most))
            placed = rest

    def _signing_line(self, places: Sequence[Signing]) -> None:
        """经理：＿＿ 主管：＿＿: as many to a row as fit, or each on a row of its own where much was said."""
        if not places:
            return
        self._y += 0.0 if self._document.line_first else _LINE_AFTER
        widths = [self._place_width(place) for place in places]
        spare = max(0.0, self._width - sum(widths) - _LINE_GAP * (len(places) - 1))
        rooms = [min(width + spare / len(places), self._width) for width in widths]
        if any(len(self._place_lines(place, room)) > _MANY_LINES for place, room in zip(places, rooms, strict=True)):
            rooms = [self._width] * len(places)
        row: list[tuple[float, Signing, float]] = []
        x = MARGIN
        for place, room in zip(places, rooms, strict=True):
            if row and x + room > self.size[0] - MARGIN + 0.1:
                self._signing_row(row)
                row, x = [], MARGIN
            row.append((x, place, room))
            x += room + _LINE_GAP
        self._signing_row(row)

    def _place_lines(self, place: Signing, room: float) -> list[Line]:
        width = room - self._measure(f"{place.label}：", SIZES["plain"], True)
        cell = Cell(span=1)
        return [line for words in place.words for line in self._lines_of(words, width, SIZES, cell, first=True)]

    def _signing_row(self, row: Sequence[tuple[float, Signing, float]]) -> None:
        lines = [self._place_lines(place, room) for _x, place, room in row]
        height = max(sum(line.height for line in each) for each in lines) + _UNDER_RULE
        height = max(height, SIZES["plain"] * LEADING)
        if self._y + min(height, self._bottom - MARGIN) > self._bottom:
            self._next_page()
        start = self._y
        ends = []
        for (x, place, room), mine in zip(row, lines, strict=True):
            self._y = start
            self._sign_here(x, place, room, mine)
            ends.append(self._y)
        self._y = max(ends) + _LINE_AFTER / 2

    def _sign_here(self, x: float, place: Signing, room: float, lines: Sequence[Line]) -> None:
        """The label, the name on its rule, and below it what else there is; alone on its row it may go on overleaf."""
        size, lead = SIZES["plain"], self._measure(f"{place.label}：", SIZES["plain"], True)
        first = lines[0] if lines else Line(text="", size=size, bold=False, align=START)
        self.pages[-1].marks += [
            Stroke(x=x, y=self._y + size, text=f"{place.label}：", size=size, bold=True),
            Stroke(x=x + lead, y=self._y + size, text=first.text, size=first.size, rule=room - lead),
        ]
        self._y += size * LEADING + _UNDER_RULE
        for line in lines[1:]:
            if self._y + line.height > self._bottom:
                self._next_page()
            stroke = Stroke(x=x + lead, y=self._y + line.size, text=line.text, size=line.size)
            self.pages[-1].marks.append(stroke)
            self._y += line.height

    def _place_width(self, place: Signing) -> float:
        lead = self._measure(f"{place.label}：", SIZES["plain"], True)
        written = (self._measure(words.text, SIZES[words.style], False) for words in place.words)
        return lead + max(_LINE_LEAST, min(50 * MM, max(written, default=0.0)) + 2 * MM)


def _together(grid: Grid, rows: Sequence[_Row], start: int) -> int:
    """Where the group ends that begins at ``start``: the rows that a cell spans are not parted."""
    end = start + 1
    at = start
    while at < end and at < len(rows):
        end = max(end, at + max((cell.rows for _, _, cell, _ in rows[at].cells), default=1))
        at += 1
    return min(end, len(rows))


def _height(cell: Cell, lines: Sequence[Line]) -> float:
    text = sum(line.height for line in lines) or SIZES["plain"] * LEADING
    return max(text + 2 * PAD_Y, cell.tall * MM)


def _count_within(lines: Sequence[Line], height: float) -> int:
    used = 0.0
    for count, line in enumerate(lines):
        used += line.height
        if used > height:
            return count
    return len(lines)
