"""Comments, copies and urges: who may, who is told, what the history keeps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from services.cases import history
from services.cases.attachments import store_attachment
from services.cases.models import DbAttachment, DbCase
from services.cases.show_case import HistoryLine, show_case
from services.database import db
from services.discussion.comment import add_comment
from services.discussion.copy import send_copy
from services.discussion.place import OnCase, OnTask
from services.discussion.queries import CommentLine, Discussion, discussion_of, list_comments, list_copies
from services.discussion.urge import urge_task
from services.errors import Conflict, InvalidInput, NotFound, RateLimited
from services.notices.models import DbNotice
from services.tasks.list_tasks import InboxFilter, InboxLine, list_tasks
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import act, start, task_id
from tests.support.racing import at_once

pytestmark = pytest.mark.usefixtures("app")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def on(case: DbCase) -> OnCase:
    return OnCase(CaseId(case.id))


def say(case: DbCase, username: str, text: str, now: datetime = MONDAY, **options: object) -> CommentLine:
    add_comment(find_actor(username), on(case), text, now=now, **options)  # type: ignore[arg-type]
    return list_comments(db.session, find_actor(username), CaseId(case.id))[-1]


def copy(case: DbCase, username: str, *to: str, comment: str = "", now: datetime = MONDAY) -> None:
    send_copy(find_actor(username), on(case), to, comment=comment, now=now)


def urge(
    case: DbCase, username: str, step: str = "manager_review", *, comment: str = "", at: datetime = MONDAY
) -> None:
    urge_task(find_actor(username), task_id(case, step), comment=comment, now=at)


def seen_by(case: DbCase, username: str, now: datetime = MONDAY) -> Discussion:
    db.session.expire_all()
    actor = find_actor(username)
    return discussion_of(db.session, actor, show_case(db.session, actor, CaseId(case.id)), now=now)


def lines(case: DbCase, action: str) -> list[HistoryLine]:
    db.session.expire_all()
    view = show_case(db.session, find_actor("admin"), CaseId(case.id))
    return [line for line in view.history if line.action == action]


def told(username: str, kind: str) -> list[DbNotice]:
    return db.session.query(DbNotice).filter_by(user_id=find_actor(username).id, kind=kind).all()


def inbox(username: str, **wanted: object) -> list[InboxLine]:
    db.session.expire_all()
    return list_tasks(db.session, find_actor(username).id, InboxFilter(**wanted)).lines  # type: ignore[arg-type]


def refusal(error: pytest.ExceptionInfo[InvalidInput]) -> dict[str, list[str]]:
    return error.value.errors


# Comments


def test_a_comment_is_read_by_everybody_on_the_case_and_kept_in_the_history() -> None:
    case = start()
    say(case, "manager", "  预算里的交通费怎么算的？\r\n请补充  ")
    comment = seen_by(case, "specialist").comments[0]
    assert comment.who is not None
    assert (comment.who.name, comment.text, comment.at) == ("王雅琴", "预算里的交通费怎么算的？\n请补充", MONDAY)
    assert [line.comment for line in lines(case, "commented")] == [comment.text]
    assert history.verify(db.session) == []


def test_a_changed_comment_shows_in_the_audit() -> None:
    case = start()
    say(case, "manager", "同意这样办")
    db.session.execute(db.text("UPDATE history SET comment = '不同意' WHERE action = 'commented'"))
    assert len(history.verify(db.session)) == 1
    db.session.rollback()


def test_comments_stand_in_the_order_in_which_they_were_made() -> None:
    case = start()
    for number, username in enumerate(("manager", "specialist", "manager")):
        say(case, username, f"第 {number} 条", MONDAY + timedelta(minutes=number))
    assert [comment.text for comment in seen_by(case, "manager").comments] == ["第 0 条", "第 1 条", "第 2 条"]


def test_a_case_that_ended_is_still_commented_on() -> None:
    case = start()
    act(case, "manager", "manager_review", "reject", comment="超出标准")
    assert say(case, "specialist", "下个月再报").text == "下个月再报"


def test_a_comment_on_a_task_names_its_step() -> None:
    case = start()
    wanted = task_id(case, "manager_review")
    add_comment(find_actor("specialist"), OnTask(wanted), "客户临时改了日期", now=MONDAY)
    assert [(line.step, line.name) for line in lines(case, "commented")] == [("manager_review", "客户服务部经理审核")]


@pytest.mark.parametrize("text", ["", "   \r\n ", "字" * 2_001])
def test_an_empty_or_endless_comment_is_refused(text: str) -> None:
    case = start()
    with pytest.raises(InvalidInput) as error:
        say(case, "manager", text)
    assert list(refusal(error)) == ["text"]
    assert lines(case, "commented") == []


def test_a_stranger_neither_comments_nor_copies_nor_urges() -> None:
    case = start()
    stranger, wanted = find_actor("outsider"), task_id(case, "manager_review")
    for attempt in (
        lambda: add_comment(stranger, on(case), "你好", now=MONDAY),
        lambda: add_comment(stranger, OnTask(wanted), "你好", now=MONDAY),
        lambda: send_copy(stranger, on(case), ["gm"], now=MONDAY),
        lambda: urge_task(stranger, wanted, now=MONDAY),
        lambda: list_comments(db.session, stranger, CaseId(case.id)),
        lambda: list_copies(db.session, stranger, CaseId(case.id)),
    ):
        with pytest.raises(NotFound):
            attempt()


# Mentions


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@赵敏 请看预算", [("@赵敏", "赵敏")]),
        ("请＠赵敏看一下", [("＠赵敏", "赵敏")]),
        ("@finance看一下", [("@finance", "赵敏")]),
        ("@finance，@郑国栋。", [("@finance", "赵敏"), ("@郑国栋", "郑国栋")]),
    ],
)
def test_a_name_is_found_however_it_is_written(text: str, named: list[tuple[str, str]]) -> None:
    comment = say(start(), "specialist", text)
    assert [(part.text, part.who) for part in comment.parts if part.who] == named
    assert "".join(part.text for part in comment.parts) == text


def test_whoever_is_mentioned_is_told_once_and_may_read_the_case() -> None:
    case = start()
    with pytest.raises(NotFound):
        show_case(db.session, find_actor("outsider"), CaseId(case.id))
    say(case, "specialist", "@钱进 你见过这位客户，@outsider 麻烦看一下；@陈晓明 备忘")
    assert [notice.values["who"] for notice in told("outsider", "mentioned")] == ["陈晓明"]
    assert told("specialist", "mentioned") == []
    assert say(case, "outsider", "见过，可以").text == "见过，可以"


@pytest.mark.parametrize("text", ["请发到 li@example.com", "单价 @ 30 元"])
def test_an_at_sign_that_names_nobody_is_only_a_sign(text: str) -> None:
    assert say(start(), "specialist", text).mentions == {}


@pytest.mark.usefixtures("namesakes")
@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("@赵 请看", "没有叫“赵”的同事，是不是：赵敏（finance）"),
        ("@financier", "没有叫“financier”的同事，是不是：赵敏（finance）"),
        ("@ζ", "没有叫“ζ”的同事，请用完整的姓名或用户名"),
        ("@李静 请看", "有几位同事都叫“李静”，请改用用户名：lijing（李静，财务部）、lijing2（李静，办公室）"),
        ("@何离", "何离已离职，请换一位同事"),
        ("@gone", "何离已离职，请换一位同事"),
    ],
)
def test_a_name_that_is_not_one_person_is_refused_with_who_is_possible(text: str, answer: str) -> None:
    case = start()
    with pytest.raises(InvalidInput) as error:
        say(case, "specialist", text)
    assert refusal(error) == {"text": [answer]}
    assert lines(case, "commented") == []


@pytest.mark.usefixtures("namesakes")
def test_a_user_name_tells_people_of_one_name_apart() -> None:
    assert say(start(), "specialist", "@lijing2 请看").mentions == {"lijing2": "李静"}


# Attachments


def test_a_file_of_a_comment_belongs_to_the_case() -> None:
    case = start()
    file = store_attachment(find_actor("manager"), "报价.pdf", PDF, now=MONDAY)
    comment = say(case, "manager", "见附件", attachments=[str(file.id)])
    assert [found["filename"] for found in comment.attachments] == ["报价.pdf"]
    db.session.expire_all()
    assert db.session.get_one(DbAttachment, file.id).case_id == case.id


def test_files_of_others_or_of_nobody_are_refused() -> None:
    case = start()
    file = store_attachment(find_actor("gm"), "报价.pdf", PDF, now=MONDAY)
    for name in (str(file.id), "00000000-0000-4000-8000-000000000000", "nonsense"):
        with pytest.raises(InvalidInput) as error:
            say(case, "manager", "见附件", attachments=[name])
        assert list(refusal(error)) == ["attachments"]
    assert lines(case, "commented") == []


# At the same moment


def test_two_who_urge_or_copy_at_once_are_told_that_one_was_faster(app: Flask) -> None:
    for _round in range(5):
        case = start()
        act(case, "manager", "manager_review")
        wanted = task_id(case, "gm_review")
        people = [find_actor("specialist"), find_actor("manager")]

        def urge_it(number: int, wanted: Any = wanted, people: Any = people) -> object:
            return urge_task(people[number], wanted, now=MONDAY)

        def copy_it(number: int, case: DbCase = case, people: Any = people) -> object:
            return send_copy(people[number], on(case), ["marketing"], now=MONDAY)

        for work, refusal in ((urge_it, RateLimited), (copy_it, Conflict)):
            results = at_once(app, 2, work)
            assert sorted(isinstance(result, refusal) for result in results) == [False, True], results
    assert [line.urges for line in inbox("gm")] == [1] * 5
    assert history.verify(db.session) == []


def test_comments_at_once_are_all_kept_and_the_chain_holds(app: Flask) -> None:
    case = start()
    people = [find_actor("specialist"), find_actor("manager")]

    def speak(number: int) -> object:
        return add_comment(people[number % 2], on(case), f"第 {number} 条", now=MONDAY)

    added = at_once(app, 8, speak)
    found = seen_by(case, "manager").comments
    assert sorted(comment.id for comment in found) == sorted(comment.id for comment in added)
    assert len(found) == 8
    assert history.verify(db.session) == []
