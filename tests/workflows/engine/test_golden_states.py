from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.engine.driving import Case
from tests.workflows.engine.golden.writing import CASES, FOLDER, FORMAT, described, world
from workflows.engine import Instance, read_diagram

STATES = sorted(FOLDER.glob("*.json"))


def taken_up(path: Path) -> tuple[Case, dict[str, Any]]:
    record = json.loads(path.read_text())
    case = Case(read_diagram(path.with_suffix(".bpmn").read_bytes(), file=path.name), world=world())
    case.world.now = datetime.fromisoformat(record["now"])
    state = json.dumps(record["state"]).encode()
    case.instance = Instance.load(case.diagram, state, case.world.surroundings())
    return case, record


def test_this_version_has_its_states() -> None:
    assert {f"{FORMAT}_{name}" for name in CASES} <= {path.stem for path in STATES}


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_stored_state_is_understood(path: Path) -> None:
    case, record = taken_up(path)
    found = described(case)
    assert {key: found[key] for key in ("open", "returnable", "timers")} == {
        key: record[key] for key in ("open", "returnable", "timers")
    }


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_stored_state_finishes(path: Path) -> None:
    case, _ = taken_up(path)
    for _ in range(20):
        if case.instance.finished:
            break
        for place in case.instance.held():
            case.instance.skip(place.task_id, {}, next(iter(place.ways), None))
        case.do(case.open()[0], again=False, vote=1)
    assert case.instance.finished


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_stored_state_can_be_taken_back(path: Path) -> None:
    case, record = taken_up(path)
    for (step, item), targets in zip(record["open"], record["returnable"], strict=True):
        for target in targets:
            case, _ = taken_up(path)
            case.reload().return_to(case.task(step, item), target)
            assert target in case.open()


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_what_failed_is_still_held(path: Path) -> None:
    case, record = taken_up(path)
    assert [[place.element, place.branch] for place in case.instance.held()] == record.get("held", [])


def test_money_is_money_again() -> None:
    case, _ = taken_up(FOLDER / f"{FORMAT}_branches.json")
    assert case.instance.variables()["price"] == Decimal("19.90")
