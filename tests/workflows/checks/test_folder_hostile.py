"""Whatever a folder holds, its checks end, within a bound, and say so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.folders import deciding, folder, form, table
from tests.workflows.checks.diagrams import Diagram
from workflows.checks.folder import check_folder
from workflows.checks.folder.context import MAX_EACH
from workflows.checks.known import Known
from workflows.definition.reading import examine_process


@given(
    st.dictionaries(
        st.sampled_from(["process.toml", "process.bpmn", "forms/a.json", "decisions/a.dmn"]), st.binary(max_size=200)
    )
)
def test_any_bytes_at_all(files: dict[str, bytes]) -> None:
    check_folder(files, Known())
    examine_process(files)


@given(st.text(max_size=60))
def test_any_condition_at_all(source: str) -> None:
    clean = "".join(letter for letter in source if letter.isprintable())
    check_folder(folder(deciding(clean or "x")), Known())


def test_sub_processes_in_each_other_are_one_graph() -> None:
    inner = (
        '<bpmn:startEvent id="s0"/><bpmn:endEvent id="e0"/><bpmn:sequenceFlow id="f0" sourceRef="s0" targetRef="e0"/>'
    )
    for level in range(1, 60):
        inner = (
            f'<bpmn:startEvent id="s{level}"/><bpmn:subProcess id="p{level}">{inner}</bpmn:subProcess>'
            f'<bpmn:endEvent id="e{level}"/>'
            f'<bpmn:sequenceFlow id="f{level}" sourceRef="s{level}" targetRef="p{level}"/>'
            f'<bpmn:sequenceFlow id="g{level}" sourceRef="p{level}" targetRef="e{level}"/>'
        )
    assert check_folder(folder(Diagram(extra=inner)), Known()) is not None


def test_conditions_of_many_names_are_tried_up_to_a_bound() -> None:
    many = {f"n{number}": {"type": "number", "title": f"数{number}"} for number in range(40)}
    condition = " and ".join(f"{name} > 10" for name in many)
    files = folder(deciding(condition, "n0 < 5"))
    files["forms/apply.json"] = form(fields=many)
    assert not any("永远" in problem.message for problem in check_folder(files, Known()))


def test_a_thousand_wrong_conditions_are_not_all_listed() -> None:
    files = folder(deciding(*(f"kind == 'x{number}'" for number in range(300))))
    assert len(check_folder(files, Known())) < 12 * MAX_EACH


def test_an_expression_that_never_ends_is_cut_off() -> None:
    endless = "sum([sum([x * y for y in range(999)]) for x in range(999)]) > 1"
    check_folder(folder(deciding(endless)), Known())


def test_a_table_of_thousands_of_rules_is_bounded() -> None:
    rules = {f"[{number}..{number + 1})": "a" for number in range(3_000)}
    check_folder(folder(deciding("level == 'b'"), decisions__level=table(rules)), Known())
