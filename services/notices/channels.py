"""Channels: robots of groups and webhooks of other systems, kept by administrators."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.cases import feed
from services.database import current_world, transaction
from services.errors import InvalidInput, NotFound, NotPermitted
from services.notices.formats import DINGTALK, FEISHU, HOSTS, KINDS, WEBHOOK, WECOM, secret_key
from services.notices.models import DbChannel, DbDelivery
from services.notices.outside import is_listed
from services.types import Actor

TASK, LATE, REJECTED, COMPLETED, HISTORY = "task", "late", "rejected", "completed", "history"
EVENTS = {TASK: "新任务", LATE: "逾期升级", REJECTED: "被驳回", COMPLETED: "已完成"}
NAMES = {WECOM: "企业微信群机器人", DINGTALK: "钉钉自定义机器人", FEISHU: "飞书自定义机器人", WEBHOOK: "Webhook"}
KNOWN_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Channel:
    """What a process keeps in memory of an enabled robot."""

    id: int
    events: frozenset[str]
    processes: frozenset[str]

    def wants(self, event: str, process: str) -> bool:
        return event in self.events and (not self.processes or process in self.processes)


_known: tuple[float, tuple[Channel, ...]] | None = None


def current_robots(session: Session) -> tuple[Channel, ...]:
    """The enabled robots; a change is seen by every process within some seconds, so that an approval need not ask."""
    global _known
    if current_world():
        return ()
    if _known is None or time.monotonic() - _known[0] > KNOWN_SECONDS:
        query = select(DbChannel).where(DbChannel.enabled, DbChannel.kind != WEBHOOK).order_by(DbChannel.id)
        found = tuple(
            Channel(id=row.id, events=frozenset(row.events), processes=frozenset(row.processes))
            for row in session.scalars(query)
        )
        _known = (time.monotonic(), found)
    return _known[1]


def forget_channels() -> None:
    """Ask again at the next action of this process."""
    global _known
    _known = None


@dataclass(frozen=True, kw_only=True)
class ChannelForm:
    """What an administrator types. An empty secret keeps the one that is there."""

    name: str
    url: str
    secret: str = ""
    events: Sequence[str] = ()
    processes: Sequence[str] = ()
    enabled: bool = True


def list_channels(session: Session) -> list[DbChannel]:
    return list(session.scalars(select(DbChannel).order_by(DbChannel.id)))


def get_channel(session: Session, channel_id: int) -> DbChannel:
    """Raises NotFound."""
    channel = session.get(DbChannel, channel_id)
    if channel is None:
        raise NotFound("没有这个消息通道")
    return channel


def add_channel(actor: Actor, kind: str, form: ChannelForm, *, now: datetime) -> int:
    """Add a channel; a webhook without a secret is given one. Raises NotPermitted, InvalidInput naming the fields."""
    require_admin(actor)
    _check(kind, form)
    # what happened before it was there is not sent
    feed.number_events()
    with transaction() as session:
        channel = DbChannel(kind=kind, created_at=now, failures=0, secret=_first_secret(kind, form))
        channel.event_number = feed.last_number(session)
        _fill(channel, form)
        session.add(channel)
        session.flush()
        channel_id = channel.id
    forget_channels()
    return channel_id


def change_channel(actor: Actor, channel_id: int, form: ChannelForm, *, now: datetime) -> None:
    """Change a channel. One that is switched off sends nothing more, also not what waits; switched on again it begins
    with what happens from then on. Raises NotFound, NotPermitted, InvalidInput naming the fields."""
    require_admin(actor)
    feed.number_events()
    with transaction() as session:
        channel = _locked(session, channel_id)
        _check(channel.kind, form)
        if form.enabled and not channel.enabled:
            channel.event_number = feed.last_number(session)
        if not form.enabled:
            _drop_waiting(session, channel_id)
        channel.secret = form.secret.strip() or channel.secret
        channel.failures, channel.paused_until = 0, None
        _fill(channel, form)
    forget_channels()


def remove_channel(actor: Actor, channel_id: int) -> None:
    """Remove a channel with the record of what it sent. Raises NotFound, NotPermitted."""
    require_admin(actor)
    with transaction() as session:
        channel = _locked(session, channel_id)
        session.execute(delete(DbDelivery).where(DbDelivery.channel_id == channel_id))
        session.delete(channel)
    forget_channels()


def _locked(session: Session, channel_id: int) -> DbChannel:
    channel = session.get(DbChannel, channel_id, with_for_update=True, populate_existing=True)
    if channel is None:
        raise NotFound("没有这个消息通道")
    return channel


def _drop_waiting(session: Session, channel_id: int) -> None:
    waiting = (DbDelivery.channel_id == channel_id) & (DbDelivery.state == "waiting")
    session.execute(update(DbDelivery).where(waiting).values(state="none", answer="通道已停用"))


def _fill(channel: DbChannel, form: ChannelForm) -> None:
    channel.name = form.name.strip()
    channel.url = form.url.strip()
    channel.events = [HISTORY] if channel.kind == WEBHOOK else [name for name in EVENTS if name in form.events]
    channel.processes = sorted(set(form.processes))
    channel.enabled = form.enabled


def _first_secret(kind: str, form: ChannelForm) -> str:
    if kind == WEBHOOK and not form.secret.strip():
        return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    return form.secret.strip()


def _check(kind: str, form: ChannelForm) -> None:
    errors: dict[str, list[str]] = {}
    if kind not in KINDS:
        errors["kind"] = ["没有这种通道"]
    if not 1 <= len(form.name.strip()) <= 80:
        errors["name"] = ["须填写 1–80 个字"]
    problem = url_problem(kind, form.url.strip())
    if problem:
        errors["url"] = [problem]
    if kind != WEBHOOK and not set(form.events) & EVENTS.keys():
        errors["events"] = ["请至少选择一项"]
    if kind == WEBHOOK and form.secret.strip() and not _is_secret(form.secret.strip()):
        errors["secret"] = ["须为 whsec_ 加 24–64 字节的 Base64；留空则自动生成"]
    if errors:
        raise InvalidInput(errors)


def _is_secret(secret: str) -> bool:
    try:
        secret_key(secret)
    except ValueError:
        return False
    return True


def url_problem(kind: str, url: str) -> str:
    """What is wrong with an address; nothing when it may be called. The name is resolved when it is called."""
    try:
        parts = urlsplit(url)
        well_formed = bool(parts.hostname) and parts.port != 0 and len(url) <= 1_000 and url.isascii()
    except ValueError:
        return "不是有效的地址"
    if not well_formed or parts.username is not None or parts.fragment or not url.isprintable() or " " in url:
        return "不是有效的地址"
    return "" if _may_be_called(kind, parts) else _NOT_CALLED.get(kind, "须以 https:// 开头")


_NOT_CALLED = {
    WECOM: "须为企业微信给出的地址，以 https://qyapi.weixin.qq.com/ 开头",
    DINGTALK: "须为钉钉给出的地址，以 https://oapi.dingtalk.com/ 开头",
    FEISHU: "须为飞书给出的地址，以 https://open.feishu.cn/ 开头",
}


def _may_be_called(kind: str, parts: SplitResult) -> bool:
    if parts.scheme in ("http", "https") and is_listed(parts):
        return True
    if parts.scheme != "https":
        return False
    return kind == WEBHOOK or (parts.hostname in HOSTS.get(kind, ()) and parts.port in (None, 443))


def require_admin(actor: Actor) -> None:
    if not actor.is_admin:
        raise NotPermitted("只有系统管理员可以管理消息通道")
