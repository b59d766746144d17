"""A draft is played on the real pages, and the real world does not notice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from services.database import db
from services.play import plays
from services.play.models import DbPlay
from services.play.world import list_worlds
from services.processes.drafts import change_files, get_draft
from tests.conftest import MONDAY, find_actor
from tests.support.playing import Player, real_world


@pytest.fixture
def player(app: Flask) -> Player:
    return Player(app)


def banner(page: object) -> str:
    return " ".join(page.xpath("//section[@data-play]")[0].text_content().split())  # type: ignore[attr-defined]


def worlds() -> list[str]:
    db.session.rollback()
    return list_worlds(db.session.connection())


def test_a_long_rehearsal_leaves_no_trace(app: Flask, player: Player) -> None:
    """Cases, numbers, budgets, stock, orders, notices, jobs, search, counters: all as they were."""
    before = real_world()
    page = player.begin()
    case = player.fill_and_send(page)
    assert "ZD-2026-0001" in case.text_content()
    for _ in range(3):
        player.approve()
    player.send("/controls/clock", {"to": "next", "back": "/inbox"})
    player.send("/controls/clock", {"to": "moment", "moment": "2027-01-15T09:00", "back": "/inbox"})
    report = player.page("/controls/report").text_content()
    assert "即将到期，请尽快办理" in report
    assert "已预留 500.00 元" in report
    player.become("陈晓明")
    player.at = f"{player.root}/start/gift"
    player.fill_and_send(player.page("/start/gift"))
    player.approve("部门主管")
    player.approve("礼品")
    player.send("/controls/undo", {})
    player.send("/controls/again", {})
    for path in ("/inbox", "/search?q=晨光", "/registers", "/board", "/notices"):
        player.page(path)
    assert real_world() == before
    player.send("/controls/end", {})
    assert real_world() == before
    assert worlds() == []
    assert db.session.query(DbPlay).count() == 0


def player_file(path: str) -> str:
    found = get_draft(db.session, find_actor("owner"), "hospitality").files[path].decode()
    db.session.rollback()
    return found


def change(key: str, path: str, before: str, after: str) -> None:
    """The owner changes a file of the draft."""
    owner = find_actor("owner")
    draft = get_draft(db.session, owner, key)
    content = draft.files[path].decode()
    assert before in content
    db.session.rollback()
    change_files(owner, key, {path: content.replace(before, after).encode()}, revision=draft.revision, now=MONDAY)


def test_a_step_back_and_a_new_beginning_on_the_changed_draft(player: Player) -> None:
    player.fill_and_send(player.begin())
    player.approve()
    assert "轮到 郑国栋：总经理审核" in banner(player.page("/inbox"))
    back = player.send("/controls/undo", {})
    assert "轮到 王雅琴：客户服务部经理审核" in banner(back)
    assert "2026-11-23 09:01" in banner(back)
    player.approve()

    change("hospitality", "hospitality.bpmn", "总经理审核", "总经理把关")
    again = player.send("/controls/again", {"back": "/inbox"})
    assert "已重做 2 步" in again.text_content()
    assert "轮到 郑国栋：总经理把关" in banner(again)
    assert "草稿第 1 稿" in banner(again)


def test_what_cannot_be_done_again_is_named(player: Player) -> None:
    player.fill_and_send(player.begin())
    player.approve()
    change("hospitality", "hospitality.bpmn", '"manager_review"', '"department_review"')
    again = player.send("/controls/again", {"back": "/inbox"})
    assert "已重做 1 步；“同意 · 客户服务部经理审核”在现在的草稿上做不成" in again.text_content()


def test_a_draft_that_cannot_be_read_says_why_and_keeps_what_is_played(player: Player) -> None:
    player.begin()
    change("hospitality", "hospitality.bpmn", "<bpmn:process", "<bpmn:prozess")
    assert "草稿现在无法读懂" in player.send("/controls/again", {"back": "/inbox"}).text_content()
    page = player.get("/workbench/hospitality/play")
    assert "草稿还不能试运行" in page.text_content()


def test_timers_fire_at_their_own_moments_and_people_are_told(player: Player) -> None:
    player.fill_and_send(player.begin())
    page = player.send("/controls/clock", {"to": "next", "back": "/inbox"})
    assert "触发了 1 个定时" in page.text_content()
    report = " ".join(player.page("/controls/report").text_content().split())
    assert "王雅琴即将到期，请尽快办理“客户服务部经理审核”" in report
    assert "时间前进" in report


def test_a_timer_without_end_is_stopped_and_says_so(player: Player) -> None:
    """A draft's own mistake takes neither the server nor the rehearsal with it."""
    definition = player_file("hospitality.bpmn")
    start = definition.index('id="manager_review_remind_timer"')
    timer = re.search(r"<bpmn:time(\w+) .*?</bpmn:time\1>", definition[start:], re.S)
    assert timer is not None
    cycle = "every(1000, day_after(today()), &quot;PT1M&quot;)"
    endless = f'<bpmn:timeCycle xsi:type="bpmn:tFormalExpression">{cycle}</bpmn:timeCycle>'
    changed = definition[:start] + definition[start:].replace(timer[0], endless, 1)
    change("hospitality", "hospitality.bpmn", definition, changed)
    player.fill_and_send(player.begin())
    page = player.send("/controls/clock", {"to": "moment", "moment": "2026-12-23T09:00", "back": "/inbox"})
    assert re.search(r"定时已触发 \d+ 次，时间没有走到底", page.text_content())
    far = player.send("/controls/clock", {"to": "moment", "moment": "2040-01-01T00:00", "back": "/inbox"})
    assert "一次最多 800 天" in far.text_content()


