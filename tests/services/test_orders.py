"""Orders and the cases that wait for them: nothing is lost, nobody waits for anybody, and many cost little."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from services.cases import messages
from services.cases.mailbox import leave_message
from services.cases.models import DbCase, DbCaseMessage
from services.database import db
from services.registers import order_hooks, orders
from services.registers.models import COLLECTED, PRINTED, DbOrder, DbOrderEvent
from services.registers.order_search import OrderFilter, list_orders, search_orders
from tests.conftest import MONDAY, find_actor
from tests.support.address_change import NUMBER, OLD, act, add_order, move, order, standing, start, work
from tests.support.hospitality import start as start_hospitality
from webapp.application import count_statements

pytestmark = pytest.mark.usefixtures("app")


def waits_for(case: DbCase) -> list[str] | None:
    db.session.expire_all()
    return db.session.get_one(DbCase, case.id).waits_for


def left() -> int:
    db.session.expire_all()
    return db.session.query(DbCaseMessage).count()


def test_a_case_says_what_it_waits_for_while_it_does() -> None:
    add_order()
    first, second = start(), start("supervisor", address="杭州市西湖区文三路 90 号")
    assert waits_for(first) == [f"change_replaced:{NUMBER}", f"order_changed:{NUMBER}"]
    assert waits_for(second) == [f"turn_came:{NUMBER}"]
    act(first, "presales", "change_in_system", "changed")
    assert waits_for(first) is None
    assert waits_for(start_hospitality()) is None


def test_who_waits_is_found_by_an_index() -> None:
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(
        row[0]
        for row in db.session.execute(
            text(
                "EXPLAIN SELECT id FROM cases WHERE waits_for IS NOT NULL"
                " AND waits_for && ARRAY['order_changed:DD1']::text[]"
            )
        )
    )
    assert "ix_cases_waits_for" in plan


def test_a_message_that_was_left_and_not_handed_over_is_found_by_the_sweep() -> None:
    """As after kill -9 between the commit and the handing over, with the queue's tables wiped."""
    add_order(state=PRINTED)
    case = start()
    found = orders.lock_order(db.session, NUMBER)
    orders.move(db.session, found, COLLECTED, source="webhook", user_id=None, now=MONDAY)
    db.session.commit()
    db.session.execute(text("DELETE FROM procrastinate_jobs"))
    db.session.commit()
    assert (left(), standing(case)) == (1, ("running", ["change_in_warehouse"]))
    assert work() == 1
    assert (left(), standing(case)) == (0, ("running", ["intercept"]))


def test_nothing_is_left_for_what_was_rolled_back() -> None:
    add_order(state=PRINTED)
    start()
    found = orders.lock_order(db.session, NUMBER)
    orders.move(db.session, found, COLLECTED, source="webhook", user_id=None, now=MONDAY)
    db.session.rollback()
    assert (left(), order().state) == (0, PRINTED)


def test_an_import_tells_many_cases_with_few_statements() -> None:
    numbers = [f"DD9{place:03d}" for place in range(60)]
    for number in numbers:
        add_order(number, state=PRINTED)
    cases = [start(number=number) for number in numbers[:3]]
    ids = [row.id for row in db.session.query(DbOrder).filter(DbOrder.number.in_(numbers))]
    db.session.query(DbOrder).filter(DbOrder.id.in_(ids)).update({"state": COLLECTED}, synchronize_session=False)
    seen = count_statements(db.engine)
    user = find_actor("presales").id
    told = orders.orders_changed(db.session, ids, source="import", user_id=user, now=MONDAY)
    statements = len(seen)
    db.session.commit()
    assert statements < 12
    assert told == [case.id for case in cases]
    events = db.session.query(DbOrderEvent).filter_by(source="import", state=COLLECTED)
    assert events.filter(DbOrderEvent.order_id.in_(ids)).count() == 60
    assert work() == 3
    assert [standing(case)[1] for case in cases] == [["intercept"]] * 3


def test_a_case_that_cannot_take_its_message_holds_up_neither_the_order_nor_the_others() -> None:
    add_order(state=PRINTED)
    add_order("DD2", state=PRINTED)
    broken, sound = start(), start(number="DD2")
    db.session.execute(text("UPDATE cases SET state = '\\x00' WHERE id = :id"), {"id": broken.id})
    db.session.commit()
    move(COLLECTED)
    move(COLLECTED, "DD2")
    assert (order().state, standing(sound)[1]) == (COLLECTED, ["intercept"])
    db.session.expire_all()
    letter = db.session.query(DbCaseMessage).one()
    assert (letter.case_id, letter.tries) == (broken.id, 1)
    assert letter.error
    assert letter.due_at > MONDAY
    assert work() == 0
    work(MONDAY + timedelta(minutes=1))
    db.session.expire_all()
    assert db.session.query(DbCaseMessage).one().tries == 2


def test_a_message_about_another_order_is_not_for_this_case() -> None:
    add_order(state=PRINTED)
    case = start()
    leave_message(db.session, case.id, "order_changed", "DD-other", {}, now=MONDAY)
    db.session.commit()
    assert work() == 0
    assert (left(), standing(case)) == (0, ("running", ["change_in_warehouse"]))


def test_a_message_for_a_case_that_has_ended_is_dropped() -> None:
    add_order()
    case = start()
    act(case, "presales", "change_in_system", "changed")
    leave_message(db.session, case.id, "order_changed", NUMBER, {}, now=MONDAY)
    db.session.commit()
    assert work() == 0
    assert left() == 0


def test_an_approval_elsewhere_pays_nothing_for_messages() -> None:
    start_hospitality()
    seen = count_statements(db.engine)
    start_hospitality()
    assert not [
        statement for statement in seen if "case_messages" in statement or "order" in statement.split("FROM")[0]
    ]


def test_words_find_orders_as_people_call_them() -> None:
    add_order()
    found = search_orders(db.session, NUMBER)
    assert found[0].order.number == NUMBER
    assert {line.order.state for line in search_orders(db.session, "已打印 顺丰")} <= {PRINTED}
    assert search_orders(db.session, "100%") == []
    lines, _following = list_orders(db.session, find_actor("presales"), OrderFilter(text="已送达"), limit=50)
    assert {line.order.state for line in lines} == {"delivered"}


def test_events_of_one_batch_are_taken_in_the_order_they_came_in() -> None:
    add_order()
    events = [
        {"id": f"e{place}", "number": NUMBER, "state": state} for place, state in enumerate(("printed", "collected"))
    ]
    assert [outcome.state for outcome in order_hooks.take_events(events, now=MONDAY)] == ["printed", "collected"]
    assert messages.sweep(now=MONDAY) == 0


def test_a_batch_that_names_new_orders_registers_them_once() -> None:
    new = {"id": "e1", "number": "DD3", "state": "unprinted", **OLD}
    first, second = order_hooks.take_events([new, {**new, "id": "e2"}], now=MONDAY)
    assert (first.result, second.result) == ("taken", "known")
