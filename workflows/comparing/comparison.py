"""What a comparison consists of. Texts are message ids with their values, so that they can be said in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"

WHO, WHEN, WAY, DATA, PAPER, WORDING, DRAWING = "who", "when", "way", "data", "paper", "wording", "drawing"
WEIGHTS = (WHO, WHEN, WAY, DATA, PAPER, WORDING, DRAWING)
"""What a change touches, the most consequential first: who signs, until when, which way a case takes, what is filled
in, what is printed, what people read, and how the diagram is drawn."""


@dataclass(frozen=True)
class Sentence:
    """A Chinese sentence with gaps and what stands in them."""

    text: str
    values: Mapping[str, Text] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**{name: str(value) for name, value in self.values.items()})


Text = Sentence | str
"""A sentence of ours, or a text of the process."""


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One property, from what to what; empty where it was or is not there."""

    what: Text
    before: str
    after: str
    weight: str
    reads_before: Text = ""
    """What the value says in business words, where that is more than the value itself."""
    reads_after: Text = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something that was added, removed, changed or moved: an element, a field, a rule, a setting."""

    kind: str
    place: str
    """The id of the element, the path of the field or the key of the setting, in the newer state if it is there."""
    name: Text
    sort: str
    """What kind of thing it is, as a message id."""
    weight: str
    details: tuple[Detail, ...] = ()
    place_before: str = ""
    """What it was called before, where that is something else."""
    is_minor: bool = False
    """It follows from another change and is not worth a sentence of its own."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a text: ``added``, ``removed``, or nothing where it is the same."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    kind: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """A rule of a table; ``number`` counts from 1 and is None where the rule is not there."""

    kind: str
    before: int | None
    after: int | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A decision table cell by cell. ``columns`` are its headings; the first ``inputs`` of them are conditions."""

    title: str
    columns: tuple[Cell, ...]
    inputs: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class FileComparison:
    """One file. ``lines`` are given where it cannot be read as what it should be."""

    part: str
    """``diagram``, ``form``, ``table``, ``settings``, ``paper``, ``scenario``, ``english`` or ``other``."""
    file: str
    name: str
    title: str
    kind: str
    changes: tuple[Change, ...] = ()
    grids: tuple[Grid, ...] = ()
    lines: tuple[Line, ...] = ()
    weight: str = WORDING
    """Of a file that was added, removed or cannot be read; otherwise its changes have theirs."""


@dataclass(frozen=True, kw_only=True)
class SummaryLine:
    """One sentence about a change, with the place that it speaks of."""

    text: Sentence
    weight: str
    file: str
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    files: tuple[FileComparison, ...]
    summary: tuple[SummaryLine, ...]
    """What a business person should know, the most consequential first."""

    @property
    def is_empty(self) -> bool:
        return not self.files

    @property
    def flag(self) -> str:
        """``drawing`` where nothing but the drawing differs, ``wording`` where also texts do; otherwise nothing."""
        weights = {line.weight for line in self.summary}
        if not weights or not weights <= {WORDING, DRAWING}:
            return ""
        return DRAWING if weights == {DRAWING} else WORDING

    def of(self, part: str) -> tuple[FileComparison, ...]:
        """The files of one part, in the order of their names."""
        return tuple(each for each in self.files if each.part == part)

    @property
    def diagram(self) -> FileComparison | None:
        return next(iter(self.of("diagram")), None)
