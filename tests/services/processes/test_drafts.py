"""The life of a draft: it begins as the version in force, keeps every change, and nothing is overwritten unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from services.database import read_session
from services.errors import Conflict, InvalidInput, NotFound, NotPermitted
from services.processes.drafts import Overtaken, change_files, get_draft, keep_aside
from services.processes.presence import AWAY_AFTER, editors_of, find_change, note_presence
from services.processes.states import files_at
from services.processes.timeline import clear_away, discard, list_sittings, name_state, remove_draft, restore
from tests.conftest import MONDAY, find_actor
from tests.support.owners import KEY, begin, describe, draft, owner, publish_now, second

MINUTE = timedelta(minutes=1)


def numbers(key: str = KEY) -> list[list[int]]:
    read_session().rollback()
    return [list(each.numbers) for each in list_sittings(read_session(), owner(), key)[0]]


def description(key: str = KEY) -> str:
    return draft(key).files["process.toml"].decode()


def test_a_draft_begins_as_the_version_in_force_and_stores_nothing(app: Flask) -> None:
    found = draft("gift")
    assert (found.base_version, found.changed_at, found.title) == (1, None, "礼品馈赠")
    assert "gift.bpmn" in found.files


def test_a_change_is_kept_and_the_one_before_can_be_brought_back(app: Flask) -> None:
    before = description("gift")
    first = describe("改过一次", key="gift")
    describe("改过两次", key="gift")
    assert "改过两次" in description("gift")
    restore(owner(), "gift", first, now=MONDAY)
    assert "改过一次" in description("gift")
    # the restore is a step of its own: what was brought back over is still there
    assert "改过两次" in files_at(read_session(), "gift", f"r{first + 1}").files["process.toml"].decode()
    discard(owner(), "gift", now=MONDAY)
    assert description("gift") == before
    assert "改过两次" in files_at(read_session(), "gift", f"r{first + 1}").files["process.toml"].decode()


def test_changing_nothing_is_no_step(app: Flask) -> None:
    first = describe("改过一次", key="gift")
    assert describe("改过一次", key="gift") == first


def test_two_owners_change_different_files_without_noticing(app: Flask) -> None:
    begin()
    at = draft().revision
    describe("我的", revision=at)
    english = change_files(second(), KEY, {"en.toml": b"# mine\n"}, revision=at, now=MONDAY)
    assert english == at + 2
    assert "我的" in description()


def test_whoever_is_second_at_the_same_file_is_refused_and_told_by_whom_and_when(app: Flask) -> None:
    begin()
    at = draft().revision
    theirs = describe("对方的", revision=at, now=MONDAY + 3 * MINUTE, actor=second())
    with pytest.raises(Overtaken, match=r"王雅琴在 09:03 改了同一个文件") as refusal:
        describe("我的", revision=at)
    assert refusal.value.revision == theirs
    assert "对方的" in description()


def test_a_copy_of_what_was_refused_is_kept_beside_the_draft_and_can_be_taken_up(app: Flask) -> None:
    begin()
    describe("对方的", actor=second())
    aside = keep_aside(owner(), KEY, "process.toml", b'title = "mine"\n', now=MONDAY)
    assert "对方的" in description()
    assert files_at(read_session(), KEY, f"r{aside}").files["process.toml"] == b'title = "mine"\n'
    # the next change of the other owner is not mistaken for one that meets the copy
    describe("对方的第二次", actor=second())
    restore(owner(), KEY, aside, now=MONDAY)
    assert draft().files["process.toml"] == b'title = "mine"\n'


def test_sittings_are_changes_of_one_person_to_one_part_within_minutes(app: Flask) -> None:
    begin()
    begun = draft().revision
    describe("一", now=MONDAY + MINUTE)
    describe("二", now=MONDAY + 2 * MINUTE)
    change_files(owner(), KEY, {"en.toml": b"# a\n"}, revision=draft().revision, now=MONDAY + 3 * MINUTE)
    describe("三", now=MONDAY + 4 * MINUTE, actor=second())
    describe("四", now=MONDAY + 30 * MINUTE, actor=second())
    assert numbers() == [[begun + 5], [begun + 4], [begun + 3], [begun + 2, begun + 1], [begun]]


def test_old_sittings_keep_their_last_step_and_named_and_published_ones_keep_all(app: Flask) -> None:
    begin()
    begun = draft().revision
    for minute in range(1, 6):
        describe(f"第 {minute} 次", now=MONDAY + minute * MINUTE)
    name_state(owner(), KEY, begun + 2, "送审版")
    publish_now()
    describe("发布之后", now=MONDAY + 10 * MINUTE)
    assert clear_away(now=MONDAY + timedelta(days=6)) == 0
    gone = clear_away(now=MONDAY + timedelta(days=8))
    assert gone == 3
    kept = {number for group in numbers() for number in group}
    assert kept == {begun, begun + 2, begun + 5, begun + 6, begun + 7}
    assert "第 2 次" in files_at(read_session(), KEY, f"r{begun + 2}").files["process.toml"].decode()
    with pytest.raises(NotFound, match="已经不在时间线上"):
        files_at(read_session(), KEY, f"r{begun + 3}")


def test_a_draft_that_was_never_published_can_be_thrown_away_and_others_cannot(app: Flask) -> None:
    begin()
    remove_draft(owner(), KEY)
    with pytest.raises(NotFound):
        draft()
    describe("改过", key="gift")
    with pytest.raises(InvalidInput, match="处需要修改"):
        remove_draft(owner(), "gift")


def test_owners_see_who_else_is_there_and_what_changed_under_them(app: Flask) -> None:
    begin()
    at = draft().revision
    note_presence(second(), KEY, "diagram", now=MONDAY)
    assert [each.name for each in editors_of(read_session(), [KEY], now=MONDAY, besides=owner())[KEY]] == ["王雅琴"]
    assert editors_of(read_session(), [KEY], now=MONDAY, besides=second()) == {}
    assert editors_of(read_session(), [KEY], now=MONDAY + AWAY_AFTER, besides=owner()) == {}
    assert find_change(read_session(), KEY, "process.toml", at) is None
    theirs = describe("对方的", actor=second(), now=MONDAY + MINUTE)
    change = find_change(read_session(), KEY, "process.toml", at)
    assert change is not None
    assert (change.by, change.at, change.revision) == ("王雅琴", MONDAY + MINUTE, theirs)
    assert find_change(read_session(), KEY, "en.toml", at) is None


@pytest.mark.parametrize(
    ("path", "content"),
    [("../outside.toml", b"x"), ("/etc/passwd.toml", b"x"), ("forms/run.py", b"x"), ("forms/a.json", b"x" * 1_000_001)],
)
def test_what_cannot_be_kept_is_refused_and_the_draft_is_as_before(app: Flask, path: str, content: bytes) -> None:
    begin()
    before = draft()
    with pytest.raises(InvalidInput):
        change_files(owner(), KEY, {path: content}, revision=before.revision, now=MONDAY)
    assert draft().files == before.files


def test_nobody_but_owners(app: Flask) -> None:
    outsider = find_actor("outsider")
    begin()
    for act in (
        lambda: get_draft(read_session(), outsider, KEY),
        lambda: change_files(outsider, KEY, {}, revision=0, now=MONDAY),
        lambda: keep_aside(outsider, KEY, "en.toml", b"", now=MONDAY),
        lambda: restore(outsider, KEY, 1, now=MONDAY),
        lambda: discard(outsider, KEY, now=MONDAY),
        lambda: note_presence(outsider, KEY, "diagram", now=MONDAY),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_a_revision_that_never_was_is_a_conflict(app: Flask) -> None:
    begin()
    with pytest.raises(Conflict, match="重新打开"):
        describe("我的", revision=999)
