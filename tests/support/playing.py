"""A process owner who plays a draft through its pages, and what the real world looks like meanwhile."""

from __future__ import annotations

from typing import Any

from flask import Flask
from lxml import html
from sqlalchemy import text

from services.database import db
from tests.support.clients import PoliteClient, check_page, token_of

_MOVING = frozenset({"plays", "sign_ins"})
"""What says where a rehearsal stands, and that its owner is still there."""


def real_world() -> dict[str, str]:
    """A digest of every table and the standing of every sequence outside of rehearsals."""
    db.session.rollback()
    found: dict[str, str] = {}
    tables = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"))
    for name in [name for name in tables if name not in _MOVING]:
        query = f'SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), chr(0x2205))) FROM "{name}" t'
        found[name] = str(db.session.scalar(text(query)))
    sequences = text("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1")
    found |= {name: str(last) for name, last in db.session.execute(sequences) if not name.startswith("plays")}
    db.session.rollback()
    return found


class Player(PoliteClient):
    """A browser that is in a rehearsal."""

    def __init__(self, app: Flask, username: str = "owner") -> None:
        super().__init__(app)
        self.sign_in(username)
        self.root = self.at = ""

    def begin(self, key: str = "hospitality", begins: str = "2026-11-23T09:00") -> html.HtmlElement:
        page = self.get(f"/workbench/{key}/play")
        chosen = page.xpath("//select[@name='person']//option[@selected]/@value")[0]
        answer = self.post(f"/workbench/{key}/play", {"person": chosen, "begins": begins}, token=token_of(page))
        assert answer.status_code == 303, answer.text
        place = answer.headers["Location"]
        self.root = "/".join(place.split("/")[:3])
        return self.get(place)

    def page(self, path: str, status: int = 200) -> html.HtmlElement:
        """A page of the rehearsal."""
        return self.get(path if path.startswith("/play/") else f"{self.root}{path}", status)

    def send(self, path: str, data: dict[str, Any], *, status: int = 303) -> html.HtmlElement:
        """Send a form of the rehearsal, and follow where it leads."""
        token = token_of(self.page("/controls/report"))
        answer = self.post(path if path.startswith("/play/") else f"{self.root}{path}", data, token=token)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:3000]}"
        if status != 303:
            return check_page(answer)
        place = answer.headers["Location"]
        assert place.startswith((self.root + "/", "/workbench/")), f"{path} leads out of the rehearsal: {place}"
        self.at = place
        return self.get(place)

    def become(self, name: str) -> html.HtmlElement:
        """Be somebody else."""
        page = self.page("/inbox")
        [person_id] = page.xpath(f"//select[@name='person_id']//option[contains(., '{name}')]/@value")
        return self.send("/controls/person", {"person_id": person_id})

    def next_one(self, step: str = "") -> html.HtmlElement:
        """Become whoever must act next, on this step if it is named, and open their task."""
        page = self.page("/inbox")
        form = page.xpath("//form[contains(@action, '/controls/person')][.//input[@name='task_id']]")
        form = next(each for each in form if step in each.text_content())
        task_id = form.xpath(".//input[@name='task_id']/@value")[0]
        person_id = form.xpath(".//button/@value")[0]
        return self.send("/controls/person", {"task_id": task_id, "person_id": person_id})

    def approve(self, step: str = "") -> html.HtmlElement:
        self.next_one(step)
        return self.send(self.at, {"outcome": "approve", "comment": "同意"})

    def fill_and_send(self, page: html.HtmlElement, **over: Any) -> html.HtmlElement:
        """Fill the form of a page with samples, and submit it as it then stands."""
        place = page.xpath("//form[contains(@action, '/controls/sample')]")[0]
        names = {each.get("name"): each.get("value") for each in place.xpath(".//input[@name != 'csrf_token']")}
        filled = self.send("/controls/sample", names)
        form = filled.xpath("//form[@id='filling' or @id='decision']")[0]
        values = {name: value for name, value in form.form_values() if name != "csrf_token"}
        return self.send(form.get("action") or self.at, {**values, "outcome": "submit", **over})
