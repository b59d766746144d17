"""Two process folders file by file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from workflows.checks.reading import FLOW_NODES, MODEL, local_name, read_diagram
from workflows.comparing.comparison import (
    ADDED,
    CHANGED,
    DATA,
    PAPER,
    REMOVED,
    WAY,
    WORDING,
    Change,
    Comparison,
    FileComparison,
    Grid,
    Line,
)
from workflows.comparing.diagrams import compare_diagrams
from workflows.comparing.fields import field_titles, read_record
from workflows.comparing.forms import compare_forms
from workflows.comparing.lines import compare_lines
from workflows.comparing.printing import print_changes
from workflows.comparing.settings import compare_english, compare_scenarios, compare_settings
from workflows.comparing.summary import summarize
from workflows.comparing.tables import compare_tables, read_tables
from workflows.definition import ProcessFiles
from workflows.errors import DefinitionError
from workflows.toml import read_toml

_ORDER = ("diagram", "form", "table", "settings", "paper", "scenario", "english", "other")
_WEIGHTS = {"diagram": WAY, "form": DATA, "table": WAY, "settings": WAY, "paper": PAPER}
_UNREADABLE = (DefinitionError, ValueError)
Compared = tuple[tuple[Change, ...], tuple[Grid, ...]]


def compare_processes(before: ProcessFiles, after: ProcessFiles) -> Comparison:
    """What differs from ``before`` to ``after``. Never raises: what cannot be read is compared as text."""
    titles = {**_titles(before), **_titles(after)}
    paths = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    found = [_compare(path, before.get(path), after.get(path), titles) for path in paths]
    # files that only differ in how they are written differ in nothing
    told = [each for each in found if each.kind != CHANGED or each.changes or each.lines]
    files = tuple(sorted(told, key=lambda each: (_ORDER.index(each.part), each.file)))
    return Comparison(files=files, summary=summarize(files))


def part_of(path: str) -> str:
    """Which part of a process the file holds."""
    place, suffix = PurePosixPath(path), PurePosixPath(path).suffix
    folder = place.parts[0] if len(place.parts) > 1 else ""
    if path in ("process.toml", "en.toml"):
        return "settings" if path == "process.toml" else "english"
    if suffix == ".bpmn" and not folder:
        return "diagram"
    known = {("forms", ".json"): "form", ("papers", ".json"): "paper", ("decisions", ".dmn"): "table"}
    known[("scenarios", ".toml")] = "scenario"
    return known.get((folder, suffix), "other")


def _compare(path: str, before: bytes | None, after: bytes | None, titles: Mapping[str, str]) -> FileComparison:
    part, name = part_of(path), PurePosixPath(path).stem
    kind = ADDED if before is None else REMOVED if after is None else CHANGED
    compare = _COMPARE.get(part, _as_text)
    try:
        if part == "diagram" and kind != CHANGED:
            raise ValueError  # a diagram that is not there has no elements to speak of
        nothing = _NOTHING.get(part, b"")
        old, new = (nothing if raw is None else raw for raw in (before, after))
        changes, grids = compare(old, new, path, titles)
        lines: tuple[Line, ...] = ()
    except _UNREADABLE:
        changes, grids, lines = (), (), compare_lines(before or b"", after or b"")
    if not changes and part in ("other",):
        lines = compare_lines(before or b"", after or b"")
    return FileComparison(
        part=part,
        file=path,
        name=name,
        title=titles.get(f"{part}:{name}", name),
        kind=kind,
        changes=changes,
        grids=grids,
        lines=lines,
        weight=_WEIGHTS.get(part, WORDING),
    )


_NOTHING = {"form": b"{}", "paper": b"{}"}


def _diagram(before: bytes, after: bytes, file: str, titles: Mapping[str, str]) -> Compared:
    return compare_diagrams(before, after, file, titles), ()


def _form(before: bytes, after: bytes, _file: str, titles: Mapping[str, str]) -> Compared:
    return compare_forms(before, after, titles), ()


def _paper(before: bytes, after: bytes, _file: str, _titles: Mapping[str, str]) -> Compared:
    return tuple(print_changes(read_record(before), read_record(after))), ()


def _table(before: bytes, after: bytes, file: str, _titles: Mapping[str, str]) -> Compared:
    if not before or not after:
        return (), ()
    return compare_tables(before, after, file)


def _settings(before: bytes, after: bytes, _file: str, titles: Mapping[str, str]) -> Compared:
    return compare_settings(before, after, titles), ()


def _scenario(before: bytes, after: bytes, _file: str, titles: Mapping[str, str]) -> Compared:
    return (compare_scenarios(before, after, titles), ()) if before and after else ((), ())


def _english(before: bytes, after: bytes, _file: str, _titles: Mapping[str, str]) -> Compared:
    return compare_english(before, after), ()


def _as_text(_before: bytes, _after: bytes, _file: str, _titles: Mapping[str, str]) -> Compared:
    return (), ()


_COMPARE: Mapping[str, Callable[[bytes, bytes, str, Mapping[str, str]], Compared]] = {
    "diagram": _diagram,
    "form": _form,
    "paper": _paper,
    "table": _table,
    "settings": _settings,
    "scenario": _scenario,
    "english": _english,
}


# names


def _titles(files: ProcessFiles) -> dict[str, str]:
    """What people call fields (by name), and forms, decisions, steps and scenarios (``form:application``)."""
    found: dict[str, str] = {}
    for path in sorted(files):
        reader = _NAMES.get(part_of(path))
        try:
            found.update(reader(files[path], path) if reader else ())
        except _UNREADABLE:
            continue
    return found


def _form_names(raw: bytes, path: str) -> Iterator[tuple[str, str]]:
    form = read_record(raw)
    yield f"form:{PurePosixPath(path).stem}", str(form.get("title") or PurePosixPath(path).stem)
    yield from field_titles(form).items()


def _paper_names(raw: bytes, path: str) -> Iterator[tuple[str, str]]:
    yield f"paper:{PurePosixPath(path).stem}", str(read_record(raw).get("title") or PurePosixPath(path).stem)


def _table_names(raw: bytes, path: str) -> Iterator[tuple[str, str]]:
    tables = read_tables(raw, path)
    for identity, table in tables.items():
        yield f"table:{identity}", table.title
        yield from ((column.facts["结果名"], column.label) for column in table.columns if column.facts.get("结果名"))
    for table in list(tables.values())[-1:]:
        yield f"table:{PurePosixPath(path).stem}", table.title


def _step_names(raw: bytes, path: str) -> Iterator[tuple[str, str]]:
    for element in read_diagram(raw, path).iter(f"{{{MODEL}}}*"):
        if local_name(element) in FLOW_NODES and element.get("id") and element.get("name"):
            yield f"step:{element.get('id')}", str(element.get("name"))


def _scenario_names(raw: bytes, path: str) -> Iterator[tuple[str, str]]:
    yield f"scenario:{PurePosixPath(path).stem}", str(read_toml(raw).get("title") or PurePosixPath(path).stem)


_NAMES: Mapping[str, Callable[[bytes, str], Iterator[tuple[str, str]]]] = {
    "form": _form_names,
    "paper": _paper_names,
    "table": _table_names,
    "diagram": _step_names,
    "scenario": _scenario_names,
}
