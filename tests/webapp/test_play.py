"""A draft is played on the real pages, and the real world does not notice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from services.database import db
from services.play import plays
from services.play.models import DbPlay
from services.play.world import list_worlds
from services.processes.drafts import change_files
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
    for path in ("/inbox", "/search?q=晨光", "/registers", "/board", "/notices", "/budgets", "/gifts", "/customers/C001"):
        player.page(path)
    assert real_world() == before
    player.send("/controls/end", {})
    assert real_world() == before
    assert worlds() == []
    assert db.session.query(DbPlay).count() == 0
