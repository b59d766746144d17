"""What an import says of each thing it met: understood, put into our words, left out, or not possible here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

from workflows.checks.reading import local_name
from workflows.checks.words import word_for

UNDERSTOOD, TRANSLATED, LEFT_OUT, IMPOSSIBLE = "understood", "translated", "left_out", "impossible"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report. ``count`` is how often the same was met."""

    state: str
    what: str
    """The kind of element or the name of the extension."""
    message: str
    """What became of it, or what to do instead."""
    element: str = ""
    name: str = ""
    count: int = 1


@dataclass
class Report:
    """Gathers findings; what was left out is counted by its name, so that nothing goes silently."""

    findings: list[Finding] = field(default_factory=list)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)

    def say(self, state: str, element: etree._Element, message: str) -> None:
        self.findings.append(
            Finding(
                state=state,
                what=word_for(local_name(element)),
                message=message,
                element=element.get("id", ""),
                name=(element.get("name") or "").strip()[:80],
            )
        )

    def leave_out(self, what: str, message: str) -> None:
        self.left_out[what, message] += 1

    def lines(self) -> list[Finding]:
        """Everything, what needs work first."""
        counted = [
            Finding(state=LEFT_OUT, what=what, message=message, count=count)
            for (what, message), count in sorted(self.left_out.items())
        ]
        order = {IMPOSSIBLE: 0, LEFT_OUT: 1, TRANSLATED: 2, UNDERSTOOD: 3}
        return sorted([*self.findings, *counted], key=lambda each: order[each.state])
