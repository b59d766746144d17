"""What a diagram says about several signatures on one step, and about signatures that outlive a rework."""

from __future__ import annotations

import pytest

from tests.workflows.definition.test_reading import DIAGRAM, FILES, replaced
from workflows.definition import read_process
from workflows.errors import DefinitionError

OUTCOMES = '<spiffworkflow:property name="outcomes" value="approve,reject" />'


def with_properties(**values: str) -> dict[str, bytes]:
    """Hospitality whose first review says more."""
    listed = "".join(f'<spiffworkflow:property name="{name}" value="{value}" />' for name, value in values.items())
    return replaced(DIAGRAM, OUTCOMES, OUTCOMES + listed)


def complaint(**values: str) -> str:
    with pytest.raises(DefinitionError) as refusal:
        read_process(with_properties(**values))
    (problem,) = refusal.value.problems
    assert (problem.file, problem.element) == (DIAGRAM, "manager_review")
    assert problem.line
    return problem.message


def test_a_step_says_how_several_people_sign_it() -> None:
    task = read_process(
        with_properties(signing="vote", vote_needed="60%", abstention="excluded", signers="['总经理', 'finance']")
    ).tasks["manager_review"]
    assert task.policy is not None
    assert task.policy.kind == "vote"
    assert task.outcomes == ("approve", "reject", "abstain")
    assert task.signers == "['总经理', 'finance']"


def test_a_step_says_which_fields_it_answers_for() -> None:
    task = read_process(with_properties(signed_fields="budget, guests")).tasks["manager_review"]
    assert task.signed_fields == ("budget", "guests")
    assert "没有的" in complaint(signed_fields="没有的")


def test_what_cannot_be_understood_is_named_with_its_step() -> None:
    assert "客户服务部经理审核" in complaint(signing="vote", vote_needed="half")
    assert "会签人" in complaint(signing="all", signers="['a'")


def test_a_step_that_fills_a_form_has_one_signature() -> None:
    fills = replaced(DIAGRAM, OUTCOMES, '<spiffworkflow:property name="signing" value="all" />')
    with pytest.raises(DefinitionError, match="outcomes"):
        read_process(fills)


def test_the_process_says_whether_the_same_approver_signs_twice_in_a_row() -> None:
    assert read_process(FILES).settings.same_approver == "again"
    once = replaced("process.toml", "amount =", 'same_approver = "once"\namount =')
    assert read_process(once).settings.same_approver == "once"
    with pytest.raises(DefinitionError, match="same_approver"):
        read_process(replaced("process.toml", "amount =", 'same_approver = "maybe"\namount ='))
