"""What differs between two states of a process folder, in words that a process owner reads.

``compare_processes`` takes any two sets of files, also half-broken ones: a file that cannot be read as what it should
be is compared line by line. Elements of a diagram are known by their ids, fields by their names, rules of decision
tables by their ids or by what they say; what only looks like another one is said to be renamed.
"""

from workflows.comparing.comparison import (
    ADDED,
    CHANGED,
    DATA,
    DRAWING,
    MOVED,
    PAPER,
    REMOVED,
    WAY,
    WEIGHTS,
    WHEN,
    WHO,
    WORDING,
    Cell,
    Change,
    Comparison,
    Detail,
    FileComparison,
    Grid,
    Line,
    Row,
    Sentence,
    SummaryLine,
)
from workflows.comparing.folders import compare_processes

__all__ = [
    "ADDED",
    "CHANGED",
    "DATA",
    "DRAWING",
    "MOVED",
    "PAPER",
    "REMOVED",
    "WAY",
    "WEIGHTS",
    "WHEN",
    "WHO",
    "WORDING",
    "Cell",
    "Change",
    "Comparison",
    "Detail",
    "FileComparison",
    "Grid",
    "Line",
    "Row",
    "Sentence",
    "SummaryLine",
    "compare_processes",
]
