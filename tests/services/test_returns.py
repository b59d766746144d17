"""退回: to any earlier step, two ways after the rework, and signatures that stand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.cases.models import DbCase, DbHistory
from services.database import db
from services.errors import Conflict, InvalidInput
from services.tasks.models import DbTask
from services.tasks.return_task import return_task
from tests.conftest import MONDAY, find_actor
from tests.support import acting, hospitality
from tests.support.acting import add, asked, back, history, item, sign, status, submit
from tests.support.shapes import branches, part, row, start_shape, together

pytestmark = pytest.mark.usefixtures("app")


def test_everybody_in_between_signs_again() -> None:
    case = start_shape(row())
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance")
    assert asked(case) == {"specialist": "apply"}
    submit(case, amount=200)
    for username, step in (("manager", "first"), ("gm", "second"), ("finance", "third")):
        assert asked(case) == {username: step}
        sign(case, username)
    assert status(case) == "completed"


def test_straight_back_to_who_returned_it() -> None:
    case = start_shape(row())
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance", resume="straight")
    submit(case, amount=50, subject="另一个展会")
    assert asked(case) == {"finance": "third"}
    assert history(case, "kept") == [("kept", "first"), ("kept", "second")]


def test_straight_back_to_a_middle_step() -> None:
    case = start_shape(row())
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance", "first", resume="straight")
    assert asked(case) == {"manager": "first"}
    sign(case, "manager")
    assert asked(case) == {"finance": "third"}


def test_a_signature_stands_while_the_fields_it_answers_for_stay_as_they_are() -> None:
    shape = row(first={"signed_fields": "amount"}, second={"signed_fields": "subject"})
    case = start_shape(shape)
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance")
    submit(case, subject="另一个展会")
    assert history(case, "kept") == [("kept", "first")]
    assert asked(case) == {"gm": "second"}
    task = db.session.get_one(DbTask, item(case, "gm"))
    assert [(change["titles"], change["before"], change["after"]) for change in task.why["changed"]] == [
        (["事由"], "展会", "另一个展会")
    ]
    sign(case, "gm")
    assert asked(case) == {"finance": "third"}


def test_an_amount_typed_another_way_is_the_same_amount() -> None:
    case = start_shape(row(first={"signed_fields": "amount"}))
    sign(case, "manager")
    back(case, "gm")
    submit(case, amount=Decimal("100.00"))
    assert asked(case) == {"gm": "second"}


def test_what_was_kept_and_not_reached_yet_survives_a_second_return() -> None:
    case = start_shape(row(second={"signed_fields": "amount"}))
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance")
    submit(case)
    back(case, "manager")
    submit(case)
    sign(case, "manager")
    assert asked(case) == {"finance": "third"}


def test_each_signature_is_compared_with_what_it_was_given_for() -> None:
    shape = row(second={"signed_fields": "amount"}, third={"signed_fields": "amount"})
    case = start_shape(shape)
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance")  # gm signed for 100
    submit(case, amount=200)
    back(case, "manager")
    submit(case, amount=100)
    back(case, "manager")
    submit(case, amount=300)
    sign(case, "manager")
    assert asked(case) == {"gm": "second"}
    task = db.session.get_one(DbTask, item(case, "gm"))
    assert [(change["before"], change["after"]) for change in task.why["changed"]] == [("100", "300")]


def test_a_signature_that_stood_is_compared_with_what_its_signer_saw() -> None:
    case = start_shape(row())
    sign(case, "manager")
    back(case, "gm", resume="straight")
    submit(case, amount=90)
    sign(case, "gm")
    back(case, "finance", "first")
    task = db.session.get_one(DbTask, item(case, "manager"))
    assert [(change["before"], change["after"]) for change in task.why["changed"]] == [("100", "90")]


def test_a_kept_signature_is_spent_once() -> None:
    case = start_shape(row())
    sign(case, "manager")
    back(case, "gm", resume="straight")
    submit(case)
    assert asked(case) == {"gm": "second"}
    back(case, "gm")
    submit(case)
    assert asked(case) == {"manager": "first"}


def test_from_inside_a_countersign_straight_back_asks_only_who_is_missing() -> None:
    case = start_shape(together(signing="all"))
    sign(case, "manager")
    back(case, "gm", resume="straight")
    assert asked(case) == {"specialist": "apply"}
    submit(case)
    assert asked(case) == {"gm": "board", "supervisor": "board"}
    sign(case, "gm")
    sign(case, "supervisor")
    assert asked(case) == {"finance": "last"}


def test_from_inside_a_countersign_everybody_signs_again() -> None:
    case = start_shape(together(signing="all"))
    sign(case, "manager")
    back(case, "gm")
    submit(case)
    assert set(asked(case)) == {"manager", "gm", "supervisor"}


def test_a_countersign_that_was_decided_is_kept_as_a_whole() -> None:
    case = start_shape(together(signing="vote", vote_needed="2"))
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance", resume="straight")
    submit(case)
    assert asked(case) == {"finance": "last"}


def test_a_countersign_that_is_returned_to_is_signed_by_all_again() -> None:
    case = start_shape(together(signing="any"))
    sign(case, "gm")
    back(case, "finance", "board")
    assert set(asked(case)) == {"manager", "gm", "supervisor"}
    sign(case, "manager")
    assert asked(case) == {"finance": "last"}


def test_added_signers_return_the_case_like_the_signer() -> None:
    case = start_shape(row())
    add(case, "manager", "supervisor", when="before")
    back(case, "supervisor", resume="straight")
    submit(case)
    assert asked(case) == {"supervisor": "first"}
    sign(case, "supervisor")
    assert asked(case) == {"manager": "first"}


def test_from_a_branch_to_before_the_split_takes_the_other_branch_along() -> None:
    case = start_shape(branches())
    sign(case, "manager")
    back(case, "gm")
    assert asked(case) == {"specialist": "apply"}
    submit(case)
    assert asked(case) == {"manager": "left", "gm": "right"}


def test_from_a_branch_straight_back_keeps_the_other_branch() -> None:
    case = start_shape(branches())
    sign(case, "manager")
    back(case, "gm", resume="straight")
    submit(case)
    assert asked(case) == {"gm": "right"}
    sign(case, "gm")
    assert asked(case) == {"finance": "last"}


@pytest.mark.parametrize("order", [("manager", "gm"), ("gm", "manager")])
@pytest.mark.parametrize(("step", "username"), [("left", "manager"), ("right", "gm")])
def test_after_the_join_one_branch_alone_is_opened_again(order: tuple[str, str], step: str, username: str) -> None:
    case = start_shape(branches())
    for signer in order:
        sign(case, signer)
    back(case, "finance", step)
    assert asked(case) == {username: step}
    sign(case, username)
    assert asked(case) == {"finance": "last"}
    sign(case, "finance")
    assert status(case) == "completed"


def test_into_and_out_of_a_sub_process() -> None:
    case = start_shape(part())
    sign(case, "manager")
    back(case, "gm", "inner")
    assert asked(case) == {"manager": "inner"}
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance", "innermost", resume="straight")
    assert asked(case) == {"gm": "innermost"}
    back(case, "gm")
    submit(case)
    assert asked(case) == {"manager": "inner"}


def test_where_one_cannot_go_is_said_with_where_one_can() -> None:
    case = start_shape(row())
    sign(case, "manager")
    with pytest.raises(Conflict, match="First"):
        back(case, "gm", "third")
    with pytest.raises(InvalidInput):
        back(case, "gm", "nowhere")
    with pytest.raises(InvalidInput):
        back(case, "gm", resume="sideways")
    with pytest.raises(InvalidInput):
        return_task(find_actor("gm"), item(case, "gm"), to=None, comment=" ", now=MONDAY)
    assert asked(case) == {"gm": "second"}


def test_the_operations_in_between_run_again_on_the_way_straight_back() -> None:
    later = hospitality.day_after()
    case = hospitality.reported()
    task = hospitality.task_id(case, "manager_report_review")
    return_task(find_actor("manager"), task, to="gm_review", comment="重看", now=later, resume="straight")
    assert list(hospitality.open_tasks(case)) == ["gm_review"]
    assert held(case) == ("released", Decimal("4100.50"))
    hospitality.act(case, "gm", "gm_review", now=later)
    assert list(hospitality.open_tasks(case)) == ["manager_report_review"]
    assert held(case) == ("reserved", Decimal("4100.50"))


def held(case: DbCase) -> tuple[str, Decimal]:
    found = hospitality.reservation(case)
    assert found is not None
    return found.state, found.amount


def test_the_same_approver_twice_in_a_row_signs_once_where_the_process_says_so() -> None:
    shape = row()
    shape.lanes["总经理"] = []
    shape.lanes["客户服务部经理"] = ["first", "second"]
    case = start_shape(shape, same_approver="once")
    sign(case, "manager")
    assert asked(case) == {"finance": "third"}
    (line,) = [line for line in db.session.query(DbHistory).filter_by(case_id=case.id) if line.action == "kept"]
    assert (line.step, line.detail["reason"], line.detail["by_name"]) == (
        "second",
        "same_approver",
        find_actor("manager").name,
    )
    case = start_shape(shape)
    sign(case, "manager")
    assert asked(case) == {"manager": "second"}


def test_a_rejection_is_never_taken_for_the_next_step() -> None:
    shape = row()
    shape.lanes["总经理"] = []
    shape.lanes["客户服务部经理"] = ["first", "second"]
    case = start_shape(shape, same_approver="once")
    sign(case, "manager", "reject")
    assert status(case) == "rejected"
    assert acting.history(case, "kept") == []


def test_a_third_return_compares_with_what_was_really_signed() -> None:
    case = start_shape(row(first={"signed_fields": "amount"}, second={"signed_fields": "amount"}))
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance")
    submit(case)
    back(case, "finance")
    submit(case, amount=900)
    back(case, "manager")
    submit(case)
    sign(case, "manager")
    assert asked(case) == {"gm": "second"}


def test_straight_back_asks_again_whoever_answers_for_a_field_that_changed() -> None:
    case = start_shape(row(first={"signed_fields": "subject"}))
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance", resume="straight")
    submit(case, subject="另一个展会")
    assert asked(case) == {"manager": "first"}
    sign(case, "manager")
    assert asked(case) == {"finance": "third"}


def test_straight_back_a_bigger_amount_escapes_nobody() -> None:
    case = start_shape(row())
    sign(case, "manager")
    sign(case, "gm")
    back(case, "finance", resume="straight")
    submit(case, amount=100_000)
    assert asked(case) == {"manager": "first"}
    task = db.session.get_one(DbTask, item(case, "manager"))
    assert [(change["before"], change["after"]) for change in task.why["changed"]] == [("100", "100000")]


def test_straight_back_into_a_countersign_a_bigger_amount_is_signed_by_all() -> None:
    case = start_shape(together(signing="all"))
    sign(case, "manager")
    back(case, "gm", resume="straight")
    submit(case, amount=100_000)
    assert set(asked(case)) == {"manager", "gm", "supervisor"}


def test_a_signature_for_a_computed_field_does_not_stand_when_that_changes() -> None:
    double = {"type": "number", "title": "两倍", "readOnly": True, "x-compute": "amount * 2"}
    case = start_shape(row(first={"signed_fields": "double"}), fields={"double": double})
    sign(case, "manager")
    back(case, "gm")
    submit(case, amount=900)
    assert asked(case) == {"manager": "first"}
