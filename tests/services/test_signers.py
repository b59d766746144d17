"""会签, 或签, 依次, 票签 and 加签, 减签: several people sign one step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from services.database import db
from services.errors import Conflict, InvalidInput, NotPermitted
from services.incidents.lines import open_in_case
from services.people.models import DbUser
from services.tasks.complete_task import complete_task
from services.tasks.inbox_query import InboxFilter
from services.tasks.list_tasks import list_tasks
from services.tasks.models import DbTask
from services.tasks.remove_signers import remove_signers
from services.types import Actor
from tests.conftest import MONDAY, find_actor
from tests.support import hospitality
from tests.support.acting import add, asked, history, item, sign, status
from tests.support.shapes import row, start_shape, start_unchecked, together


@pytest.mark.usefixtures("app")
class TestPolicies:
    def test_everybody_is_asked_at_once_and_all_must_approve(self) -> None:
        case = start_shape(together(signing="all"))
        assert asked(case) == {"manager": "board", "gm": "board", "supervisor": "board"}
        sign(case, "gm")
        sign(case, "supervisor")
        assert asked(case) == {"manager": "board"}
        sign(case, "manager")
        assert asked(case) == {"finance": "last"}
        assert history(case, "decided") == [("decided", "board")]

    def test_one_rejection_ends_it_and_the_others_are_not_listed(self) -> None:
        case = start_shape(together(signing="all"))
        sign(case, "gm", "reject")
        assert (status(case), asked(case)) == ("rejected", {})
        assert history(case, "completed") == [("completed", "board")]

    def test_one_is_enough(self) -> None:
        case = start_shape(together(signing="any"))
        sign(case, "supervisor")
        assert asked(case) == {"finance": "last"}
        with pytest.raises(AssertionError):
            item(case, "gm")

    def test_voters_who_all_weigh_nothing_are_asked_all_the_same(self) -> None:
        case = start_shape(
            together(signing="vote", vote_needed="50%", vote_weights="财务部=2,manager=0,gm=0,supervisor=0")
        )
        assert set(asked(case)) == {"manager", "gm", "supervisor"}

    def test_in_turn(self) -> None:
        case = start_shape(together(signing="in_turn"))
        for username in ("manager", "gm", "supervisor"):
            assert asked(case) == {username: "board"}
            sign(case, username)
        assert asked(case) == {"finance": "last"}

    def test_a_vote_by_share_and_weight_is_over_when_it_is_decided(self) -> None:
        case = start_shape(together(signing="vote", vote_needed=">50%", vote_weights="总经理=3"))
        sign(case, "gm")
        assert asked(case) == {"finance": "last"}
        case = start_shape(together(signing="vote", vote_needed="2"))
        sign(case, "gm", "reject")
        sign(case, "manager")
        assert asked(case) == {"supervisor": "board"}
        sign(case, "supervisor")
        assert asked(case) == {"finance": "last"}

    def test_abstaining_is_possible_where_the_step_says_what_it_means(self) -> None:
        case = start_shape(together(signing="vote", vote_needed="50%", abstention="excluded"))
        sign(case, "gm", "abstain")
        sign(case, "manager", "reject")
        sign(case, "supervisor")
        assert asked(case) == {"finance": "last"}
        case = start_shape(together(signing="all"))
        with pytest.raises(InvalidInput):
            sign(case, "gm", "abstain")

    def test_a_post_is_one_seat_and_the_applicant_none(self) -> None:
        case = start_shape(together(signing="all", signers="['客户服务部经理', 'gm', 'specialist']"))
        assert asked(case) == {"manager": "board", "gm": "board"}

    def test_nobody_signs_twice(self) -> None:
        case = start_shape(together(signing="all"))
        first = item(case, "gm")
        sign(case, "gm")
        with pytest.raises(Conflict, match="办理"):
            complete_task(find_actor("gm"), first, outcome="approve", comment="", typed={}, now=MONDAY)
        assert len(history(case, "completed")) == 1

    def test_a_signer_who_left_before_their_turn_is_replaced_by_whoever_the_lane_names(
        self, second_finance_clerk: str
    ) -> None:
        case = start_shape(together(signing="in_turn", signers=f"['manager', '{second_finance_clerk}']"))
        db.session.query(DbUser).filter_by(username=second_finance_clerk).update({"active": False})
        db.session.commit()
        sign(case, "manager")
        assert asked(case) == {"gm": "board"}
        sign(case, "gm")
        assert asked(case) == {"finance": "last"}

    def test_a_signer_who_does_not_exist_holds_the_step_of_a_case_that_is_started(self) -> None:
        case = start_unchecked(together(signing="all", signers="['nobody']"))
        assert asked(case) == {}
        [incident] = open_in_case(db.session, case.id)
        assert (incident.element, incident.kind) == ("board", "signers")


@pytest.mark.usefixtures("app")
class TestAddedSigners:
    def test_before_the_task_waits_and_comes_back(self) -> None:
        case = start_shape(row())
        own = item(case, "manager")
        add(case, "manager", "supervisor", "gm", when="before")
        assert asked(case) == {"supervisor": "first", "gm": "first"}
        with pytest.raises(Conflict, match="加签"):
            complete_task(find_actor("manager"), own, outcome="approve", comment="", typed={}, now=MONDAY)
        sign(case, "gm")
        sign(case, "supervisor")
        assert asked(case) == {"manager": "first"}
        assert item(case, "manager") == own
        sign(case, "manager")
        assert asked(case) == {"gm": "second"}

    def test_after_is_asked_once_the_signer_approved(self) -> None:
        case = start_shape(row())
        add(case, "manager", "supervisor", when="after")
        assert asked(case) == {"manager": "first"}
        sign(case, "manager")
        assert asked(case) == {"supervisor": "first"}
        sign(case, "supervisor")
        assert asked(case) == {"gm": "second"}

    def test_beside_any_one_is_enough(self) -> None:
        case = start_shape(row())
        add(case, "manager", "supervisor", when="beside", mode="any")
        sign(case, "supervisor")
        assert asked(case) == {"gm": "second"}

    def test_who_was_added_can_reject_for_the_step(self) -> None:
        case = start_shape(row())
        add(case, "manager", "supervisor", when="before")
        sign(case, "supervisor", "reject")
        assert status(case) == "rejected"

    def test_a_voter_is_added_to_the_vote(self) -> None:
        case = start_shape(together(signing="vote", vote_needed="3"))
        add(case, "gm", "director", when="beside")
        for username in ("director", "gm"):
            sign(case, username)
        sign(case, "manager")
        assert asked(case) == {"finance": "last"}

    @pytest.mark.parametrize(
        ("users", "said"),
        [
            (["specialist"], "申请人"),
            (["nobody"], "nobody"),
            (["manager"], "手上"),
            ([], "选择"),
            (["supervisor"] * 2, ""),
        ],
    )
    def test_whom_one_cannot_add_is_said_with_who_would_do(self, users: list[str], said: str) -> None:
        case = start_shape(row())
        if not said:
            add(case, "manager", *users, when="beside")
            assert asked(case) == {"manager": "first", "supervisor": "first"}
            return
        with pytest.raises(InvalidInput) as refusal:
            add(case, "manager", *users, when="beside")
        assert said in str(refusal.value.errors)
        assert asked(case) == {"manager": "first"}

    def test_nobody_is_added_twice(self) -> None:
        case = start_shape(row())
        add(case, "manager", "supervisor", when="after")
        with pytest.raises(InvalidInput) as refusal:
            add(case, "manager", "supervisor", when="beside")
        assert "重复" in str(refusal.value.errors)

    def test_a_step_that_fills_a_form_has_no_signatures_to_add_to(self, second_finance_clerk: str) -> None:
        case = hospitality.approved()
        hospitality.fire_until(hospitality.day_after())
        with pytest.raises(Conflict, match="填写环节"):
            add(case, "specialist", "supervisor", when="beside")

    def test_removed_signers_are_not_waited_for(self) -> None:
        case = start_shape(row())
        own = item(case, "manager")
        add(case, "manager", "supervisor", "director", when="before")
        remove_signers(find_actor("manager"), own, users=["director"], comment="", now=MONDAY)
        assert asked(case) == {"supervisor": "first"}
        remove_signers(find_actor("manager"), own, users=["supervisor"], comment="", now=MONDAY)
        assert asked(case) == {"manager": "first"}
        assert item(case, "manager") == own

    def test_the_step_is_decided_when_the_last_one_waited_for_is_removed(self) -> None:
        case = start_shape(row())
        own = item(case, "manager")
        add(case, "manager", "supervisor", when="after")
        sign(case, "manager")
        remove_signers(find_actor("manager"), own, users=["supervisor"], comment="", now=MONDAY)
        assert asked(case) == {"gm": "second"}

    def test_only_who_added_a_signer_removes_them_and_not_after_they_signed(self) -> None:
        case = start_shape(row())
        own = item(case, "manager")
        add(case, "manager", "supervisor", "director", when="before")
        with pytest.raises(NotPermitted):
            remove_signers(find_actor("director"), own, users=["supervisor"], comment="", now=MONDAY)
        sign(case, "supervisor")
        with pytest.raises(Conflict, match="完成"):
            remove_signers(find_actor("manager"), own, users=["supervisor"], comment="", now=MONDAY)

    def test_an_administrator_removes_nobody_from_their_own_request(self) -> None:
        case = start_shape(together(signing="all"), by="admin")
        own = item(case, "gm")
        with pytest.raises(NotPermitted, match="申请人"):
            remove_signers(find_actor("admin"), own, users=["gm"], comment="", now=MONDAY)
        assert set(asked(case)) == {"manager", "gm", "supervisor"}

    def test_more_people_than_a_step_has_room_for_are_not_even_looked_up(self) -> None:
        case = start_shape(row())
        own, many = item(case, "manager"), [f"nobody{number}" for number in range(70_000)]
        with pytest.raises(InvalidInput) as refusal:
            add(case, "manager", *many, when="after")
        assert "100" in str(refusal.value.errors)
        add(case, "manager", "supervisor", when="after")
        with pytest.raises(InvalidInput) as refusal:
            remove_signers(find_actor("manager"), own, users=many, comment="", now=MONDAY)
        assert "100" in str(refusal.value.errors)

    def test_no_signer_waits_for_a_turn_after_the_step(self) -> None:
        case = start_shape(row())
        add(case, "manager", "supervisor", when="before")
        sign(case, "supervisor", "reject")
        assert db.session.query(DbTask).filter(DbTask.state.in_(("open", "waiting"))).count() == 0

    def test_a_claimed_task_is_the_claimers_own_when_signers_are_added(
        self, second_finance_clerk: str, cast: Callable[[str], Actor], app: Flask
    ) -> None:
        case = start_shape(row())
        sign(case, "manager")
        sign(case, "gm")
        add(case, "finance", "supervisor", when="before")
        sign(case, "supervisor")
        clerk = list_tasks(db.session, find_actor(second_finance_clerk).id, InboxFilter())
        assert clerk.lines == []
        sign(case, "finance")
        assert status(case) == "completed"

    def test_a_seat_of_a_whole_post_comes_back_to_who_added_the_signer(self, second_finance_clerk: str) -> None:
        case = start_shape(together(signing="all", signers="['财务部', 'gm']"))
        add(case, "finance", "supervisor", when="before")
        sign(case, "supervisor")
        assert asked(case) == {"gm": "board", "finance": "board"}
        assert list_tasks(db.session, find_actor(second_finance_clerk).id, InboxFilter()).lines == []
