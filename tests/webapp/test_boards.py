"""The pages of the work plan, and the calendar behind its secret address."""

from __future__ import annotations

import re

from flask import Flask

from tests.support.clients import PoliteClient, outside
from tests.support.hospitality import start


def test_the_address_is_shown_once_and_read_without_signing_in(app: Flask) -> None:
    start()
    manager = PoliteClient(app)
    manager.sign_in("manager")
    page = manager.submit("/board/feed", {}, status=200)
    address = page.xpath("//input[@id='address']/@value")[0]
    path = re.sub(r"^http://[^/]+", "", address)
    answer = outside(app).get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert "客户服务部经理审核" in answer.get_data(as_text=True)
    assert path not in manager.raw("/board").text
    assert manager.submit("/board/feed/stop", {}) == "/board"
    assert outside(app).get(path).status_code == 404


def test_an_address_of_anything_else_opens_the_usual_week(app: Flask) -> None:
    manager = PoliteClient(app)
    manager.sign_in("manager")
    for query in ("view=year&scope=everybody", "day=2026-02-31", "day=0001-01-01", "day=9999-12-31"):
        assert "周看板" in manager.get(f"/board?{query}").findtext(".//h1")


def test_a_board_in_english_names_the_steps_in_english(app: Flask) -> None:
    start()
    manager = PoliteClient(app)
    manager.sign_in("manager")
    manager.submit("/language", {"language": "en", "next": "/board"})
    assert "Customer Service Manager review" in manager.get("/board?day=2026-11-25").text_content()
