"""撤回, 恢复, 转办 and 委派."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.cases.drafts import find_draft, new_case_place
from services.cases.end_case import cancel_case, withdraw_case
from services.cases.models import DbCase, DbHistory
from services.cases.restore_case import restore_case
from services.cases.show_case import show_case
from services.database import db
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.notices.models import DbNotice
from services.people.models import DbUser
from services.tasks.models import DbTask
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support import hospitality
from tests.support.acting import add, asked, back, delegate, done, history, item, sign, status, submit, take_back
from tests.support.acting import transfer as hand_over
from tests.support.shapes import branches, part, row, start_shape, together

pytestmark = pytest.mark.usefixtures("app")


class TestWithdraw:
    def test_the_last_signature_is_taken_back_and_the_next_hears_of_it(self) -> None:
        case = start_shape(row())
        own = item(case, "manager")
        sign(case, "manager")
        take_back(case, "manager")
        assert asked(case) == {"manager": "first"}
        assert item(case, "manager") == own
        told = db.session.query(DbNotice).filter_by(user_id=find_actor("gm").id, kind="taken_back").count()
        assert told == 1
        sign(case, "manager")
        assert asked(case) == {"gm": "second"}

    def test_what_a_form_computes_is_known_again_when_a_return_is_taken_back(self, second_finance_clerk: str) -> None:
        case = hospitality.start()
        hospitality.act(case, "manager", "manager_review")
        task = hospitality.task_id(case, "gm_review")
        back(case, "gm")
        take_back(case, "gm", task)
        hospitality.act(case, "gm", "gm_review")
        hospitality.act(case, "finance", "finance_review")
        assert hospitality.reservation(case).amount == Decimal("4100.50")

    def test_not_once_somebody_acted_on_it(self) -> None:
        case = start_shape(row())
        sign(case, "manager")
        sign(case, "gm")
        with pytest.raises(Conflict, match="Second"):
            take_back(case, "manager")
        assert asked(case) == {"finance": "third"}

    def test_not_what_was_done_in_an_earlier_round(self) -> None:
        case = start_shape(row())
        first = item(case, "manager")
        sign(case, "manager")
        back(case, "gm", "first")
        sign(case, "manager")
        with pytest.raises(Conflict, match="重新办理"):
            take_back(case, "manager", first)
        take_back(case, "manager", max(first, done(case, "manager")))
        assert asked(case) == {"manager": "first"}

    def test_only_ones_own_action(self) -> None:
        case = start_shape(row())
        sign(case, "manager")
        task = done(case, "manager")
        with pytest.raises(NotPermitted):
            take_back(case, "gm", task)
        with pytest.raises(NotFound):
            take_back(case, "outsider", task)
        with pytest.raises(Conflict):
            take_back(case, "gm", item(case, "gm"))

    def test_a_form_opens_again_as_it_was_typed(self) -> None:
        case = start_shape(row())
        back(case, "manager")
        submit(case, amount=250)
        take_back(case, "specialist")
        assert asked(case) == {"specialist": "apply"}
        db.session.expire_all()
        assert db.session.get_one(type(case), case.id).forms["request"]["amount"] == 250

    def test_in_a_countersign_as_long_as_nobody_built_on_it(self) -> None:
        case = start_shape(together(signing="all"))
        sign(case, "manager")
        sign(case, "gm")
        take_back(case, "manager")
        assert asked(case) == {"manager": "board", "supervisor": "board"}
        sign(case, "manager")
        sign(case, "supervisor")
        assert asked(case) == {"finance": "last"}
        take_back(case, "supervisor")
        assert asked(case) == {"supervisor": "board"}
        case = start_shape(together(signing="in_turn"))
        sign(case, "manager")
        sign(case, "gm")
        with pytest.raises(Conflict, match="后面的人"):
            take_back(case, "manager")

    def test_a_vote_that_was_decided_is_open_again_for_all_who_were_not_asked(self) -> None:
        case = start_shape(together(signing="vote", vote_needed="1"))
        sign(case, "gm")
        take_back(case, "gm")
        assert set(asked(case)) == {"manager", "gm", "supervisor"}

    def test_a_signature_of_the_next_countersign_binds(self) -> None:
        shape = together(signing="all")
        case = start_shape(shape)
        sign(case, "manager")
        back(case, "gm")
        submit(case)
        sign(case, "gm")
        with pytest.raises(Conflict):
            take_back(case, "specialist")

    def test_one_branch_does_not_bind_the_other(self) -> None:
        case = start_shape(branches())
        sign(case, "manager")
        sign(case, "gm")
        with pytest.raises(Conflict):
            take_back(case, "manager")  # joined by the other's signature
        take_back(case, "gm")
        assert asked(case) == {"gm": "right"}
        take_back(case, "manager")
        assert asked(case) == {"manager": "left", "gm": "right"}

    def test_in_and_behind_a_sub_process(self) -> None:
        case = start_shape(part())
        sign(case, "manager")
        sign(case, "gm")
        take_back(case, "gm")
        assert asked(case) == {"gm": "innermost"}
        sign(case, "gm")
        sign(case, "finance")
        assert status(case) == "completed"

    def test_what_ended_the_case(self) -> None:
        case = start_shape(row())
        sign(case, "manager")
        sign(case, "gm", "reject")
        assert status(case) == "rejected"
        take_back(case, "gm")
        assert (status(case), asked(case)) == ("running", {"gm": "second"})
        sign(case, "gm")
        sign(case, "finance")
        assert status(case) == "completed"
        take_back(case, "finance")
        assert (status(case), asked(case)) == ("running", {"finance": "third"})

    def test_not_if_the_end_gave_a_reservation_up(self) -> None:
        case = hospitality.approved()
        hospitality.fire_until(hospitality.day_after())
        hospitality.act(case, "specialist", "report", "submit", typed=hospitality.report(), now=hospitality.day_after())
        cancel_case(find_actor("admin"), CaseId(case.id), "误报", now=MONDAY)
        with pytest.raises(Conflict, match="恢复"):
            take_back(case, "specialist")

    def test_signatures_that_stood_by_themselves_do_not_bind(self) -> None:
        case = start_shape(row())
        sign(case, "manager")
        back(case, "gm", resume="straight")
        submit(case)
        assert asked(case) == {"gm": "second"}
        take_back(case, "specialist")
        assert asked(case) == {"specialist": "apply"}
        submit(case)
        assert asked(case) == {"gm": "second"}

    def test_signatures_that_were_given_again_do_bind(self) -> None:
        case = start_shape(row())
        sign(case, "manager")
        back(case, "gm")
        submit(case)
        sign(case, "manager")
        with pytest.raises(Conflict, match="First"):
            take_back(case, "specialist")

    def test_a_return_is_taken_back(self) -> None:
        case = start_shape(row())
        sign(case, "manager")
        sign(case, "gm")
        back(case, "finance")
        take_back(case, "finance")
        assert asked(case) == {"finance": "third"}
        back(case, "finance", "second")
        sign(case, "gm")
        with pytest.raises(Conflict):
            take_back(case, "finance")

    def test_a_return_from_a_countersign_is_taken_back_with_all_signatures(self) -> None:
        case = start_shape(together(signing="all"))
        sign(case, "manager")
        back(case, "gm")
        take_back(case, "gm")
        assert asked(case) == {"gm": "board", "supervisor": "board"}

    def test_operations_are_undone(self) -> None:
        case = hospitality.approved()
        take_back(case, "finance")
        assert list(hospitality.open_tasks(case)) == ["finance_review"]
        assert state_of_reservation(case) == "released"
        hospitality.act(case, "finance", "finance_review")
        assert state_of_reservation(case) == "reserved"


def state_of_reservation(case: DbCase) -> str:
    found = hospitality.reservation(case)
    assert found is not None
    return found.state


class TestHandingOver:
    def test_a_transferred_task_is_somebody_elses_and_both_are_in_the_record(self) -> None:
        case = start_shape(row())
        own = item(case, "manager")
        hand_over(case, "manager", "supervisor")
        assert asked(case) == {"supervisor": "first"}
        assert item(case, "supervisor") == own
        sign(case, "supervisor")
        assert asked(case) == {"gm": "second"}
        assert history(case, "transferred", "completed") == [("transferred", "first"), ("completed", "first")]

    def test_it_is_taken_back_while_the_other_has_not_acted(self) -> None:
        case = start_shape(row())
        own = item(case, "manager")
        hand_over(case, "manager", "supervisor")
        take_back(case, "manager", own)
        assert asked(case) == {"manager": "first"}
        hand_over(case, "manager", "supervisor")
        sign(case, "supervisor")
        with pytest.raises(NotPermitted):
            take_back(case, "manager", own)

    @pytest.mark.parametrize(
        ("to", "said"), [("specialist", "申请人"), ("nobody", "nobody"), ("manager", "手上"), ("", "选择")]
    )
    def test_not_to_the_applicant_a_stranger_or_oneself(self, to: str, said: str) -> None:
        case = start_shape(row())
        with pytest.raises(InvalidInput) as refusal:
            hand_over(case, "manager", to)
        assert said in str(refusal.value.errors["to"])
        with pytest.raises(InvalidInput):
            delegate(case, "manager", to)
        assert asked(case) == {"manager": "first"}

    def test_the_applicants_own_form_stays_with_the_applicant(self) -> None:
        case = start_shape(row())
        back(case, "manager")
        with pytest.raises(Conflict, match="申请人本人"):
            hand_over(case, "specialist", "gm")
        delegate(case, "specialist", "supervisor")
        sign(case, "supervisor", "submit", "这样可以")
        assert asked(case) == {"specialist": "apply"}

    def test_not_to_somebody_who_left(self, second_finance_clerk: str) -> None:
        case = start_shape(row())
        db.session.query(DbUser).filter_by(username=second_finance_clerk).update({"active": False})
        db.session.commit()
        with pytest.raises(InvalidInput) as refusal:
            hand_over(case, "manager", second_finance_clerk)
        assert "离职" in str(refusal.value.errors["to"])

    def test_in_a_countersign_the_seat_goes_along(self) -> None:
        case = start_shape(together(signing="all"))
        hand_over(case, "gm", "director")
        assert asked(case) == {"manager": "board", "director": "board", "supervisor": "board"}
        with pytest.raises(InvalidInput) as refusal:
            hand_over(case, "director", "manager")
        assert "重复" in str(refusal.value.errors["to"])
        for username in ("manager", "director", "supervisor"):
            sign(case, username)
        assert asked(case) == {"finance": "last"}

    def test_a_delegated_task_comes_back_with_the_answer(self) -> None:
        case = start_shape(row())
        own = item(case, "manager")
        delegate(case, "manager", "supervisor")
        assert asked(case) == {"supervisor": "first"}
        with pytest.raises(InvalidInput):
            sign(case, "supervisor", comment="")
        sign(case, "supervisor", "reject", "太贵")
        assert (status(case), asked(case)) == ("running", {"manager": "first"})
        assert item(case, "manager") == own
        sign(case, "manager")
        assert asked(case) == {"gm": "second"}
        assert history(case, "delegated", "answered", "completed") == [
            ("delegated", "first"),
            ("answered", "first"),
            ("completed", "first"),
        ]

    def test_what_was_asked_of_one_is_not_asked_on_nor_returned_nor_signed_by_more(self) -> None:
        case = start_shape(row())
        delegate(case, "manager", "supervisor")
        for act in (
            lambda: delegate(case, "supervisor", "director"),
            lambda: back(case, "supervisor"),
            lambda: add(case, "supervisor", "director", when="before"),
        ):
            with pytest.raises(Conflict, match="委派"):
                act()
        hand_over(case, "supervisor", "director")
        sign(case, "director", comment="可以")
        assert asked(case) == {"manager": "first"}

    def test_a_delegation_is_recalled(self) -> None:
        case = start_shape(row())
        own = item(case, "manager")
        delegate(case, "manager", "supervisor")
        take_back(case, "manager", own)
        assert asked(case) == {"manager": "first"}
        assert db.session.get_one(DbTask, own).owner_id is None

    def test_whoever_was_asked_and_asked_on_gets_nothing_back_once_it_was_answered(self) -> None:
        case = start_shape(row())
        delegate(case, "manager", "supervisor")
        hand_over(case, "supervisor", "office")
        task = item(case, "office")
        sign(case, "office")
        assert asked(case) == {"manager": "first"}
        with pytest.raises(Conflict, match="没有可以撤回"):
            take_back(case, "supervisor", task)
        assert asked(case) == {"manager": "first"}

    def test_a_task_is_not_taken_from_somebody_who_asked_on(self) -> None:
        case = start_shape(row())
        task = item(case, "manager")
        hand_over(case, "manager", "supervisor")
        delegate(case, "supervisor", "office")
        with pytest.raises(Conflict, match="没有可以撤回"):
            take_back(case, "manager", task)
        sign(case, "office")
        assert asked(case) == {"supervisor": "first"}

    def test_a_task_is_not_taken_from_somebody_who_added_signers(self) -> None:
        case = start_shape(row())
        task = item(case, "manager")
        hand_over(case, "manager", "supervisor")
        add(case, "supervisor", "office", when="after")
        with pytest.raises(Conflict, match="没有可以撤回"):
            take_back(case, "manager", task)

    def test_a_seat_goes_to_somebody_who_may_take_it_as_well(self, second_finance_clerk: str) -> None:
        case = start_shape(together(signing="all", signers="['财务部', 'gm']"))
        hand_over(case, "finance", second_finance_clerk)
        assert asked(case) == {"gm": "board"}

    def test_whoever_handed_a_task_over_still_sees_the_case(self) -> None:
        case = start_shape(row())
        hand_over(case, "manager", "supervisor")
        assert show_case(db.session, find_actor("manager"), CaseId(case.id)).number == case.number


class TestRestore:
    def test_a_withdrawn_case_becomes_a_draft_with_its_data(self) -> None:
        case = start_shape(row())
        withdraw_case(find_actor("specialist"), CaseId(case.id), now=MONDAY)
        process, values = restore_case(find_actor("specialist"), CaseId(case.id), now=MONDAY)
        assert (process, values["subject"]) == ("shape", "展会")
        draft = find_draft(db.session, find_actor("specialist").id, new_case_place("shape"))
        assert draft is not None
        assert draft.values["amount"] == 100
        (line,) = [line for line in db.session.query(DbHistory).filter_by(case_id=case.id) if line.action == "restored"]
        assert line.user_id == find_actor("specialist").id

    def test_what_the_form_hides_from_the_applicant_stays_hidden(self) -> None:
        rights = {"apply": {"hide": ["note"]}, "first": {"edit": ["note"]}}
        case = start_shape(row(), rights=rights)
        sign(case, "manager", note="只给内部看")
        sign(case, "gm", "reject")
        _process, values = restore_case(find_actor("specialist"), CaseId(case.id), now=MONDAY)
        assert set(values) == {"subject", "amount"}

    def test_a_draft_that_is_there_is_replaced_only_if_one_says_so(self) -> None:
        case = start_shape(row())
        withdraw_case(find_actor("specialist"), CaseId(case.id), now=MONDAY)
        restore_case(find_actor("specialist"), CaseId(case.id), now=MONDAY)
        with pytest.raises(Conflict, match="草稿"):
            restore_case(find_actor("specialist"), CaseId(case.id), now=MONDAY)
        restore_case(find_actor("specialist"), CaseId(case.id), now=MONDAY, replace=True)

    def test_neither_a_running_nor_a_completed_case_nor_somebody_elses(self) -> None:
        case = start_shape(row())
        with pytest.raises(Conflict):
            restore_case(find_actor("specialist"), CaseId(case.id), now=MONDAY)
        with pytest.raises(NotPermitted):
            restore_case(find_actor("manager"), CaseId(case.id), now=MONDAY)
        with pytest.raises(NotFound):
            restore_case(find_actor("outsider"), CaseId(case.id), now=MONDAY)
