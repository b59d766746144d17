"""Administrators keep the channels in the browser; nobody else finds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from services import runtime
from services.database import db
from services.notices import deliveries
from services.notices.models import DbChannel, DbDelivery
from tests.conftest import MONDAY
from tests.support.clients import PoliteClient
from tests.support.hospitality import start
from tests.support.receivers import receiving

Browse = Callable[[str], PoliteClient]


def test_a_robot_from_its_first_message_to_its_removal(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browse("admin")
    with receiving("wecom", "", MONDAY.timestamp) as group:
        before = runtime.runtime()
        allowed = replace(before, webhook_hosts=frozenset({f"127.0.0.1:{group.port}"}))
        monkeypatch.setattr(runtime, "_current", allowed)
        form = {"name": "客服群", "url": group.url, "events": ["task"], "enabled": "1"}
        address = str(client.submit("/channels/new/wecom", form))
        assert "客服群" in client.get("/channels").text_content()

        tested = client.submit(f"{address}/test", {}, status=200)
        assert "测试消息已送达" in tested.text_content()
        assert '"errcode": 0' in tested.text_content()
        group.moods = ["refuse"]
        start()
        assert deliveries.due_channels(now=MONDAY) != []
        channel = db.session.query(DbChannel).one()
        while deliveries.deliver_next(channel.id, now=MONDAY):
            continue
        page = client.get(address)
        assert "93000" in page.text_content()
        group.moods = ["ok"]
        client.submit(f"{address}/retry", {})
        while deliveries.deliver_next(channel.id, now=MONDAY.replace(year=2027)):
            continue
        assert len(group.seen) == 2
        assert "已送达" in client.get(address).text_content()
    client.submit(f"{address}/remove", {})
    assert (db.session.query(DbChannel).count(), db.session.query(DbDelivery).count()) == (0, 0)
    client.get(address, status=404)


def test_what_was_typed_wrong_comes_back(browse: Browse) -> None:
    client = browse("admin")
    form = {"name": "ERP", "url": "http://10.0.0.1/hook", "secret": "short", "processes": ["hospitality"]}
    page = client.submit("/channels/new/webhook", form, status=422)
    assert page.xpath("//input[@id='name']/@value") == ["ERP"]
    assert page.xpath("//input[@id='url']/@value") == ["http://10.0.0.1/hook"]
    assert page.xpath("//input[@name='processes' and @checked]/@value") == ["hospitality"]
    assert {"url-error", "secret-error"} <= set(page.xpath("//@id"))
    page = client.submit("/channels/new/feishu", {"name": "", "url": "x"}, status=422)
    assert {"name-error", "url-error", "events-error"} <= set(page.xpath("//@id"))
    assert db.session.query(DbChannel).count() == 0
    client.get("/channels/new/fax", status=404)


def test_a_webhook_is_given_a_secret_and_keeps_it(browse: Browse) -> None:
    client = browse("admin")
    address = str(client.submit("/channels/new/webhook", {"name": "ERP", "url": "https://erp.example.com/h"}))
    secret = client.get(address).findtext(".//code")
    assert secret.startswith("whsec_")
    client.submit(address, {"name": "ERP 2", "url": "https://erp.example.com/h", "secret": "", "enabled": "1"})
    page = client.get(address)
    assert page.findtext(".//code") == secret
    assert page.findtext(".//h1") == "ERP 2"


def test_nobody_but_administrators_finds_them(app: Flask, browse: Browse) -> None:
    address = str(browse("admin").submit("/channels/new/webhook", {"name": "E", "url": "https://erp.example.com/h"}))
    for name in ("owner", "manager", "outsider"):
        client = browse(name)
        for path in ("/channels", "/channels/new/webhook", address):
            client.get(path, status=403)
        for path in (address, f"{address}/test", f"{address}/retry", f"{address}/remove"):
            assert client.post(path, {}).status_code == 403
        assert not client.get("/notices").xpath("//a[@href='/channels']")