def test_a_played_case_is_kept_as_a_scenario_that_passes(player: Player) -> None:
    player.fill_and_send(player.begin())
    for _ in range(3):
        player.approve()
    kept = player.send("/controls/scenario", {"case_id": "1", "title": "照常招待", "masked": "yes", "back": "/"})
    assert kept.xpath("//h2[. = '照常招待']/following-sibling::span[contains(., '通过')]")
    assert not kept.xpath("//*[contains(@class, 'hq-badge-red')]")
    assert "没有走到这一步" not in kept.text_content()
    assert "陈晓明" not in kept.xpath("//textarea[@id='source']")[0].text


@pytest.mark.parametrize(
    "path",
    ["/api/v1/me", "/workbench", "/people/rehearsal", "/channels", "/notice-settings", "/registers/imports", "/batch"],
)
def test_what_manages_the_real_company_is_not_reachable(player: Player, path: str) -> None:
    player.begin()
    assert player.raw(f"{player.root}{path}").status_code == 404


def test_it_is_its_owners_alone(app: Flask, player: Player) -> None:
    player.begin()
    play_id = player.root.rsplit("/", 1)[1]
    stranger = Player(app, "admin")
    assert stranger.raw(f"{player.root}/inbox").status_code == 403
    session = db.session
    session.execute(
        text(
            "INSERT INTO post_holders (post_id, user_id) SELECT p.id, u.id FROM posts p, users u"
            " WHERE p.name = '流程负责人' AND u.username = 'gm'"
        )
    )
    session.commit()
    try:
        colleague = Player(app, "gm")
        assert colleague.raw(f"{player.root}/inbox").status_code == 404
        assert colleague.begin() is not None
        assert colleague.root != player.root
        assert len(worlds()) == 2
    finally:
        session.execute(
            text(
                "DELETE FROM post_holders USING posts p, users u WHERE post_id = p.id AND user_id = u.id"
                " AND p.name = '流程负责人' AND u.username = 'gm'"
            )
        )
        session.commit()
    assert player.raw("/controls/report").status_code == 404
    assert Player(app).raw(f"/play/{int(play_id) + 100}/inbox").status_code == 404


def test_signing_out_is_left_to_the_real_pages(player: Player) -> None:
    page = player.begin()
    token = page.xpath("//input[@name='csrf_token']/@value")[0]
    answer = player.post(f"{player.root}/sign-out", {}, token=token)
    assert answer.status_code == 404
    assert player.page("/inbox") is not None


def test_what_nobody_goes_on_with_is_cleared_away(player: Player) -> None:
    player.begin()
    db.session.query(DbPlay).update({"touched_at": MONDAY})
    db.session.execute(text('CREATE SCHEMA "huiqian_play_lost"'))
    db.session.commit()
    assert plays.sweep(now=MONDAY) == 1, "a world that no rehearsal knows"
    assert len(worlds()) == 1
    db.session.query(DbPlay).update({"touched_at": MONDAY - plays.LIFE - timedelta(minutes=1)})
    db.session.commit()
    assert plays.sweep(now=MONDAY) == 1
    assert worlds() == []
    assert player.raw(f"{player.root}/inbox").status_code == 404


def test_a_rehearsal_whose_world_went_meanwhile_says_so(player: Player) -> None:
    player.begin()
    [world] = worlds()
    db.session.execute(text(f'DROP SCHEMA "{world}" CASCADE'))
    db.session.commit()
    for path in ("/inbox", "/start/hospitality", "/controls/report"):
        answer = player.raw(f"{player.root}{path}")
        assert answer.status_code == 404
        assert "试运行已经结束" in answer.text
