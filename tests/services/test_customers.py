"""The customer register: who may change it, what is refused, who was faster, and what is found."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.database import db
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.registers import customer_form, customers
from services.registers.changes import list_changes
from services.registers.customer_form import Outdated, add_customer, change_customer, version_of
from services.registers.customers import CustomerFilter, birthdays, list_customers
from services.registers.models import DbCustomer
from tests.conftest import MONDAY, find_actor

pytestmark = pytest.mark.usefixtures("added_customers")

TYPED = {
    "code": "T-001",
    "name": "测试机电有限公司",
    "address": "镇江市京口区中山路 9 号",
    "region": "镇江",
    "distance_km": "245.5",
    "category": "机电",
    "grade": "b",
    "relation": "潜力",
    "no_visit": "周一上午",
}
PEOPLE = [
    {"name": "丁一", "title": "经理", "phone": "138-1111-2222", "birthday": "1980-11-25", "main": True},
    {"name": "冯二", "title": "", "phone": "0511 8888 6666", "email": "feng@example.com"},
]


def add(username: str = "specialist", people: Any = PEOPLE, **changes: Any) -> DbCustomer:
    return add_customer(find_actor(username), {**TYPED, **changes}, people, source="page", now=MONDAY)


def change(username: str, people: Any = None, version: int | None = None, **values: Any) -> DbCustomer:
    now = datetime.fromisoformat("2026-11-24T02:00:00+00:00")
    return change_customer(find_actor(username), "T-001", values, people, version=version, source="page", now=now)


def names(code: str = "T-001") -> list[str]:
    customer = customers.get_customer(db.session(), code)
    return [contact.name for contact in customers.contacts_of(db.session(), customer.id)]


def found(**wanted: Any) -> list[str]:
    lines, _following = list_customers(db.session(), CustomerFilter(**wanted))
    return [line.code for line in lines]


def test_a_customer_is_added_as_it_was_typed() -> None:
    customer = add()
    assert (customer.grade, str(customer.distance_km), customer.relation) == ("B", "245.5", "潜力")
    assert names() == ["丁一", "冯二"]
    [made] = list_changes(db.session(), "customers", "T-001")
    assert made.is_new
    assert made.who == "陈晓明"
    assert {field.field: field.after for field in made.fields}[
        "contact:丁一"
    ] == "经理 · 138-1111-2222 · 1980-11-25 · ★"


def test_changing_takes_a_post() -> None:
    with pytest.raises(NotPermitted):
        add("outsider")
    add()
    with pytest.raises(NotPermitted):
        change("outsider", grade="A")
    assert customers.get_customer(db.session(), "T-001").grade == "B"


def test_a_code_is_given_once() -> None:
    add()
    with pytest.raises(Conflict, match="T-001 已经存在"):
        add(name="另一家")


def test_a_customer_that_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(NotFound):
        change("specialist", grade="A")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("code", "", "此项必填"),
        ("code", "A/B", "编号只能用"),
        ("code", "..", "编号只能用"),
        ("code", "=A1", "编号只能用"),
        ("code", "Export", "编号不能是"),
        ("code", "C" * 21, "最多 20 个字"),
        ("name", "  ", "此项必填"),
        ("name", "长" * 121, "最多 120 个字"),
        ("address", "x" * 201, "最多 200 个字"),
        ("grade", "F", "等级为"),
        ("grade", "AB", "等级为"),
        ("relation", "朋友", "关系为"),
        ("distance_km", "-1", "公里数"),
        ("distance_km", "1.25", "公里数"),
        ("distance_km", "NaN", "公里数"),
        ("distance_km", "1e5", "公里数"),
        ("no_visit", "周八", "看不懂“周八”"),
        ("remark", "x" * 501, "最多 500 个字"),
    ],
)
def test_what_is_wrong_is_named(field: str, value: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(**{field: value})
    assert list(refused.value.errors) == [field]
    assert said in refused.value.errors[field][0]
    assert customers.find_customer(db.session(), "T-001") is None


@pytest.mark.parametrize(
    ("contact", "path"),
    [
        ({"title": "经理"}, "contacts-0-name"),
        ({"name": "x" * 41}, "contacts-0-name"),
        ({"name": "丁", "email": "无"}, "contacts-0-email"),
        ({"name": "丁", "birthday": "1980-02-30"}, "contacts-0-birthday"),
        ({"name": "丁", "birthday": "2080-02-03"}, "contacts-0-birthday"),
        ({"name": "丁", "birthday": "十月"}, "contacts-0-birthday"),
        ({"name": "丁", "phone": "1" * 41}, "contacts-0-phone"),
    ],
)
def test_a_contact_is_checked(contact: dict[str, str], path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(people=[contact])
    assert list(refused.value.errors) == [path]


def test_two_contacts_of_one_name_are_told_apart_first() -> None:
    with pytest.raises(InvalidInput) as refused:
        add(people=[{"name": "丁一"}, {"name": "丁一 "}])
    assert list(refused.value.errors) == ["contacts-1-name"]


def test_a_customer_has_at_most_fifty_contacts() -> None:
    with pytest.raises(InvalidInput, match="1 处"):
        add(people=[{"name": f"人{number}"} for number in range(51)])


def test_a_change_keeps_who_and_what_was_there_before() -> None:
    add()
    change("manager", grade="A", address="扬州市", region="镇江")
    newest = list_changes(db.session(), "customers", "T-001")[0]
    assert newest.who == "王雅琴"
    assert {(field.field, field.before, field.after) for field in newest.fields} == {
        ("address", "镇江市京口区中山路 9 号", "扬州市"),
        ("grade", "B", "A"),
    }


def test_saving_what_is_there_already_leaves_no_line() -> None:
    add()
    change("manager", grade="B")
    assert len(list_changes(db.session(), "customers", "T-001")) == 1


def test_contacts_are_replaced_as_a_whole_and_left_alone_when_none_are_given() -> None:
    add()
    change("manager", name="测试机电集团")
    assert names() == ["丁一", "冯二"]
    change("manager", [{"name": "冯二", "main": True}, {"name": "姜三"}])
    assert names() == ["冯二", "姜三"]
    fields = {
        field.field: (field.before, field.after) for field in list_changes(db.session(), "customers", "T-001")[0].fields
    }
    assert fields["contact:丁一"] == ("经理 · 138-1111-2222 · 1980-11-25 · ★", None)
    assert fields["contact:姜三"] == (None, "—")


def test_whoever_comes_second_is_told_who_was_faster_and_what_changed() -> None:
    add()
    opened = version_of(db.session(), "T-001")
    change("manager", grade="A", version=opened)
    with pytest.raises(Outdated, match="王雅琴") as refused:
        change("supervisor", grade="D", address="南通市", version=opened)
    assert [field.field for field in refused.value.changes[0].fields] == ["grade"]
    assert customers.get_customer(db.session(), "T-001").grade == "A"
    change("supervisor", address="南通市", version=refused.value.version)
    assert customers.get_customer(db.session(), "T-001").address == "南通市"


def test_what_was_left_alone_takes_over_what_somebody_else_changed() -> None:
    add()
    opened = version_of(db.session(), "T-001")
    change("manager", [*PEOPLE[1:], {"name": "姜三"}], grade="A", address="扬州市", version=opened)
    with pytest.raises(Outdated) as refused:
        change("supervisor", PEOPLE, **{**TYPED, "grade": "B", "address": "南通市"}, version=opened)
    customer = customers.get_customer(db.session(), "T-001")
    stored = customers.contacts_of(db.session(), customer.id)
    typed = {**TYPED, "grade": "B", "address": "南通市"}
    values, people = customer_form.merged(typed, PEOPLE, customer, stored, refused.value.changes)
    assert (values["grade"], values["address"], values["name"]) == ("A", "南通市", TYPED["name"])
    assert [row["name"] for row in people] == ["冯二", "姜三"]


@pytest.mark.parametrize(
    "text",
    ["T-001", "测试机电", "京口区", "机电 镇江", "丁一", "13811112222", "138-1111", "8888 6666", "冯", "ｔ－００１"],
)
def test_customers_are_found_by_any_part(text: str) -> None:
    add()
    assert found(text=text) == ["T-001"]


def test_a_change_is_found_at_once_and_the_old_words_are_not() -> None:
    add()
    change("manager", name="精工电子")
    assert found(text="精工") == ["T-001"]
    assert found(text="测试机电") == []


def test_wildcards_and_quotes_are_letters_like_others() -> None:
    add()
    assert found(text="%") == found(text="_'") == found(text="' OR 1=1 --") == []


def test_filters_work_together() -> None:
    add()
    assert found(grade="B", relation="潜力", region="镇江", category="机电") == ["T-001"]
    assert found(region="镇江", grade="A") == []
    assert found(region="没有") == []


@pytest.mark.parametrize("sort", customers.SORTS)
def test_pages_in_every_order_show_each_customer_once(sort: str) -> None:
    add()
    add(code="T-002", distance_km="", grade="E")
    seen: list[str] = []
    cursor = ""
    while True:
        lines, following = list_customers(db.session(), CustomerFilter(sort=sort, after=cursor, limit=3))
        seen += [line.code for line in lines]
        if following is None:
            break
        cursor = following
    everybody = {code for (code,) in db.session.query(DbCustomer.code)}
    assert len(seen) == len(set(seen))
    assert set(seen) == everybody


def test_orders_are_what_they_are_called() -> None:
    add(distance_km="0.5")
    add(code="T-002", distance_km="")
    by_distance = found(sort="distance", limit=200)
    assert (by_distance[0], by_distance[-1]) == ("T-001", "T-002")
    grades = [customers.get_customer(db.session(), code).grade for code in found(sort="grade", limit=200)]
    assert grades == sorted(grades)


@pytest.mark.parametrize("cursor", ["x", "e30=", "WzEsMl0=", "WyJOYU4iLCJDMDAxIl0=", "W" * 500, "é"])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        list_customers(db.session(), CustomerFilter(after=cursor, sort="distance"))


def born(day: str) -> dict[str, str]:
    return {"name": f"生于{day}", "birthday": day}


def soon(today: date, days: int = 14) -> list[tuple[str, int]]:
    customer = customers.get_customer(db.session(), "T-001")
    return [
        (one.contact, one.in_days) for one in birthdays(db.session(), today=today, days=days, customer_id=customer.id)
    ]


def test_birthdays_come_in_their_order_also_over_the_end_of_the_year() -> None:
    add(people=[born("1970-01-02"), born("1980-12-30"), born("1990-12-20"), born("1985-02-01")])
    assert soon(date(2026, 12, 30)) == [("生于1980-12-30", 0), ("生于1970-01-02", 3)]


@pytest.mark.parametrize(("today", "days"), [(date(2027, 2, 27), 1), (date(2028, 2, 27), 2)])
def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(today: date, days: int) -> None:
    add(people=[born("1984-02-29")])
    assert soon(today) == [("生于1984-02-29", days)]


def test_a_birthday_that_has_just_passed_does_not_come() -> None:
    add(people=[born("1984-11-22")])
    assert soon(date(2026, 11, 23), days=300) == []
    assert soon(date(2026, 11, 23) - timedelta(days=1)) == [("生于1984-11-22", 0)]
