"""Templates of solutions: which are offered for a complaint, who keeps them, and how one is taken over."""

from __future__ import annotations

import pytest

from services.cases.drafts import find_draft, task_place
from services.complaints import solutions
from services.complaints.similarity import suggest
from services.complaints.solutions import Wanted
from services.database import db
from services.demo_complaints import load_solution_templates
from services.errors import InvalidInput, NotFound, NotPermitted
from tests.conftest import MONDAY, find_actor
from tests.support.complaint import after, handle, register, task_id

pytestmark = pytest.mark.usefixtures("app")
LEAK = "买的保温杯杯盖漏水，要求换货"


def template(title: str = "杯盖漏水", kind: str = "质量问题", problem: str = LEAK, text: str = "补发新的杯盖") -> int:
    values = {"title": title, "type": kind, "problem": problem, "text": text}
    return solutions.save_template(find_actor("supervisor"), None, values, now=MONDAY)


def offered(kind: str, text: str) -> list[str]:
    return [each.title for each in suggest(db.session, kind, text)]


@pytest.mark.parametrize(
    ("kind", "text", "title"),
    [
        ("质量问题", "保温杯的杯盖总是漏水，我要换", "杯盖漏水：补发配件"),
        ("运输破损", "外箱被压扁了，里面的商品也破损", "收到的商品破损：拍照后重发"),
        ("少货", "箱子里少了一件，请补发", "少发配件：核对后补发"),
        ("物流", "物流好几天没有更新，什么时候到货", "物流停滞：催件并告知进度"),
    ],
)
def test_the_template_that_is_about_the_same_comes_first(kind: str, text: str, title: str) -> None:
    load_solution_templates(db.session, now=MONDAY)
    db.session.commit()
    assert offered(kind, text)[0] == title


def test_the_same_type_goes_before_another_that_is_more_alike() -> None:
    template("别的类型", "其他", LEAK)
    template("同类型", "质量问题", "杯盖有划痕")
    assert offered("质量问题", LEAK) == ["同类型", "别的类型"]


def test_another_type_must_share_enough_and_nothing_alike_is_not_offered() -> None:
    template("别的类型", "其他", "客户要求开发票，抬头写错", "重开发票")
    assert offered("质量问题", LEAK) == []
    assert offered("其他", "天气很好") == []
    assert offered("其他", "") == []


def test_it_says_which_words_both_have() -> None:
    template()
    [found] = suggest(db.session, "质量问题", "昨天收到，杯盖漏水！")
    assert found.words[0] == "杯盖漏水"
    assert found.same_type


def test_three_at_most_and_none_out_of_use() -> None:
    ids = [template(f"漏水 {number}") for number in range(5)]
    assert len(offered("质量问题", LEAK)) == 3
    for each in ids:
        solutions.retire_template(find_actor("manager"), each, retired=True, now=MONDAY)
    assert offered("质量问题", LEAK) == []
    solutions.retire_template(find_actor("owner"), ids[2], retired=False, now=MONDAY)
    assert offered("质量问题", LEAK) == ["漏水 2"]


def test_a_changed_template_is_found_by_its_new_words() -> None:
    made = template()
    values = {"title": "少发", "type": "少货", "problem": "箱子里少了一件", "text": "核对后补发"}
    solutions.save_template(find_actor("supervisor"), made, values, now=after(1))
    assert offered("质量问题", LEAK) == []
    assert offered("少货", "箱子里少了一件") == ["少发"]
    lines, more = solutions.list_templates(db.session, Wanted(text="核对"))
    assert ([line.template.title for line in lines], more) == (["少发"], False)


def test_only_those_who_answer_for_complaints_keep_templates() -> None:
    made = template()
    for username in ("presales", "specialist", "outsider", "admin"):
        with pytest.raises(NotPermitted):
            solutions.save_template(find_actor(username), made, {}, now=MONDAY)
        with pytest.raises(NotPermitted):
            solutions.retire_template(find_actor(username), made, retired=True, now=MONDAY)


def test_what_is_missing_or_too_long_is_named() -> None:
    values = {"title": "长" * 81, "type": "没有", "problem": "长" * 3001, "text": " "}
    with pytest.raises(InvalidInput) as refusal:
        solutions.save_template(find_actor("supervisor"), None, values, now=MONDAY)
    assert set(refusal.value.errors) == {"title", "type", "problem", "text"}


def test_a_template_goes_behind_what_is_typed_and_is_counted_once_solved() -> None:
    made, case = template(), register()
    presales, task = find_actor("presales"), task_id(case, "handle")
    for _twice in range(2):
        before = find_draft(db.session, presales.id, task_place(task))
        typed = dict(before.values) if before else {"solution": "已致歉。", "cause": "杯盖老化"}
        solutions.take_over(presales, task, made, typed, now=after(1))
    draft = find_draft(db.session, presales.id, task_place(task))
    assert draft is not None
    assert draft.values == {"solution": "已致歉。\n\n补发新的杯盖", "cause": "杯盖老化"}
    assert solutions.get_template(db.session, made).used == 0
    handle(case, now=after(2))
    assert solutions.get_template(db.session, made).used == 1


def test_a_template_is_taken_over_by_who_has_the_task_and_into_a_solution_only() -> None:
    made, case = template(), register()
    with pytest.raises(NotFound):
        solutions.take_over(find_actor("courier"), task_id(case, "handle"), made, {}, now=MONDAY)
    with pytest.raises(NotPermitted):
        solutions.take_over(find_actor("specialist"), task_id(case, "handle"), made, {}, now=MONDAY)
    typed = {"solution": "长" * 3999}
    with pytest.raises(InvalidInput):
        solutions.take_over(find_actor("presales"), task_id(case, "handle"), made, typed, now=MONDAY)
    handle(case)
    with pytest.raises(NotFound):
        solutions.take_over(find_actor("specialist"), task_id(case, "revisit"), made, {}, now=MONDAY)
