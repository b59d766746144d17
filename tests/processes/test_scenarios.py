"""Every scenario of every process folder comes out as it says, and together they ask for every step."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from workflows.definition import ProcessDefinition, read_folder, read_process
from workflows.scenarios import ScenarioError, differences, play

LIBRARY = Path(__file__).parents[2] / "bpmn"
FOLDERS = sorted(manifest.parent.name for manifest in LIBRARY.glob("*/process.toml"))
SCENARIOS = sorted((path.parts[-3], path.stem) for path in LIBRARY.glob("*/scenarios/*.toml"))


@lru_cache
def definition(key: str) -> ProcessDefinition:
    return read_process(read_folder(LIBRARY / key))


@pytest.mark.parametrize(("key", "name"), SCENARIOS)
def test_a_scenario_comes_out_as_it_says(key: str, name: str) -> None:
    found = definition(key)
    assert "\n".join(differences(found, found.scenarios[name])) == ""


@pytest.mark.parametrize("key", FOLDERS)
def test_every_step_is_asked_for_in_some_scenario(key: str) -> None:
    found = definition(key)
    asked = {step for scenario in found.scenarios.values() for step in play(found, scenario).path}
    assert asked == set(found.tasks)


def test_a_scenario_that_comes_out_otherwise_says_what_and_how() -> None:
    found = definition("hospitality")
    scenario = found.scenarios["rejected_by_manager"]
    changed = {**scenario, "expect": {**scenario["expect"], "status": "completed", "path": ["apply"]}}
    path, status = differences(found, changed)
    assert "manager_review" in path
    assert status == "status: expected completed, but it came to rejected"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"step": "report"}, "nobody is asked for it now; open are: manager_review"),
        ({"step": "manager_review", "outcome": "shrug"}, "shrug is none of its outcomes: approve, reject"),
        ({"step": "manager_review", "outcom": "approve"}, "no part called outcom"),
    ],
)
def test_a_step_that_cannot_be_taken_is_named(step: dict[str, str], said: str) -> None:
    found = definition("hospitality")
    first = found.scenarios["within_budget"]["steps"][0]
    with pytest.raises(ScenarioError, match=r"^step 2 \(") as refusal:
        play(found, {**found.scenarios["within_budget"], "steps": [first, step]})
    assert said in str(refusal.value)


def test_a_form_that_is_refused_otherwise_than_expected_is_told() -> None:
    found = definition("hospitality")
    scenario = found.scenarios["within_budget"]
    first = {**scenario["steps"][0], "values": {**scenario["steps"][0]["values"], "venue": ""}}
    [said] = differences(found, {**scenario, "steps": [first]})
    assert "step 1 (apply)" in said
    assert "venue" in said
