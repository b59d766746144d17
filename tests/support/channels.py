"""Receivers of robots and webhooks, and what a worker does for a channel."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from services import runtime
from services.database import db
from services.notices import channels, deliveries
from services.notices.channels import ChannelForm, add_channel
from services.notices.models import DbDelivery
from tests.conftest import MONDAY, find_actor
from tests.support.receivers import Receiver, receiving

ROBOTS = ("wecom", "dingtalk", "feishu")
SECRETS = {"wecom": "", "dingtalk": "SEC0123", "feishu": "f-secret"}
WEBHOOK_SECRET = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"
EVERYTHING = tuple(channels.EVENTS)
CLOCK = [MONDAY]
"""What the receivers' clocks show: the moment of the last sending."""


@pytest.fixture
def receivers(app: Flask) -> Iterator[Any]:
    """Makes receivers that the machine's operator has allowed."""
    before = runtime.runtime()
    CLOCK[0] = MONDAY
    with ExitStack() as stack:

        def make(kind: str, secret: str | None = None) -> Receiver:
            chosen = SECRETS.get(kind, WEBHOOK_SECRET) if secret is None else secret
            receiver = stack.enter_context(receiving(kind, chosen, lambda: CLOCK[0].timestamp()))
            hosts = runtime.runtime().webhook_hosts | {f"127.0.0.1:{receiver.port}"}
            runtime.configure(replace(runtime.runtime(), webhook_hosts=hosts))
            return receiver

        yield make
    runtime.configure(before)


def channel_to(receiver: Receiver, **changes: Any) -> int:
    values = {"name": "客服群", "url": receiver.url, "secret": receiver.secret, "events": EVERYTHING, **changes}
    return add_channel(find_actor("admin"), receiver.kind, ChannelForm(**values), now=MONDAY)


def now() -> datetime:
    return MONDAY


def send(channel_id: int, at: datetime | None = None) -> None:
    """What a worker does for a channel."""
    at = CLOCK[0] = at or now()
    deliveries.spread_events(now=at)
    while deliveries.deliver_next(channel_id, now=at):
        continue


def rows(channel_id: int) -> list[DbDelivery]:
    db.session.expire_all()
    return db.session.query(DbDelivery).filter_by(channel_id=channel_id).order_by(DbDelivery.id).all()


def said(receiver: Receiver) -> str:
    return "\n".join(str(message) for message in receiver.seen)
