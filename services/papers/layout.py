"""From a paper to what is drawn where: lines broken, rows as high as their texts, pages filled.

Lengths are points, measured from the top left corner of a page. No drawing happens here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from workflows.papers import Cell, Document, Grid, Signing, Words
from workflows.papers.document import END, NAME, SMALL, UNITS

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
_LINE_GAP, _LINE_LEAST, _LINE_AFTER = 9 * MM, 24 * MM, 6 * MM

# what must not begin a line, and what must not end one
_NOT_FIRST = frozenset("、，。；：？！）》」』】〕”’…—％%,.;:?!)]}°℃")
_NOT_LAST = frozenset("（《「『【〔“‘([{￥¥")

Measure = Callable[[str, float, bool], float]
"""The width of a text at a size; ``True`` asks for the bold face."""


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


def break_lines(text: str, width: float, size: float, bold: bool, measure: Measure) -> list[str]:
    """The text in lines no wider than ``width``. Words stay whole where they fit; a word that is too long is cut."""
    return [line for paragraph in text.split("\n") for line in _broken(paragraph, width, size, bold, measure)]


def balanced(text: str, width: float, size: float, bold: bool, measure: Measure) -> list[str]:
    """The same for a heading: its lines are about as long as each other."""
    lines = break_lines(text, width, size, bold, measure)
    narrow = width
    while len(lines) > 1 and narrow > size:
        narrow -= size / 2
        tried = break_lines(text, narrow, size, bold, measure)
        if len(tried) > len(lines):
            break
        lines = tried
    return lines


def _broken(paragraph: str, width: float, size: float, bold: bool, measure: Measure) -> Iterator[str]:
    line = ""
    for piece in _pieces(paragraph):
        if measure(line + piece.rstrip(), size, bold) <= width:
            line += piece
            continue
        if line.strip():
            yield line.rstrip()
        line = piece.lstrip()
        while measure(line.rstrip(), size, bold) > width and len(line) > 1:
            fits = _fitting(line, width, size, bold, measure)
            yield line[:fits]
            line = line[fits:]
    yield line.rstrip()


def _fitting(text: str, width: float, size: float, bold: bool, measure: Measure) -> int:
    """How many characters of the text fit, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle], size, bold) <= width else (low, middle - 1)
    return low


def _pieces(paragraph: str) -> Iterator[str]:
    """What must stay together on a line: a word, or a Chinese character with the marks that belong to it."""
    piece = ""
    for character in paragraph:
        joined = piece and (
            character in _NOT_FIRST
            or character == " "
            or piece[-1] in _NOT_LAST
            or (_is_latin(piece[-1]) and _is_latin(character))
        )
        if piece and not joined:
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _is_latin(character: str) -> bool:
    return character != " " and ord(character) < 0x2E80


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
            rows += self._cut(placed)
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

    def _cut(self, placed: list[tuple[float, float, Cell, tuple[Line, ...]]]) -> list[_Row]:
        most = self._bottom - MARGIN - 20 * MM
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
        """经理：＿＿ 主管：＿＿: as many to a row as fit."""
        if not places:
            return
        self._y += 0.0 if self._document.line_first else _LINE_AFTER
        size, x, deepest = SIZES["plain"], MARGIN, 0.0
        widths = [self._place_width(place) for place in places]
        gap = _LINE_GAP
        spare = self._width - sum(widths) - gap * (len(places) - 1)
        more = max(0.0, spare / len(places)) if spare > 0 else 0.0
        for place, width in zip(places, widths, strict=True):
            lead = self._measure(f"{place.label}：", size, True)
            room = min(width + more, self._width)
            if x > MARGIN and x + room > self.size[0] - MARGIN + 0.1:
                x, self._y, deepest = MARGIN, self._y + deepest + _LINE_AFTER, 0.0
            lines = [
                line
                for words in place.words
                for line in self._lines_of(words, room - lead, SIZES, Cell(span=1), first=True)
            ]
            height = sum(line.height for line in lines) or size * LEADING
            if self._y + height > self._bottom:
                self._next_page()
                x = MARGIN
            marks, y = self.pages[-1].marks, self._y
            marks.append(Stroke(x=x, y=y + size, text=f"{place.label}：", size=size, bold=True))
            first = lines[0] if lines else Line(text="", size=size, bold=False, align="start")
            marks.append(Stroke(x=x + lead, y=y + size, text=first.text, size=first.size, rule=room - lead))
            y += size * LEADING + 1.2 * MM
            for line in lines[1:]:
                marks.append(Stroke(x=x + lead, y=y + line.size, text=line.text, size=line.size))
                y += line.height
            deepest, x = max(deepest, y - self._y), x + room + gap
        self._y += deepest + 2 * MM

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
