"""Every verb in every situation: done, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from services.cases.end_case import cancel_case, withdraw_case
from services.cases.models import DbCase
from services.discussion.comment import add_comment
from services.discussion.copy import send_copy
from services.discussion.place import OnTask
from services.discussion.urge import urge_task
from services.errors import Conflict
from services.tasks.remove_signers import remove_signers
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support import acting
from tests.support.acting import asked, history, item, status
from tests.support.shapes import branches, part, publish_shape, row, start_shape, together


@dataclass(frozen=True)
class Situation:
    """A case in which ``who`` has an open task at ``step``, and ``nxt`` is asked once it is approved."""

    begin: Callable[[], DbCase]
    who: str
    step: str
    following: dict[str, str]
    """Who is asked after ``who`` approved."""


def _newer() -> DbCase:
    """The page was opened before a new version was published; the case stays on its own."""
    case = start_shape(row())
    publish_shape(together(signing="all"))
    return case


SITUATIONS = {
    "plain task": Situation(lambda: start_shape(row()), "manager", "first", {"gm": "second"}),
    "countersign": Situation(
        lambda: start_shape(together(signing="all")), "manager", "board", {"gm": "board", "supervisor": "board"}
    ),
    "vote": Situation(
        lambda: start_shape(together(signing="vote", vote_needed="2")),
        "manager",
        "board",
        {"gm": "board", "supervisor": "board"},
    ),
    "in turn": Situation(lambda: start_shape(together(signing="in_turn")), "manager", "board", {"gm": "board"}),
    "parallel branch": Situation(lambda: start_shape(branches()), "manager", "left", {"gm": "right"}),
    "sub-process": Situation(lambda: start_shape(part()), "manager", "inner", {"gm": "innermost"}),
    "newer version": Situation(_newer, "manager", "first", {"gm": "second"}),
}


@pytest.fixture(params=SITUATIONS)
def situation(request: pytest.FixtureRequest, app: object) -> Situation:
    return SITUATIONS[request.param]


def around(situation: Situation) -> dict[str, str]:
    """Who is asked beside ``who`` at the beginning."""
    together_with = {username: step for username, step in situation.following.items() if step == situation.step}
    if situation.step == "left":
        together_with = {"gm": "right"}
    return {} if SITUATIONS["in turn"] is situation else together_with


def test_approve(situation: Situation) -> None:
    case = situation.begin()
    assert asked(case) == {situation.who: situation.step, **around(situation)}
    acting.sign(case, situation.who)
    assert asked(case) == situation.following


def test_reject(situation: Situation) -> None:
    case = situation.begin()
    acting.sign(case, situation.who, "reject", "不同意")
    if situation is SITUATIONS["vote"]:
        assert asked(case) == situation.following  # one voice against
    elif situation.step in ("left", "inner"):
        assert asked(case) == situation.following  # these diagrams ask nobody about the outcome
    else:
        assert status(case) == "rejected"


@pytest.mark.parametrize("resume", ["everybody", "straight"])
def test_return(situation: Situation, resume: str) -> None:
    case = situation.begin()
    before = asked(case)
    acting.back(case, situation.who, resume=resume)
    assert asked(case) == {"specialist": "apply"}
    acting.submit(case)
    assert asked(case) == before


def test_take_back_a_signature(situation: Situation) -> None:
    case = situation.begin()
    before = asked(case)
    acting.sign(case, situation.who)
    acting.take_back(case, situation.who)
    assert asked(case) == before


def test_take_back_a_return(situation: Situation) -> None:
    case = situation.begin()
    before = asked(case)
    acting.back(case, situation.who)
    acting.take_back(case, situation.who)
    assert asked(case) == before


def test_transfer_and_recall(situation: Situation) -> None:
    case = situation.begin()
    before, task = asked(case), item(case, situation.who)
    acting.transfer(case, situation.who, "director")
    assert asked(case) == {"director": situation.step, **around(situation)}
    acting.take_back(case, situation.who, task)
    assert asked(case) == before
    acting.transfer(case, situation.who, "director")
    acting.sign(case, "director")
    assert asked(case) == situation.following


def test_delegate_and_answer(situation: Situation) -> None:
    case = situation.begin()
    before = asked(case)
    acting.delegate(case, situation.who, "director")
    assert asked(case) == {"director": situation.step, **around(situation)}
    acting.sign(case, "director", "reject", "我看不妥")
    assert asked(case) == before
    acting.sign(case, situation.who)
    assert asked(case) == situation.following


def test_add_a_signer_before(situation: Situation) -> None:
    case = situation.begin()
    acting.add(case, situation.who, "director", when="before")
    assert asked(case) == {"director": situation.step, **around(situation)}
    acting.sign(case, "director")
    acting.sign(case, situation.who)
    assert asked(case) == situation.following


def test_add_a_signer_after(situation: Situation) -> None:
    case = situation.begin()
    acting.add(case, situation.who, "director", when="after")
    acting.sign(case, situation.who)
    assert asked(case) == {"director": situation.step, **around(situation)}
    acting.sign(case, "director")
    assert asked(case) == situation.following


def test_add_a_signer_beside(situation: Situation) -> None:
    case = situation.begin()
    acting.add(case, situation.who, "director", when="beside")
    assert asked(case) == {situation.who: situation.step, "director": situation.step, **around(situation)}
    acting.sign(case, "director")
    acting.sign(case, situation.who)
    if situation is SITUATIONS["vote"]:
        assert asked(case) == {"finance": "last"}  # the added voter was the second voice
    else:
        assert asked(case) == situation.following


def test_remove_a_signer(situation: Situation) -> None:
    case = situation.begin()
    before, task = asked(case), item(case, situation.who)
    acting.add(case, situation.who, "director", when="before")
    remove_signers(find_actor(situation.who), task, users=["director"], comment="", now=MONDAY)
    assert asked(case) == before


def test_withdraw_and_cancel_the_case(situation: Situation) -> None:
    starter = find_actor("specialist")
    case = situation.begin()
    withdraw_case(starter, CaseId(case.id), now=MONDAY)
    assert (status(case), asked(case)) == ("withdrawn", {})
    case = situation.begin()
    acting.sign(case, situation.who)
    cancel_case(starter, CaseId(case.id), "不办了", now=MONDAY)
    assert (status(case), asked(case)) == ("cancelled", {})


@pytest.mark.usefixtures("app")
def test_a_signed_countersign_is_no_longer_withdrawn_by_the_applicant() -> None:
    case = start_shape(together(signing="all"))
    acting.sign(case, "manager")
    with pytest.raises(Conflict, match="撤销"):
        withdraw_case(find_actor("specialist"), CaseId(case.id), now=MONDAY)


def test_comment_copy_and_urge_change_nothing_but_the_record(situation: Situation) -> None:
    case = situation.begin()
    before, task = asked(case), item(case, situation.who)
    add_comment(find_actor(situation.who), OnTask(task), "请看一下", now=MONDAY)
    send_copy(find_actor(situation.who), OnTask(task), ["office"], now=MONDAY)
    urge_task(find_actor("specialist"), task, now=MONDAY)
    assert asked(case) == before
    assert history(case, "commented", "copied", "urged") == [
        (action, situation.step) for action in ("commented", "copied", "urged")
    ]
