"""Filters under a name: kept, shared, counted, put in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from services.database import db
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.tasks.inbox_query import to_filter
from services.tasks.list_tasks import list_tasks
from services.tasks.saved_filters import (
    SavedFilter,
    change_filter,
    copy_filter,
    count_results,
    delete_filter,
    get_filter,
    list_filters,
    save_filter,
    shares_of,
)
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import start

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def no_filters(app: object) -> Iterator[None]:
    yield
    db.session.rollback()
    db.session.execute(text("DELETE FROM saved_filters"))
    db.session.commit()


def names(username: str) -> list[str]:
    db.session.expire_all()
    return [saved.name for saved in list_filters(db.session, find_actor(username))]


def keep(username: str, name: str, share: str = "", **query: object) -> SavedFilter:
    return save_filter(find_actor(username), name, query, share=share)


def found(username: str, **query: str) -> list[str]:
    page = list_tasks(db.session, find_actor(username).id, to_filter(query, now=MONDAY))
    return [line.number for line in page.lines]


def test_a_filter_is_kept_with_what_it_asks() -> None:
    kept = keep("manager", "  大额   待办 ", view="todo", amount_from="5,000", sort="-amount", q="", customer="晨光")
    assert kept.name == "大额 待办"
    assert kept.query == {"view": "todo", "amount_from": "5,000", "sort": "-amount", "customer": "晨光"}
    assert get_filter(db.session, find_actor("manager"), kept.id) == kept
    assert names("gm") == []
    with pytest.raises(NotFound):
        get_filter(db.session, find_actor("gm"), kept.id)


def test_a_name_is_taken_once_by_each_person() -> None:
    keep("manager", "大额")
    keep("gm", "大额")
    with pytest.raises(Conflict, match="大额"):
        keep("manager", "大额")
    other = keep("manager", "其他")
    with pytest.raises(Conflict):
        change_filter(find_actor("manager"), other.id, name="大额")
    assert change_filter(find_actor("manager"), other.id, name="其他").name == "其他"


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("", {}, "name"),
        ("字" * 41, {}, "name"),
        ("x", {"process": "no_such"}, "process"),
        ("x", {"sort": "colour"}, "sort"),
        ("x", {"view": "everything"}, "view"),
        ("x", {"due": "never"}, "due"),
        ("x", {"amount_from": "much"}, "amount_from"),
        ("x", {"amount_to": "NaN"}, "amount_to"),
        ("x", {"created_from": "yesterday"}, "created_from"),
        ("x", {"q": "字" * 201}, "q"),
        ("x", {"q": ["a"]}, "q"),
        ("x", {"colour": "red"}, "colour"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(name: str, query: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        save_filter(find_actor("manager"), name, query)
    assert list(refusal.value.errors) == [field]
    assert names("manager") == []


def test_there_is_room_for_thirty() -> None:
    for number in range(30):
        keep("manager", f"筛选 {number}")
    with pytest.raises(Conflict, match="30"):
        keep("manager", "还有一个")


def test_a_filter_is_shared_with_those_one_works_with() -> None:
    kept = keep("manager", "部门大额", share="department:客户服务部", amount_from="5000")
    assert names("specialist") == ["部门大额"]
    assert names("finance") == []
    seen = get_filter(db.session, find_actor("specialist"), kept.id)
    assert (seen.owner, seen.is_mine, seen.shared_with) == ("王雅琴", False, "客户服务部")
    for change in ({"name": "别的"}, {"share": ""}, {"position": 1}):
        with pytest.raises(NotPermitted):
            change_filter(find_actor("specialist"), kept.id, **change)  # type: ignore[arg-type]
    with pytest.raises(NotPermitted):
        delete_filter(find_actor("specialist"), kept.id)
    change_filter(find_actor("manager"), kept.id, share="post:部门经理")
    assert names("specialist") == []
    change_filter(find_actor("manager"), kept.id, share="")
    assert names("manager") == ["部门大额"]


def test_somebody_without_department_and_posts_sees_only_their_own() -> None:
    kept = keep("manager", "大额")
    nobody = replace(find_actor("gm"), department_id=None, department="", posts=frozenset())
    assert list_filters(db.session, nobody) == []
    with pytest.raises(NotFound):
        get_filter(db.session, nobody, kept.id)
    assert shares_of(nobody) == []


def test_nobody_shares_with_strangers() -> None:
    assert ("department:客户服务部", "客户服务部") in shares_of(find_actor("manager"))
    for share in ("department:财务部", "post:总经理"):
        with pytest.raises(NotPermitted):
            keep("manager", "x", share=share)
    with pytest.raises(InvalidInput):
        keep("manager", "x", share="everybody")


def test_a_shared_filter_is_copied_and_then_ones_own() -> None:
    kept = keep("manager", "部门大额", share="department:客户服务部", amount_from="5000")
    copies = [copy_filter(find_actor("specialist"), kept.id) for _time in range(2)]
    assert [(copy.name, copy.is_mine, copy.shared_with) for copy in copies] == [
        ("部门大额", True, ""),
        ("部门大额 2", True, ""),
    ]
    delete_filter(find_actor("manager"), kept.id)
    assert names("specialist") == ["部门大额", "部门大额 2"]
    with pytest.raises(NotFound):
        copy_filter(find_actor("specialist"), kept.id)


def test_filters_stay_in_the_order_they_are_put_in() -> None:
    kept = {name: keep("manager", name) for name in "甲乙丙"}
    change_filter(find_actor("manager"), kept["丙"].id, position=1)
    assert names("manager") == ["丙", "甲", "乙"]
    change_filter(find_actor("manager"), kept["丙"].id, position=99)
    assert names("manager") == ["甲", "乙", "丙"]
    delete_filter(find_actor("manager"), kept["乙"].id)
    assert names("manager") == ["甲", "丙"]


def test_each_filter_says_how_much_it_finds() -> None:
    start(customer="C002", budget={"meal": Decimal("100")})
    start(customer="C003", budget={"meal": Decimal("9000")})
    keep("manager", "大额", amount_from="5000")
    keep("manager", "全部")
    keep("manager", "没有", q="没有这样的")
    actor = find_actor("manager")
    counted = count_results(db.session, actor, list_filters(db.session, actor), now=MONDAY)
    assert [saved.count for saved in counted] == [1, 2, 0]


def test_the_inbox_is_narrowed_by_person_department_customer_and_time() -> None:
    old = start(now=MONDAY - timedelta(days=5), customer="C001")
    new = start(customer="C002", budget={"meal": Decimal("90")})
    assert found("manager", sort="age") == [old.number, new.number]
    assert found("manager", sort="-age") == [new.number, old.number]
    assert found("manager", customer="晨光") == [old.number]
    assert found("manager", customer="c002") == [new.number]
    assert found("manager", customer="没有这家") == []
    assert len(found("manager", starter="陈晓")) == 2
    assert len(found("manager", starter="specialist")) == 2
    assert found("manager", starter="赵敏") == []
    assert len(found("manager", department="客户服务部")) == 2
    assert found("manager", department="财务部") == []
    assert found("manager", created_from="2026-11-20") == [new.number]
    assert found("manager", created_to="2026-11-18") == [old.number]
    assert found("manager", created_from="2026-11-18", created_to="2026-11-18") == [old.number]
    assert found("manager", due="late") == [old.number]
    assert set(found("manager", due="week")) == {old.number, new.number}
