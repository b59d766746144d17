"""礼品馈赠 from application to the ledger, as the documents say."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from services.cases.end_case import cancel_case, withdraw_case
from services.cases.facts import facts_about
from services.cases.forecast_case import forecast_case, forecast_start
from services.cases.links import links_of
from services.cases.models import DbCase
from services.cases.show_case import show_case
from services.cases.start_case import start_case
from services.cases.taking import list_offers, taken_values
from services.database import db
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.processes.versions import get_current_version, get_definition
from services.registers.gift_register import adjust, find_gift, list_movements, list_to_buy, purchase
from services.tasks.return_task import return_task
from services.tasks.withdraw_task import withdraw_task
from services.types import Actor, CaseId, VersionId
from tests.conftest import MONDAY
from tests.support.gift import (
    AFTERWARDS,
    REVIEWS,
    application,
    check_gifts,
    confirm,
    handed_out,
    hold,
    line,
    planned,
    reviewed,
    start,
    stock,
)
from tests.support.hospitality import act, open_tasks, task_id
from workflows.forms import Form

Cast = Callable[[str], Actor]
pytestmark = pytest.mark.usefixtures("app")


def kinds(code: str = "G001") -> list[str]:
    """The ledger of a gift, the oldest first."""
    gift = find_gift(db.session, code)
    assert gift is not None
    return [movement.kind for movement in reversed(list_movements(db.session, gift, limit=100))]


def test_a_case_goes_from_application_to_the_ledger() -> None:
    case = start(line(), line(customer="C002", recipient="钱伟", gift="G003", quantity=1, value=Decimal("180.50")))
    assert case.number == "LP-2026-0001"
    assert case.title == "礼品馈赠 · 上海晨光科技有限公司、苏州恒泰精密制造有限公司"
    assert case.amount == Decimal("716.50")
    for username, step in REVIEWS:
        assert list(open_tasks(case)) == [step]
        act(case, username, step)
    assert stock() == (40, 2)
    assert list(open_tasks(case)) == ["hand_out"]
    act(case, "gifts", "hand_out", "submit")
    assert stock() == (38, 0)
    confirm(case)
    assert case.status == "completed"
    assert stock() == (38, 0)
    assert kinds() == ["reserve", "hand_out"]
    assert hold(case).state == "given"
    check_gifts()


def test_nothing_is_reserved_before_the_keeper_approves() -> None:
    case = reviewed(start(), "head_review")
    assert stock() == (40, 0)
    act(case, "gifts", "keeper_review")
    assert stock() == (40, 2)


@pytest.mark.parametrize("stops_at", range(4))
def test_a_rejection_ends_the_case_and_releases_what_it_held(stops_at: int) -> None:
    case = start()
    for username, step in REVIEWS[:stops_at]:
        act(case, username, step)
    act(case, *REVIEWS[stops_at], "reject", comment="本季度不宜")
    assert case.status == "rejected"
    assert stock() == (40, 0)
    check_gifts()


def test_what_is_short_is_marked_for_purchase_and_taken_when_it_has_come(cast: Cast) -> None:
    case = reviewed(start(line(gift="G008", quantity=5, value=Decimal(6400)), reason="展会"), comment="已报备")
    assert stock("G008") == (3, 3)
    [wanted] = list_to_buy(db.session)
    assert (wanted.number, wanted.quantity, wanted.is_there) == (case.number, 2, False)
    assert case.variables["gifts_to_buy"] == "景泰蓝摆件 2 件"

    with pytest.raises(Conflict, match="还缺：景泰蓝摆件 2 件"):
        act(case, "gifts", "hand_out", "submit")
    assert stock("G008") == (3, 3)
    assert list(open_tasks(case)) == ["hand_out"]

    purchase(cast("gifts"), "G008", 2, "到货", now=MONDAY)
    assert list_to_buy(db.session)[0].is_there
    assert stock("G008") == (5, 3)
    act(case, "gifts", "hand_out", "submit")
    assert stock("G008") == (0, 0)
    assert not list_to_buy(db.session)
    check_gifts()


def test_a_gift_of_which_there_is_none_can_be_asked_for() -> None:
    case = reviewed(start(line(gift="G007", quantity=1, value=Decimal(198))))
    assert hold(case, "G007").short == 1
    with pytest.raises(Conflict, match="中秋月饼礼盒 1 盒"):
        act(case, "gifts", "hand_out", "submit")


def test_two_lines_with_the_same_gift_are_reserved_together() -> None:
    case = reviewed(start(line(), line(recipient="李强", quantity=3, value=Decimal(804))))
    assert stock() == (40, 5)
    assert hold(case).quantity == 5


def test_what_others_hold_is_not_available() -> None:
    reviewed(start(line(gift="G008", quantity=2, value=Decimal(2560))))
    second = reviewed(start(line(gift="G008", quantity=2, recipient="李强", value=Decimal(2560))))
    assert (hold(second, "G008").quantity, hold(second, "G008").short) == (1, 1)
    check_gifts()


def test_what_is_returned_is_in_stock_again() -> None:
    case = handed_out()
    confirm(case, "returned", given_note="客户婉拒")
    assert case.status == "completed"
    assert stock() == (40, 0)
    assert kinds() == ["reserve", "hand_out", "return"]
    assert hold(case).state == "returned"
    check_gifts()


def test_a_part_may_come_back() -> None:
    case = handed_out(line(quantity=3, value=Decimal(804)), line(recipient="李强"))
    confirm(case, "returned", returned=[{"line": 1, "quantity": 1}])
    assert stock() == (36, 0)
    assert (hold(case).state, hold(case).returned) == ("given", 1)
    check_gifts()


def test_no_more_comes_back_than_was_handed_out() -> None:
    case = handed_out()
    with pytest.raises(InvalidInput) as refusal:
        confirm(case, "returned", returned=[{"line": 1, "quantity": 3}, {"line": 2, "quantity": 1}])
    assert refusal.value.errors == {
        "returned-0-quantity": ["退回的比发放的多"],
        "returned-1-line": ["申请表中没有这一行"],
    }
    assert stock() == (38, 0)


def test_withdrawing_and_cancelling_release_and_after_the_hand_out_it_is_too_late(cast: Cast) -> None:
    withdrawn = start()
    withdraw_case(cast("specialist"), CaseId(withdrawn.id), now=MONDAY)
    cancelled = reviewed(start())
    assert stock() == (40, 2)
    cancel_case(cast("specialist"), CaseId(cancelled.id), "客户改期", now=MONDAY)
    assert stock() == (40, 0)
    late = handed_out()
    with pytest.raises(Conflict, match="确认赠出"):
        cancel_case(cast("specialist"), CaseId(late.id), "客户改期", now=MONDAY)
    assert stock() == (38, 0)
    check_gifts()


def test_a_return_behind_the_reservation_releases_it_and_the_rework_reserves_anew(cast: Cast) -> None:
    case = reviewed(start(), "office_review")
    assert stock() == (40, 2)
    return_task(cast("deputy"), task_id(case, "deputy_review"), to=None, comment="请减少", now=MONDAY)
    assert stock() == (40, 0)
    act(case, "specialist", "apply", "submit", typed={"lines": [line(quantity=1, value=Decimal(268))]})
    reviewed(case)
    assert stock() == (40, 1)
    assert case.amount == Decimal(268)
    check_gifts()


def test_a_return_after_the_hand_out_puts_everything_back(cast: Cast) -> None:
    case = handed_out()
    return_task(cast("specialist"), task_id(case, "confirm_given"), to="hand_out", comment="拿错了", now=MONDAY)
    assert stock() == (40, 2)
    act(case, "gifts", "hand_out", "submit")
    assert stock() == (38, 0)
    return_task(cast("specialist"), task_id(case, "confirm_given"), to="apply", comment="换礼品", now=MONDAY)
    assert stock() == (40, 0)
    check_gifts()


def test_a_confirmation_is_taken_back_unless_others_hold_what_came_back(cast: Cast) -> None:
    case = handed_out(line(gift="G008", quantity=2, value=Decimal(2560)))
    task = task_id(case, "confirm_given")
    confirm(case, "returned")
    assert stock("G008") == (3, 0)
    withdraw_task(cast("specialist"), task, now=AFTERWARDS)
    assert stock("G008") == (1, 0)
    confirm(case, "returned")
    reviewed(
        start(line(gift="G008", quantity=3, recipient="李强", value=Decimal(3000)), reason="展会"), comment="已报备"
    )
    with pytest.raises(Conflict, match="已被其他申请预留"):
        withdraw_task(cast("specialist"), task, now=AFTERWARDS)
    check_gifts()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"quantity": 0}, "lines-0-quantity"),
        ({"value": Decimal("0")}, "lines-0-value"),
        ({"value": Decimal("1.005")}, "lines-0-value"),
        ({"gift": "G999"}, "lines-0-gift"),
        ({"customer": "C999"}, "lines-0-customer"),
        ({"recipient": ""}, "lines-0-recipient"),
    ],
)
def test_a_bad_line_is_named_by_its_cell(changes: dict[str, object], path: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        start(line(**changes))
    assert list(refusal.value.errors) == [path]


def test_the_day_is_neither_past_nor_too_far() -> None:
    for day, sentence in (("2026-11-22", "馈赠日期不能早于今天"), ("2028-01-01", "馈赠日期不能晚于一年以后")):
        with pytest.raises(InvalidInput) as refusal:
            start(date=day)
        assert refusal.value.errors == {"date": [sentence]}


def test_the_keeper_sees_what_is_short(cast: Cast) -> None:
    case = reviewed(start(line(gift="G008", quantity=5, value=Decimal(2000))), "head_review")
    told = facts_about(db.session, show_case(db.session, cast("gifts"), CaseId(case.id)), MONDAY)
    stocked = next(fact for fact in told if fact.title == "礼品库存")
    assert stocked.alert
    assert (stocked.values["wanted"], stocked.values["free"], stocked.values["short"]) == (5, 3, 2)
    declared = next(fact for fact in told if fact.title == "价值偏低")
    assert (declared.values["value"], declared.values["registered"]) == (Decimal(2000), Decimal(6400))


def test_only_the_keeper_and_administrators_change_the_stock(cast: Cast) -> None:
    for who in ("specialist", "office", "outsider"):
        with pytest.raises(NotPermitted):
            purchase(cast(who), "G001", 1, "", now=MONDAY)
    assert adjust(cast("admin"), "G001", 39, "破损一盒", now=MONDAY).stock == 39
    check_gifts()


def test_a_count_below_what_is_reserved_is_refused(cast: Cast) -> None:
    reviewed(start())
    with pytest.raises(InvalidInput) as refusal:
        adjust(cast("gifts"), "G001", 1, "盘点", now=MONDAY)
    assert refusal.value.errors == {"counted": ["不能少于已为申请预留的数量，请先处理这些申请"]}
    with pytest.raises(Conflict, match="库存已由 41 变为 40"):
        adjust(cast("gifts"), "G001", 30, "盘点", now=MONDAY, seen=41)
    with pytest.raises(InvalidInput):
        adjust(cast("gifts"), "G001", 30, " ", now=MONDAY)
    assert stock() == (40, 2)


def test_lines_come_from_an_approved_plan(cast: Cast) -> None:
    form = application_form()
    plan = planned()
    assert plan.title == "礼品馈赠计划 · 上海晨光科技有限公司"
    assert [offer.number for offer in list_offers(db.session, cast("specialist"), form)] == [plan.number]
    values = taken_values(db.session, cast("specialist"), form, CaseId(plan.id))
    assert values["lines"][0]["value"] == Decimal("268.50")
    assert values["reason"] == "年度答谢"
    case = start_case(
        cast("specialist"),
        "gift",
        {**values, "date": "2026-11-26"},
        now=MONDAY,
        with_defaults=True,
        taken_from=CaseId(plan.id),
    )
    [found] = links_of(db.session, cast("specialist"), CaseId(case.id))
    assert (found.number, found.kind, found.came_out) == (plan.number, "taken", False)


def test_only_ones_own_approved_plans_are_taken_from(cast: Cast) -> None:
    form = application_form()
    waiting, plan = planned(approved=False), planned()
    assert not list_offers(db.session, cast("marketing"), form)
    for who, case in (("specialist", waiting), ("marketing", plan)):
        with pytest.raises(NotFound):
            taken_values(db.session, cast(who), form, CaseId(case.id))
    with pytest.raises(NotFound):
        start_case(cast("marketing"), "gift", application(), now=MONDAY, with_defaults=True, taken_from=CaseId(plan.id))
    assert not db.session.query(DbCase).filter_by(process_key="gift").all()


def application_form() -> Form:
    definition = get_definition(db.session, VersionId(get_current_version(db.session, "gift").id))
    return definition.form_of("apply")


def test_the_forecast_sees_the_way_to_the_end(cast: Cast) -> None:
    found = forecast_start(db.session, cast("specialist"), "gift", application(), now=MONDAY)
    assert [step.step for step in found] == ["head_review", *STEPS_AFTER_THE_HEAD]
    assert found.ends_at is not None
    running = forecast_case(db.session, cast("specialist"), CaseId(reviewed(start()).id), now=MONDAY)
    assert [step.step for step in running] == ["hand_out", "confirm_given"]


STEPS_AFTER_THE_HEAD = ("keeper_review", "office_review", "deputy_review", "hand_out", "confirm_given")
