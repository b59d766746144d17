"""Searching: by any two characters, and never beyond what a person may see."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.cases.list_cases import CaseFilter, list_cases
from services.cases.models import DbCase
from services.database import db
from services.errors import InvalidInput
from services.registers.customer_form import add_customer
from services.registers.imports.layouts import LAYOUTS
from services.registers.imports.staging import import_file
from services.search.backlog import index_missing
from services.search.find import CASES, COMMENTS, CUSTOMERS, TASKS, Found, Wanted, search
from services.search.text import excerpt, fold, marked, words_of
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import act, reported, start
from webapp.application import count_statements

pytestmark = pytest.mark.usefixtures("app")


def imported(row: str) -> None:
    """A customer out of a file."""
    import_file(LAYOUTS["customers"], "customers.csv", f"code,name,address\n{row}\n".encode(), now=MONDAY)


def find(username: str, query: str, **wanted: object) -> Found:
    db.session.expire_all()
    return search(db.session, find_actor(username), Wanted(query=query, **wanted))  # type: ignore[arg-type]


def numbers(username: str, query: str, kind: str = CASES) -> list[str]:
    return [hit.number for hit in find(username, query, kind=kind).groups[kind].hits]


def shown(found: Found, kind: str = CASES) -> tuple[str, str]:
    """The label and the text of the first excerpt, with what was found in brackets."""
    hit = found.groups[kind].hits[0]
    return hit.label, "".join(f"[{piece.text}]" if piece.found else piece.text for piece in hit.excerpt)


@pytest.mark.parametrize(
    "query",
    [
        "锦江",
        "江大",
        "酒店",
        "晨光",
        "上海晨",
        "C001",
        "c00",
        "００１",
        "钱工",
        "2600.50",
        "2,600.50",
        "2600.5",
        "框架合同",
        "1200",
        "1,200.00",
        "4100.5",
    ],
)
def test_a_case_is_found_by_two_characters_of_anything_in_it(query: str) -> None:
    case = start()
    assert numbers("specialist", query) == [case.number]


def test_every_word_must_occur_wherever_it_stands() -> None:
    near = start(venue="锦江大酒店")
    start(venue="和平饭店")
    act(near, "manager", "manager_review", comment="请控制人数")
    assert numbers("specialist", "晨光 锦江") == [near.number]
    assert numbers("specialist", "锦江 控制人数 C001") == [near.number]
    assert numbers("specialist", "锦江 和平") == []
    assert numbers("specialist", f"锦江 {near.number.lower()}") == [near.number]


def test_the_excerpt_says_which_field_it_is_from() -> None:
    case = start(attention="对海鲜过敏，" + "请提前与酒店确认菜单。" * 20 + "返程车票已订。")
    assert shown(find("specialist", "过敏")) == (
        "注意事项",
        "对海鲜[过敏]，" + ("请提前与酒店确认菜单。" * 20)[:104] + "…",
    )
    label, around = shown(find("specialist", "车票"))
    assert label == "注意事项"
    assert around.startswith("…")
    assert around.endswith("返程[车票]已订。")
    act(case, "manager", "manager_review", comment="同意，注意费用")
    assert shown(find("specialist", "注意费用")) == ("意见", "同意，[注意费用]")
    assert shown(find("specialist", "晨光")) == ("", "")


def test_what_is_submitted_later_is_found_and_what_was_replaced_is_not() -> None:
    case = start()
    assert numbers("specialist", "超支原因说明") == []
    act(case, "manager", "manager_review", "approve")
    told = reported(effect="客户对方案很满意")
    assert numbers("specialist", "方案很满意") == [told.number]


def test_comments_are_found_with_who_said_them() -> None:
    case = start()
    act(case, "manager", "manager_review", comment="请附上会议议程")
    [hit] = find("specialist", "议程", kind=COMMENTS).groups[COMMENTS].hits
    assert (hit.number, hit.who, hit.name) == (case.number, "王雅琴", "客户服务部经理审核")
    assert find("outsider", "议程", kind=COMMENTS).groups[COMMENTS].hits == []


def test_my_tasks_are_found_by_their_case_and_by_their_name() -> None:
    case = start()
    assert numbers("manager", "锦江", TASKS) == [case.number]
    assert numbers("manager", "经理审核", TASKS) == [case.number]
    assert numbers("specialist", "锦江", TASKS) == []
    act(case, "manager", "manager_review")
    assert numbers("manager", "锦江", TASKS) == []


def test_customers_are_found_as_soon_as_they_are_there() -> None:
    try:
        typed = {"code": "X-77", "name": "嘉禾软件（苏州）", "address": "工业园区星湖街328号"}
        add_customer(find_actor("specialist"), typed, source="page", now=MONDAY)
        imported("X-78,嘉禾贸易,常熟")
        assert numbers("outsider", "嘉禾", CUSTOMERS) == ["X-78", "X-77"]
        assert numbers("outsider", "星湖街３２８", CUSTOMERS) == ["X-77"]
        imported("X-78,瑞丰贸易,常熟")
        assert numbers("outsider", "嘉禾", CUSTOMERS) == ["X-77"]
        assert numbers("outsider", "瑞丰", CUSTOMERS) == ["X-78"]
    finally:
        db.session.execute(text("DELETE FROM customers WHERE code LIKE 'X-%'"))
        db.session.commit()


def test_nobody_finds_what_is_not_their_business() -> None:
    case = start()
    act(case, "manager", "manager_review", comment="请控制人数")
    for query in ("锦江", "晨光", "控制人数", case.number):
        found = find("outsider", query)
        assert [found.groups[kind].hits for kind in (TASKS, CASES, COMMENTS)] == [[], [], []]
    for username in ("specialist", "manager", "gm", "owner", "admin"):
        assert numbers(username, "锦江") == [case.number]


def test_both_lists_of_cases_answer_alike() -> None:
    case = start()
    other = start(venue="和平饭店")
    for query in ("锦江", "酒店", case.number, "钱工", "没有这个"):
        listed, _next = list_cases(db.session, find_actor("gm"), CaseFilter(text=query))
        assert [line.number for line in listed] == numbers("gm", query)
    listed, _next = list_cases(db.session, find_actor("specialist"), CaseFilter(text="饭"))
    assert [line.number for line in listed] == [other.number]


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "锦",
        "锦 江",
        "　",
        "\x00",
        "锦\x00江",
        "\ud800\ud800江",
        "x" * 201,
        "一二 " * 80,
        "ab cd ef gh ij kl mn op qr",
    ],
)
def test_what_cannot_be_searched_is_refused(query: str) -> None:
    with pytest.raises(InvalidInput):
        find("admin", query)


@pytest.mark.parametrize("query", ["%%", "__", "\\\\", "''", '""', "';--", "<b>", "%江", "$1", ":x"])
def test_signs_stand_for_themselves(query: str) -> None:
    start()
    assert numbers("admin", query) == []
    meant = start(venue=f"一{query}二")
    assert numbers("admin", query) == [meant.number]


def test_pages_follow_one_another() -> None:
    wanted = [start().number for _case in range(5)][::-1]
    seen: list[str] = []
    cursor = ""
    while True:
        group = find("specialist", "锦江", kind=CASES, limit=2, cursor=cursor).groups[CASES]
        seen += [hit.number for hit in group.hits]
        if group.next_cursor is None:
            break
        cursor = group.next_cursor
    assert seen == wanted
    with pytest.raises(InvalidInput):
        find("specialist", "锦江", kind=CASES, cursor="x")
    with pytest.raises(InvalidInput):
        find("specialist", "锦江", kind="everything")


def test_an_approval_sends_the_search_nothing_of_its_own() -> None:
    case = start()
    seen = count_statements(db.engine)
    act(case, "manager", "manager_review", comment="请控制人数")
    assert seen
    assert [statement for statement in seen if "search_documents" in statement] == []


def test_rows_from_before_are_indexed_later() -> None:
    case = start()
    act(case, "manager", "manager_review", comment="请控制人数")
    db.session.execute(text("DELETE FROM search_documents"))
    for table in ("history", "customers"):
        db.session.execute(text(f"UPDATE {table} SET search_text = NULL, pairs = NULL"))
    db.session.commit()
    assert numbers("specialist", "锦江") == []
    while index_missing():
        pass
    assert numbers("specialist", "锦江") == [case.number]
    assert numbers("specialist", "控制人数", COMMENTS) == [case.number]
    assert numbers("specialist", "晨光", CUSTOMERS) == ["C001"]


def test_a_frequent_word_is_found_among_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.search.matching.RARE", 2)
    wanted = [start().number for _case in range(4)][::-1]
    start("manager", venue="和平饭店")
    assert numbers("specialist", "锦江 酒店") == wanted
    assert numbers("specialist", f"锦江 {wanted[1]}") == [wanted[1]]
    assert numbers("outsider", "锦江") == []


def test_what_is_marked_is_what_was_meant() -> None:
    words = words_of("ａｂ 光科")
    assert (
        "".join(f"[{piece.text}]" if piece.found else piece.text for piece in marked("晨光科技AB", words))
        == "晨[光科]技[AB]"
    )
    assert "".join(piece.text for piece in excerpt("<script>ab</script>", words)) == "<script>ab</script>"
    assert fold("ＡＢ１２ ½ Ⅳ") == "ab12 1⁄2 iv"


TEXTS = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=2, max_size=60
) | st.text("上海晨光科技有限公司aBcé１２ﬀß％_ \n", min_size=2, max_size=60)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(purpose=TEXTS, data=st.data())
def test_every_piece_of_a_text_finds_it_and_nobody_else_finds_it(app: Flask, purpose: str, data: st.DataObject) -> None:
    words = [word for word in purpose.split() if len(word) > 1]
    assume(words and len(purpose.strip()) > 1)
    case = start(purpose=purpose)
    word = data.draw(st.sampled_from(words))
    at = data.draw(st.integers(0, len(word) - 2))
    assert case.number in numbers("specialist", word[at : at + 2])
    assert case.number not in numbers("outsider", word[at : at + 2])
    db.session.execute(text("DELETE FROM search_documents"))
    db.session.query(DbCase).update({"title": "-"})
    db.session.commit()


def test_amounts_are_found_as_they_are_typed_and_as_they_are_shown() -> None:
    case = start(budget={"meal": Decimal("3000")})
    for query in ("3000", "3,000", "3,000.00", "3000.00", "３０００"):
        assert numbers("specialist", query) == [case.number]
    assert numbers("specialist", "3,001") == []
