"""The yearly limit of each recipient over gifts and hospitality: warned of, asked for, and signed with a reason."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from services.background.timers import fire_until
from services.cases.fact import Asking, Fact
from services.cases.facts import facts_about
from services.cases.knowing import facts_while_filling
from services.cases.models import DbCase
from services.cases.show_case import show_case
from services.database import db
from services.errors import InvalidInput
from services.processes.versions import get_current_version, get_definition
from services.registers.benefits import person_called
from services.registers.models import DbBenefit, DbCustomer
from services.tasks.batch import COMPLETE, Verb, act_on_many
from services.tasks.complete_task import complete_task
from services.tasks.return_task import return_task
from services.types import Actor, CaseId, VersionId
from tests.conftest import MONDAY
from tests.support import gift, hospitality
from tests.support.gift import handed_out, line, reviewed
from tests.support.hospitality import act, open_tasks
from workflows.expressions import FUNCTIONS

Cast = Callable[[str], Actor]
pytestmark = pytest.mark.usefixtures("app")


def limits_told(case: DbCase, actor: Actor) -> list[Fact]:
    found = facts_about(db.session, show_case(db.session, actor, CaseId(case.id)), MONDAY)
    return [fact for fact in found if fact.title == "年度限额"]


def while_filling(process: str, **values: Any) -> list[Fact]:
    definition = get_definition(db.session, VersionId(get_current_version(db.session, process).id))
    asking = Asking(
        session=db.session,
        form=definition.form_of(definition.first_task.id),
        values=values,
        department_id=1,
        case_id=None,
        now=MONDAY,
    )
    return facts_while_filling(asking, FUNCTIONS)


@pytest.mark.parametrize(
    ("written", "person"),
    [
        ("周建国", "周建国"),
        (" 周建国　总经理", "周建国"),
        ("周建国（采购部）", "周建国"),
        ("周建国(采购部 经理)", "周建国"),
        ("周建国，副总", "周建国"),
        ("John Smith (CEO)", "john smith"),
        ("（无）", ""),
        ("（周建国）", "周建国"),
        ("【采购部】周建国 经理", "周建国"),
        ("周\u200b建国\ufeff", "周建国"),
        ("周　伟", "周伟"),
        ("周 建国 总经理", "周建国"),
    ],
)
def test_a_person_is_one_whatever_stands_behind_the_name(written: str, person: str) -> None:
    assert person_called(written) == person


def test_up_to_the_limit_nobody_is_asked_for_a_reason() -> None:
    case = reviewed(gift.start(line(quantity=1, value=Decimal(3000))))
    assert list(open_tasks(case)) == ["hand_out"]


def test_above_the_limit_the_application_needs_a_reason(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        gift.start(line(quantity=1, value=Decimal("3000.01")))
    assert refusal.value.errors == {"reason": ["有收受人超过年度限额，请写明馈赠事由"]}
    case = gift.start(line(quantity=1, value=Decimal("3000.01")), reason="签约十周年")
    [told] = limits_told(case, cast("manager"))
    assert told.alert
    assert told.unusual
    assert (told.values["person"], told.values["limit"], told.values["over"]) == ("周建国", 3000, Decimal("0.01"))


def test_above_the_limit_the_deputy_says_why() -> None:
    case = reviewed(gift.start(line(quantity=1, value=Decimal(3500)), reason="签约十周年"), "office_review")
    with pytest.raises(InvalidInput) as refusal:
        act(case, "deputy", "deputy_review")
    assert refusal.value.errors == {"comment": ["有收受人超过年度限额，同意时请写明理由"]}
    assert list(open_tasks(case)) == ["deputy_review"]
    act(case, "deputy", "deputy_review", comment="已报备总经理")
    assert list(open_tasks(case)) == ["hand_out"]


def test_gifts_and_hospitality_are_added_up(cast: Cast) -> None:
    # 4,000 for two guests: 2,000 each
    hospitality.start(guests=["周建国 总经理", "钱伟"], budget={"meal": Decimal(4000)})
    case = gift.start(line(quantity=1, value=Decimal(900)))
    [told] = limits_told(case, cast("manager"))
    assert not told.alert
    values = told.values
    assert (values["gifts"], values["hospitality"], values["adds"], values["total"]) == (0, 2000, 900, 2900)
    with pytest.raises(InvalidInput):
        gift.start(line(quantity=1, value=Decimal(200)))


def test_what_became_of_a_dinner_counts_in_place_of_what_was_planned(cast: Cast) -> None:
    hospitality.reported(spend={"meal": Decimal(1000)}, guests=["周总"])
    case = gift.start(line(recipient="周总", value=Decimal(100)), line(recipient="钱工", value=Decimal(100)))
    told = {fact.values["person"]: fact.values["hospitality"] for fact in limits_told(case, cast("manager"))}
    assert told == {"周总": 1000, "钱工": 0}


def test_a_report_that_names_nobody_counts_for_those_who_were_planned(cast: Cast) -> None:
    dinner, later = hospitality.approved(), hospitality.day_after()
    fire_until(later)
    typed = {"purpose": "商谈", "place": "锦江大酒店", "date": hospitality.DAY.isoformat(), "effect": "满意"}
    complete_task(
        cast("specialist"),
        hospitality.task_id(dinner, "report"),
        outcome="submit",
        comment="",
        typed={**typed, "spend": {"meal": Decimal(1000)}},
        now=later,
    )
    case = gift.start(line(recipient="周总", value=Decimal(100)), line(recipient="钱工", value=Decimal(100)))
    assert [fact.values["hospitality"] for fact in limits_told(case, cast("manager"))] == [500, 500]


def test_hospitality_shows_the_same_to_whoever_approves(cast: Cast) -> None:
    gift.start(line(value=Decimal(2500)))
    case = hospitality.start(guests=["周建国"], budget={"meal": Decimal(800)})
    [told] = limits_told(case, cast("manager"))
    assert told.alert
    assert (told.values["gifts"], told.values["over"]) == (2500, 300)


@pytest.mark.parametrize("end", ["reject", "returned"])
def test_what_was_not_given_does_not_count(end: str, cast: Cast) -> None:
    if end == "reject":
        act(gift.start(line(value=Decimal(2900))), "manager", "head_review", "reject", comment="不宜")
    else:
        gift.confirm(handed_out(line(value=Decimal(2900))), "returned")
    [told] = limits_told(gift.start(line(value=Decimal(500))), cast("manager"))
    assert told.values["gifts"] == 0


def test_of_a_line_that_came_back_in_part_the_rest_counts(cast: Cast) -> None:
    gift.confirm(handed_out(line(quantity=4, value=Decimal(2000))), returned=[{"line": 1, "quantity": 1}])
    [told] = limits_told(gift.start(line(value=Decimal(500))), cast("manager"))
    assert told.values["gifts"] == 1500


def test_another_year_begins_anew(cast: Cast) -> None:
    gift.start(line(value=Decimal(2900)))
    [told] = limits_told(gift.start(line(value=Decimal(2900)), date="2027-01-04"), cast("manager"))
    assert (told.values["gifts"], told.alert) == (0, False)


def test_the_limit_depends_on_the_grade_of_the_customer() -> None:
    grades = dict(db.session.query(DbCustomer.code, DbCustomer.grade).filter(DbCustomer.code.in_(("C005", "C008"))))
    assert grades == {"C005": "C", "C008": "D"}
    with pytest.raises(InvalidInput):
        gift.start(line(customer="C008", value=Decimal("1000.01")))
    gift.start(line(customer="C005", value=Decimal(2000)))


def test_a_rework_replaces_what_was_written_down(cast: Cast) -> None:
    case = gift.start(line(value=Decimal(500)), line(recipient="李强", value=Decimal(600)))
    return_task(cast("manager"), hospitality.task_id(case, "head_review"), to=None, comment="请减少", now=MONDAY)
    act(case, "specialist", "apply", "submit", typed={"lines": [line(value=Decimal(300))]})
    rows = db.session.query(DbBenefit).filter_by(case_id=case.id).all()
    assert [(row.person, row.planned) for row in rows] == [("周建国", 300)]


def test_somebody_who_is_typing_is_warned_and_not_stopped() -> None:
    gift.start(line(value=Decimal(2900)))
    told = while_filling(
        "gift", date="2026-12-01", lines=[line(value=Decimal(200), quantity="两"), {"customer": "C00"}]
    )
    [limit] = [fact for fact in told if fact.title == "年度限额"]
    assert limit.alert
    assert limit.values["over"] == 100
    assert while_filling("gift") == []
    assert while_filling("gift", date="soon", lines="nonsense") == []


def test_the_stock_is_told_while_typing() -> None:
    told = while_filling("gift", date="2026-12-01", lines=[line(gift="G008", quantity=5), line(quantity=1)])
    stocked = [fact for fact in told if fact.title == "礼品库存"]
    assert len(stocked) == 2
    short = next(fact for fact in stocked if fact.alert)
    assert (short.values["gift"], short.values["short"]) == ("景泰蓝摆件", 2)


def test_a_batch_leaves_out_what_is_above_the_limit(cast: Cast) -> None:
    case = reviewed(gift.start(line(value=Decimal(3500)), reason="十周年"), "office_review")
    [result] = act_on_many(
        cast("deputy"),
        [open_tasks(case)["deputy_review"].id],
        Verb(name=COMPLETE, outcome="approve"),
        now=MONDAY,
        opened_only=False,
    )
    assert isinstance(result.error, InvalidInput)


def test_the_month_tells_what_others_have_applied_for(cast: Cast) -> None:
    hospitality.start(budget={"meal": Decimal(20000)})
    told = while_filling("hospitality", date="2026-11-27", budget={"meal": Decimal(15000)})
    waiting = next(fact for fact in told if fact.title == "审批中")
    assert (waiting.values["count"], waiting.values["total"], waiting.alert) == (1, 20000, True)
    second = hospitality.start(budget={"meal": Decimal(5000)})
    found = facts_about(db.session, show_case(db.session, cast("manager"), CaseId(second.id)), MONDAY)
    assert next(fact for fact in found if fact.title == "审批中").values["total"] == 20000


def test_what_is_reserved_is_not_pending_any_more(cast: Cast) -> None:
    hospitality.approved(budget={"meal": Decimal(20000)})
    case = hospitality.start()
    found = facts_about(db.session, show_case(db.session, cast("manager"), CaseId(case.id)), MONDAY)
    assert not [fact for fact in found if fact.title == "审批中"]
