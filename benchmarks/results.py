"""The figures of a run, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

OUT = Path(__file__).parent / "out" / "latest.json"


@dataclass
class Results:
    figures: dict[str, float] = field(default_factory=dict)
    goals: dict[str, float] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Sequence[str]] = field(default_factory=dict)

    def add(self, name: str, value: float, *, unit: str = "", goal: float | None = None) -> None:
        """A figure; ``goal`` is the most it should be."""
        self.figures[name] = round(value, 3)
        self.units[name] = unit
        if goal is not None:
            self.goals[name] = goal

    def note(self, title: str, lines: Sequence[str]) -> None:
        """What explains a figure: printed, not stored."""
        self.notes[title] = list(lines)

    @property
    def missed(self) -> list[str]:
        return [name for name, goal in self.goals.items() if self.figures[name] > goal]

    def print(self) -> None:
        for title, lines in self.notes.items():
            print(f"\n{title} ({len(lines)}):")
            for number, line in enumerate(lines, 1):
                print(f"{number:4}  {line[:150]}")
        print()
        for name, value in self.figures.items():
            goal = f"≤ {self.goals[name]:g}" if name in self.goals else ""
            verdict = "MISSED" if name in self.missed else ""
            print(f"{name:36} {value:>12g} {self.units[name]:3} {goal:10} {verdict}".rstrip())

    def write(self) -> None:
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps(self.figures, indent=1) + "\n")
