"""Scenarios of a draft are changed without losing what people wrote in them, and block what no longer holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask

from services.database import db, read_session
from services.errors import Conflict, InvalidInput, NotFound
from services.processes.drafts import Draft, change_files, get_draft
from services.processes.scenario_editing import (
    accept_result,
    copy_scenario,
    create_scenario,
    delete_scenario,
    leaves,
    read_scenarios,
    rename_scenario,
    save_source,
    save_steps,
    shown_value,
)
from services.processes.scenario_runs import run_scenarios, scenario_problems, uncovered_steps
from services.types import Actor
from tests.support.driving import current

Cast = Callable[[str], Actor]
KEY = "hospitality"


def draft_of(owner: Actor) -> Draft:
    db.session.rollback()
    return get_draft(read_session(), owner, KEY)


def source_of(owner: Actor, name: str) -> str:
    return draft_of(owner).files[f"scenarios/{name}.toml"].decode()


def typed(owner: Actor, name: str) -> list[tuple[int, dict[str, str]]]:
    """The table of a scenario as the page sends it back untouched."""
    steps = read_scenarios(draft_of(owner)).definition.scenarios[name]["steps"]
    found = []
    for place, step in enumerate(steps):
        values = {f"value-{path}": shown_value(value) for path, value in leaves(step.get("values", {}))}
        at = {"at": step["at"].strftime("%Y-%m-%dT%H:%M")} if "at" in step else {}
        texts = {part: step.get(part, "") for part in ("step", "outcome", "comment")}
        found.append((place, {**texts, **at, **values}))
    return found


def test_what_is_sent_back_untouched_stays_letter_by_letter(cast: Cast, now: datetime) -> None:
    owner = cast("owner")
    for name in ("overspent", "approval_nobody_does", "within_budget"):
        before = source_of(owner, name)
        title = read_scenarios(draft_of(owner)).definition.scenarios[name]["title"]
        save_steps(owner, KEY, name, title=title, steps=typed(owner, name), revision=draft_of(owner).revision, now=now)
        assert source_of(owner, name) == before


def test_a_changed_value_keeps_comments_and_kind(cast: Cast, now: datetime) -> None:
    owner = cast("owner")
    commented = "# 年终的招待\n" + source_of(owner, "overspent")
    save_source(owner, KEY, "overspent", commented, revision=draft_of(owner).revision, now=now)
    steps = typed(owner, "overspent")
    steps[0][1]["value-budget.meal"] = "2700"
    steps[0][1]["value-guests"] = "周总\n钱工\n吴工"
    save_steps(owner, KEY, "overspent", title="改过", steps=steps, revision=draft_of(owner).revision, now=now)
    after = source_of(owner, "overspent")
    assert after.startswith("# 年终的招待")
    scenario = read_scenarios(draft_of(owner)).definition.scenarios["overspent"]
    assert scenario["steps"][0]["values"]["budget"]["meal"] == 2700
    assert scenario["steps"][0]["values"]["guests"] == ["周总", "钱工", "吴工"]
    assert scenario["title"] == "改过"


def test_a_mistyped_number_is_refused_where_it_stands(cast: Cast, now: datetime) -> None:
    owner = cast("owner")
    steps = typed(owner, "overspent")
    steps[0][1]["value-budget.meal"] = "很多"
    before = source_of(owner, "overspent")
    with pytest.raises(InvalidInput) as refusal:
        save_steps(owner, KEY, "overspent", title="x", steps=steps, revision=draft_of(owner).revision, now=now)
    assert list(refusal.value.errors) == ["0-value-budget.meal"]
    assert source_of(owner, "overspent") == before


def test_a_result_is_accepted_as_expected(cast: Cast, now: datetime) -> None:
    owner = cast("owner")
    steps = typed(owner, "within_budget")
    steps[1][1].update(outcome="reject", comment="不必招待")
    save_steps(owner, KEY, "within_budget", title="改", steps=steps[:2], revision=draft_of(owner).revision, now=now)
    [failed] = [run for run in read_scenarios(draft_of(owner)).runs if not run.passed]
    assert any("结果与预期不同" in said for said in failed.differences)

    accept_result(owner, KEY, "within_budget", revision=draft_of(owner).revision, now=now)
    found = read_scenarios(draft_of(owner))
    assert all(run.passed for run in found.runs)
    assert found.definition.scenarios["within_budget"]["expect"]["status"] == "rejected"


def test_what_cannot_be_played_to_its_end_is_not_accepted(cast: Cast, now: datetime) -> None:
    owner = cast("owner")
    steps = typed(owner, "within_budget")
    save_steps(owner, KEY, "within_budget", title="改", steps=steps[1:], revision=draft_of(owner).revision, now=now)
    with pytest.raises(Conflict, match="场景没有走完"):
        accept_result(owner, KEY, "within_budget", revision=draft_of(owner).revision, now=now)


def test_scenarios_are_made_copied_renamed_and_taken_away(cast: Cast, now: datetime) -> None:
    owner = cast("owner")
    made = create_scenario(owner, KEY, title="新的情况", now=now)
    copied = copy_scenario(owner, KEY, made, now=now)
    renamed = rename_scenario(owner, KEY, copied, to="year_end", now=now)
    found = {run.name: run for run in read_scenarios(draft_of(owner)).runs}
    assert found[made].passed, found[made].differences
    assert found[renamed].title == "新的情况 副本"
    with pytest.raises(Conflict):
        rename_scenario(owner, KEY, made, to="year_end", now=now)
    with pytest.raises(InvalidInput):
        rename_scenario(owner, KEY, made, to="../x", now=now)
    delete_scenario(owner, KEY, made, now=now)
    with pytest.raises(NotFound):
        delete_scenario(owner, KEY, made, now=now)


def test_a_file_that_cannot_be_read_names_its_line_and_spares_the_others(cast: Cast, now: datetime) -> None:
    owner = cast("owner")
    with pytest.raises(InvalidInput, match="1 处") as refusal:
        save_source(owner, KEY, "overspent", "title = \n", revision=draft_of(owner).revision, now=now)
    assert "第 1 行" in refusal.value.errors["source"][0]
    draft = draft_of(owner)
    broken = {"scenarios/overspent.toml": b"steps = [\n[["}
    db.session.rollback()
    change_files(owner, KEY, broken, revision=draft.revision, now=now)
    found = read_scenarios(draft_of(owner))
    assert set(found.unreadable) == {"overspent"}
    assert all(run.passed for run in found.runs)


def test_a_change_of_the_process_that_breaks_a_scenario_is_an_error(cast: Cast, now: datetime) -> None:
    owner = cast("owner")
    draft = draft_of(owner)
    diagram = draft.files["hospitality.bpmn"].decode().replace("&#x27;reject&#x27;", "&#x27;approve&#x27;")
    db.session.rollback()
    change_files(owner, KEY, {"hospitality.bpmn": diagram.encode()}, revision=draft.revision, now=now)
    problems = scenario_problems(read_scenarios(draft_of(owner)).definition)
    assert problems
    assert {problem.severity for problem in problems} == {"error"}
    assert all(problem.file.startswith("scenarios/") for problem in problems)


def test_time_is_shared_and_what_was_not_reached_is_named(app: Flask) -> None:
    definition = current("visit")
    other = replace(definition, settings=replace(definition.settings, title="没有运行过的"))
    runs = run_scenarios(other, seconds=-1)
    assert all("没有来得及运行" in run.differences[0] for run in runs)
    assert uncovered_steps(definition, []) == list(definition.tasks)
