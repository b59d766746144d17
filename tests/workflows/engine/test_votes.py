from __future__ import annotations

import pytest
from SpiffWorkflow.exceptions import WorkflowException

from tests.workflows.engine import plain
from tests.workflows.engine.diagrams import Process, votes
from tests.workflows.engine.driving import Case
from workflows.engine import EngineFailed


def signing(*, loop: bool = False, **options: str | bool) -> bytes:
    process = Process().start().user("apply").user("sign", votes(**options))  # type: ignore[arg-type]
    process.choice("gate", default="after").user("after").end().line("start", "apply", "sign", "gate", "after", "end")
    return process.flow("gate", "apply", "'no' in votes" if loop else "False").xml()


def voted(xml: bytes, given: str, people: int = 5) -> tuple[int, list[str], list[str]]:
    """How many votes it took, what is open then, and the votes."""
    case = Case(xml).do("apply", approvers=[f"p{number}" for number in range(people)])
    count = 0
    for vote in given.split():
        if case.open()[0] != "sign":
            break
        case.do("sign", vote=vote)
        count += 1
    return count, case.open(), case.instance.variables().get("votes", [])


TWO_OF_FIVE = "len(votes) >= 2"
THREE_YES = "count(votes, 'yes') >= 3 or count(votes, 'no') > nrOfInstances - 3"


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize(
    ("condition", "given", "needed"),
    [
        ("", "yes yes yes yes yes", 5),
        ("True", "yes yes", 1),
        (TWO_OF_FIVE, "yes no yes", 2),
        (THREE_YES, "yes no yes yes yes", 4),
        (THREE_YES, "no no yes no yes", 4),
        ("nrOfCompletedInstances / nrOfInstances >= 0.6", "yes yes yes yes", 3),
    ],
)
def test_votes_are_counted_as_they_come_in(condition: str, given: str, needed: int, *, sequential: bool) -> None:
    count, open_steps, collected = voted(signing(condition=condition, sequential=sequential), given)
    assert (count, open_steps) == (needed, ["after"])
    assert collected == given.split()[:needed]


@pytest.mark.parametrize(("sequential", "needed"), [(False, 5), (True, 3)])
def test_the_library_counts_too_late(needed: int, *, sequential: bool) -> None:
    workflow = plain.begin(signing(condition=TWO_OF_FIVE, sequential=sequential))
    plain.do(workflow, "apply", approvers=["1", "2", "3", "4", "5"])
    count = 0
    while plain.names(workflow)[0] == "sign [child]":
        plain.do(workflow, "sign [child]", vote="yes")
        count += 1
    assert count == needed


@pytest.mark.parametrize("sequential", [False, True])
def test_a_second_round_starts_with_no_votes(*, sequential: bool) -> None:
    case = Case(signing(loop=True, sequential=sequential))
    for given in (["yes", "no"], ["no", "yes"], ["yes", "yes"]):
        case.do("apply", approvers=["x", "y"])
        for vote in given:
            case.do("sign", vote=vote)
    assert (case.open(), case.instance.variables()["votes"]) == (["after"], ["yes", "yes"])


def test_the_library_has_no_second_round() -> None:
    workflow = plain.begin(signing(loop=True))
    plain.do(workflow, "apply", approvers=["x"])
    plain.do(workflow, "sign [child]", vote="no")
    with pytest.raises(WorkflowException):
        plain.do(workflow, "apply")


def test_signers_are_told_apart_by_their_item() -> None:
    case = Case(signing()).do("apply", approvers=[{"id": "x"}, {"id": "y"}])
    assert [task.item for task in case.reload().open_tasks()] == [{"id": "x"}, {"id": "y"}]
    assert {task.step for task in case.instance.open_tasks()} == {"sign"}


def test_without_an_output_the_changes_of_all_signers_come_together() -> None:
    case = Case(signing(output=False)).do("apply", approvers=["x", "y"], notes=[])
    case.do("sign", item="y", notes=["y"]).do("sign", item="x", notes=["x"], seen=True)
    assert case.instance.variables() == {"approvers": ["x", "y"], "notes": ["y", "x"], "seen": True}


def test_variables_of_the_same_name_as_a_vote_come_back_afterwards() -> None:
    case = Case(signing()).do("apply", approvers=["x"], vote="of the applicant")
    assert "vote" not in case.instance.open_tasks()[0].variables
    case.do("sign", vote="yes")
    assert case.instance.variables() == {"approvers": ["x"], "vote": "of the applicant", "votes": ["yes"]}


def test_nobody_to_sign_is_done_at_once() -> None:
    assert voted(signing(), "", people=0) == (0, ["after"], [])


@pytest.mark.parametrize(
    ("approvers", "message"), [("x", "no list"), (["x"] * 102, "more than 100"), (None, "no list")]
)
@pytest.mark.parametrize("sequential", [False, True])
def test_what_cannot_be_signed_is_refused(approvers: object, message: str, *, sequential: bool) -> None:
    case = Case(signing(sequential=sequential))
    if sequential and message != "no list":
        return
    with pytest.raises(EngineFailed, match=message) as failed:
        case.do("apply", approvers=approvers)
    assert failed.value.element == "sign"


def test_a_vote_that_is_not_given_is_named() -> None:
    case = Case(signing()).do("apply", approvers=["x"])
    with pytest.raises(EngineFailed, match=r"\[sign\] the step must set vote"):
        case.do("sign")


def test_a_running_vote_goes_on_on_a_diagram_parsed_afresh() -> None:
    xml = signing()
    case = Case(xml).do("apply", approvers=["x", "y"])
    case.diagram = Case(xml).diagram
    case.do("sign", vote="yes").do("sign", vote="yes")
    assert case.open() == ["after"]


def test_the_library_is_stuck_on_a_diagram_parsed_afresh() -> None:
    xml = signing()
    workflow = plain.begin(xml)
    plain.do(workflow, "apply", approvers=["x"])
    workflow = plain.loaded(plain.dumped(workflow), *plain.parse(xml))
    plain.do(workflow, "sign [child]", vote="yes")
    assert plain.names(workflow) == []
    assert not workflow.completed
