"""Publishing a draft: now, on a day, an older version again; what forbids it, and what running cases see of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from services.cases.show_case import show_case
from services.cases.start_case import start_case
from services.database import db, read_session
from services.errors import Conflict, InvalidInput, NotPermitted
from services.notices.notify import list_notices
from services.processes import publication
from services.processes.catching_up import open_version, set_in_use, take_in
from services.processes.drafts import change_files
from services.processes.overview import get_glance, list_history
from services.processes.publication import cancel, find_publication, reschedule, schedule
from services.processes.publish import publish, publish_draft, roll_back
from services.processes.timeline import restore
from services.processes.versions import find_current_version, get_current_version
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support.owners import KEY, begin, describe, draft, owner, publish_now, second, second_owner
from workflows.errors import DefinitionError

DAY = timedelta(days=1)
REQUEST = {"subject": "投影仪", "amount": 100, "reason": "会议室的坏了"}


@pytest.fixture
def purchase(app: Flask) -> str:
    """A process that was published once."""
    begin()
    publish_now()
    return KEY


def in_force(key: str = KEY) -> int:
    read_session().rollback()
    return get_current_version(read_session(), key).number


def change(path: str, content: bytes | None) -> int:
    return change_files(owner(), KEY, {path: content}, revision=draft().revision, now=MONDAY)


def test_the_draft_becomes_the_next_version_and_goes_on_from_it(purchase: str) -> None:
    describe("第二版的说明")
    version = publish_now(note="说明写清楚")
    assert (version.number, version.note, version.published_by) == (2, "说明写清楚", owner().id)
    assert draft().base_version == 2
    glance = get_glance(read_session(), owner(), KEY, now=MONDAY)
    assert (glance.version, glance.changes, glance.published_by) == (2, 0, "黄思远")


def test_running_cases_stay_on_their_version_and_their_page_says_so(purchase: str) -> None:
    case = start_case(find_actor("specialist"), KEY, REQUEST, now=MONDAY)
    describe("第二版的说明")
    publish_now(note="二")
    view = show_case(read_session(), find_actor("specialist"), CaseId(case.id))
    assert (view.version, view.newer_version, view.newer_since) == (1, 2, MONDAY)
    assert "第二版" not in view.definition.settings.description
    newer = start_case(find_actor("specialist"), KEY, REQUEST, now=MONDAY)
    assert show_case(read_session(), find_actor("specialist"), CaseId(newer.id)).newer_version is None
    lines = {line.number: (line.running, line.closed) for line in list_history(read_session(), owner(), KEY)}
    assert lines == {1: (1, 0), 2: (1, 0)}


def test_errors_keep_it_from_being_published_and_are_named(purchase: str) -> None:
    form = json.loads(draft().files["forms/request.json"])
    del form["schema"]["properties"]["amount"]
    change("forms/request.json", json.dumps(form).encode())
    with pytest.raises(DefinitionError) as refusal:
        publish_now(note="二")
    assert any("amount" in problem.message for problem in refusal.value.problems)
    assert in_force() == 1


def test_a_scenario_that_comes_out_otherwise_keeps_it_from_being_published(purchase: str) -> None:
    table = draft().files["decisions/approval_level.dmn"].decode()
    changed = table.replace("&lt;= 5000", "&lt;= 8000").replace("(5000..", "(8000..")
    change("decisions/approval_level.dmn", changed.encode())
    with pytest.raises(DefinitionError) as refusal:
        publish_now(note="二")
    assert {problem.file for problem in refusal.value.problems if problem.severity == "error"} == {
        "scenarios/medium.toml"
    }


def test_a_note_is_required_and_warnings_are_confirmed(purchase: str) -> None:
    describe("二")
    revision = draft().revision
    with pytest.raises(InvalidInput) as refusal:
        publish_draft(owner(), KEY, revision=revision, note="  ", despite_warnings=True, now=MONDAY)
    assert refusal.value.errors == {"note": ["请写一句说明：这一版改了什么、为什么"]}
    diagram = draft().files["purchase.bpmn"].decode().replace('name="财务部"', 'name="没有人的岗位"')
    change("purchase.bpmn", diagram.encode())
    with pytest.raises((InvalidInput, DefinitionError)):
        publish_draft(owner(), KEY, revision=draft().revision, note="三", despite_warnings=False, now=MONDAY)
    assert in_force() == 1


def test_a_draft_that_went_on_after_it_was_looked_at_is_not_published(purchase: str) -> None:
    looked_at = describe("看过的")
    describe("又改了", actor=second())
    with pytest.raises(Conflict, match="又有了修改"):
        publish_draft(owner(), KEY, revision=looked_at, note="二", despite_warnings=True, now=MONDAY)


def test_nothing_changed_is_nothing_to_publish(purchase: str) -> None:
    with pytest.raises(Conflict, match="完全相同"):
        publish_now(note="二")


def test_a_version_of_somebody_else_is_taken_in_file_by_file_before_mine(purchase: str) -> None:
    at_first = dict(draft().files)
    describe("我的说明")
    theirs = {**at_first, "en.toml": b"# their English\n"}
    publish(theirs, actor=second(), note="英文", now=MONDAY)
    with pytest.raises(Conflict, match="王雅琴已经发布了第 2 版"):
        publish_now(note="我的")
    assert get_glance(read_session(), owner(), KEY, now=MONDAY).is_behind
    assert take_in(owner(), KEY, now=MONDAY) == []
    assert draft().files["en.toml"] == b"# their English\n"
    assert "我的说明" in draft().files["process.toml"].decode()
    assert publish_now(note="我的").number == 3


def test_what_both_changed_stays_mine_and_is_named(purchase: str) -> None:
    at_first = dict(draft().files)
    describe("我的说明")
    theirs = at_first["process.toml"].replace("按金额".encode(), "依金额".encode())
    publish({**at_first, "process.toml": theirs}, actor=second(), note="说明", now=MONDAY)
    assert take_in(owner(), KEY, now=MONDAY) == ["process.toml"]
    assert "我的说明" in draft().files["process.toml"].decode()


def test_a_draft_in_which_nothing_was_changed_follows_by_itself(purchase: str) -> None:
    theirs = {**draft().files, "en.toml": b"# their English\n"}
    publish(theirs, actor=None, note="", now=MONDAY)
    assert (draft().base_version, draft().files["en.toml"]) == (2, b"# their English\n")


def test_going_back_publishes_the_older_contents_under_a_new_number(purchase: str) -> None:
    describe("第二版的说明")
    publish_now(note="二")
    version = roll_back(owner(), KEY, 1, in_force=2, reason="说明写错了", now=MONDAY)
    assert (version.number, version.note) == (3, "回到第 1 版：说明写错了")
    assert "第二版" not in draft().files["process.toml"].decode()
    with pytest.raises(Conflict, match="已经发布了第 3 版"):
        roll_back(owner(), KEY, 2, in_force=2, reason="", now=MONDAY)


def test_an_older_version_that_no_longer_passes_is_opened_as_a_draft(purchase: str) -> None:
    broken = get_current_version(read_session(), KEY)
    begin("other", title="另一个", prefix="LY")
    describe("新的", key=KEY)
    settings = draft().files["process.toml"].replace(b'number = "CG"', b'number = "CX"')
    change("process.toml", settings)
    publish_now(note="改了编号")
    taken = draft("other").files["process.toml"].replace(b'number = "LY"', b'number = "CG"')
    change_files(owner(), "other", {"process.toml": taken}, revision=draft("other").revision, now=MONDAY)
    publish_now("other")
    with pytest.raises(DefinitionError, match=r"“CG”已由“另一个”使用"):
        roll_back(owner(), KEY, broken.number, in_force=2, reason="", now=MONDAY)
    open_version(owner(), KEY, 1, now=MONDAY)
    assert b'number = "CG"' in draft().files["process.toml"]


def test_the_key_cannot_be_changed_by_a_draft(purchase: str) -> None:
    change("process.toml", draft().files["process.toml"].replace(b'key = "purchase"', b'key = "gift"'))
    with pytest.raises(DefinitionError):
        publish_now(note="二")
    assert in_force("gift") == 1


def arrange(*, days: int = 1, note: str = "下周启用") -> None:
    schedule(
        owner(),
        KEY,
        revision=draft().revision,
        note=note,
        due_at=MONDAY + days * DAY,
        despite_warnings=True,
        now=MONDAY,
    )


def test_a_version_waits_for_its_day_and_is_then_published_once(purchase: str) -> None:
    describe("下周的说明")
    arrange()
    describe("之后又改的")
    assert publication.sweep(now=MONDAY + DAY / 2) == 0
    assert (publication.sweep(now=MONDAY + DAY), publication.sweep(now=MONDAY + DAY)) == (1, 0)
    version = get_current_version(read_session(), KEY)
    assert (version.number, version.note, version.published_by) == (2, "下周启用", owner().id)
    # what was changed meanwhile is still in the draft, which goes on from the new version
    assert "之后又改的" in draft().files["process.toml"].decode()
    assert draft().base_version == 2
    assert [notice.kind for notice in list_notices(read_session(), owner().id)] == ["publication_done"]
    assert find_publication(read_session(), KEY) is None


def test_two_workers_publish_it_once(app: Flask, purchase: str) -> None:
    describe("下周的说明")
    arrange()
    waiting = find_publication(read_session(), KEY)
    assert waiting is not None
    db.session.rollback()

    def work(_number: int) -> bool:
        with app.app_context():
            return publication.publish_due(waiting.id, now=MONDAY + DAY)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [False, True]
    assert [line.number for line in list_history(read_session(), owner(), KEY)] == [2, 1]


def test_what_is_no_longer_right_on_its_day_is_not_published_and_its_owner_is_told(purchase: str) -> None:
    describe("下周的说明")
    arrange()
    publish({**draft().files, "en.toml": b"# between\n"}, actor=second(), note="插进来的", now=MONDAY)
    assert publication.sweep(now=MONDAY + DAY) == 0
    failed = find_publication(read_session(), KEY)
    assert failed is not None
    assert (failed.state, failed.error) == ("failed", "王雅琴已经发布了第 2 版；请先把它并入草稿，再发布")
    kinds = [notice.kind for notice in list_notices(read_session(), owner().id)]
    assert kinds == ["publication_failed", "published"]
    cancel(owner(), KEY, failed.id)
    assert find_publication(read_session(), KEY) is None


def test_a_day_can_be_changed_and_called_off_and_only_one_waits(purchase: str) -> None:
    describe("下周的说明")
    arrange()
    with pytest.raises(Conflict, match="已经有一次发布在等待"):
        arrange(days=2)
    waiting = find_publication(read_session(), KEY)
    assert waiting is not None
    reschedule(owner(), KEY, waiting.id, note="再等等", due_at=MONDAY + 3 * DAY, now=MONDAY)
    assert publication.sweep(now=MONDAY + DAY) == 0
    cancel(owner(), KEY, waiting.id)
    assert publication.sweep(now=MONDAY + 4 * DAY) == 0
    with pytest.raises(Conflict, match="已经不在等待"):
        reschedule(owner(), KEY, waiting.id, note="x", due_at=MONDAY + DAY, now=MONDAY)
    with pytest.raises(InvalidInput):
        arrange(days=-1)


def test_a_restore_between_does_not_change_what_waits(purchase: str) -> None:
    begun = draft().revision
    describe("下周的说明")
    arrange()
    restore(owner(), KEY, begun, now=MONDAY)
    assert publication.sweep(now=MONDAY + DAY) == 1
    db.session.rollback()
    current = find_current_version(read_session(), KEY)
    assert current is not None
    assert "下周的说明".encode() in current.archive


def test_the_other_owners_are_told_of_a_version(purchase: str) -> None:
    with second_owner() as username:
        describe("二")
        publish_now(note="二")
        told = list_notices(read_session(), find_actor(username).id)
        assert [(notice.kind, notice.values["version"]) for notice in told] == [("published", 2)]
        assert list_notices(read_session(), owner().id) == []


def test_a_process_out_of_use_cannot_be_started_and_comes_back(purchase: str) -> None:
    case = start_case(find_actor("specialist"), KEY, REQUEST, now=MONDAY)
    set_in_use(owner(), KEY, False, now=MONDAY)
    with pytest.raises(Conflict, match="已停用"):
        start_case(find_actor("specialist"), KEY, REQUEST, now=MONDAY)
    assert show_case(read_session(), find_actor("specialist"), CaseId(case.id)).status == "running"
    set_in_use(owner(), KEY, True, now=MONDAY)
    assert start_case(find_actor("specialist"), KEY, REQUEST, now=MONDAY).id > case.id


@pytest.mark.parametrize(
    "act",
    [
        lambda who: publish_now(actor=who),
        lambda who: roll_back(who, KEY, 1, in_force=1, reason="", now=MONDAY),
        lambda who: set_in_use(who, KEY, False, now=MONDAY),
        lambda who: take_in(who, KEY, now=MONDAY),
        lambda who: list_history(read_session(), who, KEY),
    ],
)
def test_nobody_but_owners(purchase: str, act: Callable[[object], object]) -> None:
    with pytest.raises(NotPermitted):
        act(find_actor("outsider"))
