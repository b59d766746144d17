"""A process folder with one thing broken: the file, the element and the line are named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from workflows.checks import check_diagram
from workflows.definition import ProcessDefinition, read_folder, read_process
from workflows.definition.names import KNOWN_FUNCTIONS
from workflows.errors import DefinitionError

FOLDER = Path(__file__).parents[3] / "bpmn" / "hospitality"
FILES = read_folder(FOLDER)
DIAGRAM = "hospitality.bpmn"


def replaced(file: str, old: str, new: str) -> dict[str, bytes]:
    """The folder with the first occurrence of ``old`` in one of its files changed."""
    text = FILES[file].decode()
    assert old in text
    return {**FILES, file: text.replace(old, new, 1).encode()}


def line_of(files: dict[str, bytes], file: str, part: str) -> int:
    return files[file].decode().split(part)[0].count("\n") + 1


def problems(files: dict[str, bytes]) -> list[tuple[str, str, int | None]]:
    with pytest.raises(DefinitionError) as refusal:
        read_process(files)
    own = [problem for problem in refusal.value.problems if not problem.file.endswith(".dmn")]
    assert all(re.search("[一-鿿]", problem.message) for problem in own)
    return [(problem.file, problem.element, problem.line) for problem in refusal.value.problems]


def test_the_hospitality_folder_is_in_order() -> None:
    definition = read_process(FILES)
    assert isinstance(definition, ProcessDefinition)
    assert definition.first_task.id == "apply"
    assert check_diagram(FILES[DIAGRAM], file=DIAGRAM, functions=KNOWN_FUNCTIONS) == []


CONDITION = "overspend_step == &#x27;explain&#x27; and not overspend_explanation and not overspend_asked"
BROKEN_NAMES = {
    "condition": (CONDITION, "overspend_stp == 1", "overspend_decision_to_ask_explanation"),
    "timer": ("day_after(date)", "day_after(dat)", "hosting_day"),
    "parameter": ('id="spent" type="str" value="spend_total"', 'id="spent" type="str" value="spent"', "settle_budget"),
    "due": ('value="work_days_after(date, 3)"', 'value="work_days_after(dates, 3)"', "report"),
    "script": ("overspend_asked = True", "overspend_asked = not asked", "ask_explanation"),
}


@pytest.mark.parametrize("place", BROKEN_NAMES)
def test_a_name_that_nothing_provides_is_found_where_it_is_used(place: str) -> None:
    old, new, element = BROKEN_NAMES[place]
    files = replaced(DIAGRAM, old, new)
    assert problems(files) == [(DIAGRAM, element, line_of(files, DIAGRAM, new))]


def test_names_of_operations_have_to_be_declared() -> None:
    files = replaced("process.toml", '"budget_exceeded", ', "")
    assert problems(files) == [("decisions/over_budget.dmn", "over_budget", None)]


def test_a_decision_that_reads_a_misspelt_name_is_found() -> None:
    files = replaced("decisions/overspend.dmn", "spend_total - budget_total", "spend_total - budget_totals")
    assert problems(files) == [("decisions/overspend.dmn", "overspend", None)]


def test_a_cancel_condition_with_a_misspelt_name_is_found() -> None:
    assert problems(replaced("process.toml", "today() <= date", "today() <= dates")) == [
        ("process.toml", "cancel", None)
    ]


def test_a_misspelt_function_is_found_in_the_diagram() -> None:
    files = replaced(DIAGRAM, "day_after(date)", "days_after(date)")
    assert problems(files)[0][:2] == (DIAGRAM, "hosting_day")


def test_a_table_that_forgets_a_case_keeps_the_process_from_running() -> None:
    files = replaced("decisions/over_budget.dmn", "&gt; 0", "&gt; 100")
    with pytest.raises(DefinitionError, match="没有规则") as refusal:
        read_process(files)
    assert refusal.value.problems[0].file == "decisions/over_budget.dmn"


def test_every_broken_part_is_told_at_once() -> None:
    files = {**FILES, "forms/report.json": b"{", "decisions/overspend.dmn": b"<", "scenarios/zero_spend.toml": b"x ="}
    found = {file for file, _element, _line in problems(files)}
    assert {"forms/report.json", "decisions/overspend.dmn", "scenarios/zero_spend.toml"} <= found


def test_missing_parts_are_named_with_the_element_that_wants_them() -> None:
    without = {name: raw for name, raw in FILES.items() if name not in ("forms/report.json", "decisions/overspend.dmn")}
    found = problems(without)
    assert (DIAGRAM, "report", line_of(FILES, DIAGRAM, '<bpmn:userTask id="report"')) in found
    assert (DIAGRAM, "overspend", line_of(FILES, DIAGRAM, '<bpmn:businessRuleTask id="overspend"')) in found


def test_a_folder_without_diagram_or_manifest_says_so() -> None:
    assert problems({name: raw for name, raw in FILES.items() if name != DIAGRAM})[0] == (DIAGRAM, "", None)
    assert problems({name: raw for name, raw in FILES.items() if name != "process.toml"}) == [
        ("process.toml", "", None)
    ]


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ('title = "客户招待"', "", "title"),
        ('starters = ["客户服务部", "市场营销部"]', "starters = []", "starters"),
        ('facts = ["spending", "budget", "benefits", "recent_cases"]', "facts = [5]", "facts"),
        ('category = "客户关系"', "category = 5", "category"),
        ("today() <= date", "today() <=", "cancel"),
    ],
)
def test_a_setting_that_is_wrong_is_named(old: str, new: str, element: str) -> None:
    assert problems(replaced("process.toml", old, new)) == [("process.toml", element, None)]


def test_a_manifest_that_cannot_be_read_is_told_with_its_line() -> None:
    [(file, _element, line)] = problems({**FILES, "process.toml": b'key = "x"\ntitle = \n'})
    assert (file, line) == ("process.toml", 2)


def test_rights_for_a_step_that_is_not_drawn_are_found() -> None:
    form = json.loads(FILES["forms/report.json"])
    form["steps"] = {"nobody": {"hide": ["effect"]}}
    files = {**FILES, "forms/report.json": json.dumps(form).encode()}
    assert problems(files) == [("forms/report.json", "nobody", None)]
