"""How each kind of channel is spoken to, by its own documentation, and how its answer is read.

The robots of 企业微信, 钉钉 and 飞书 answer 200 also when they refuse: what counts is the code in the answer.
A webhook is signed by the Standard Webhooks specification and answers by its status alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from services.notices.outside import Answer

WECOM, DINGTALK, FEISHU, WEBHOOK = "wecom", "dingtalk", "feishu", "webhook"
KINDS = (WECOM, DINGTALK, FEISHU, WEBHOOK)
HOSTS: Mapping[str, frozenset[str]] = {
    WECOM: frozenset({"qyapi.weixin.qq.com"}),
    DINGTALK: frozenset({"oapi.dingtalk.com"}),
    FEISHU: frozenset({"open.feishu.cn", "open.larksuite.com"}),
}
TAKEN, REFUSED, LATER = "taken", "refused", "later"

_CODES = {WECOM: "errcode", DINGTALK: "errcode", FEISHU: "code"}
_TOO_OFTEN = {WECOM: {45009, 45033}, DINGTALK: {130101, 410100}, FEISHU: {11232, 99991400}}
_WAIT = {WECOM: 60, DINGTALK: 600, FEISHU: 60}
"""Seconds after a robot said that it was called too often; 钉钉 keeps silent for ten minutes."""
_BUSY = -1
_MAX_WAIT = 3_600
_MAX_TEXT = 500
_WECOM_BYTES = 4_096
_TWINS = str.maketrans("<>[]*`", "＜＞［］＊｀")


@dataclass(frozen=True, kw_only=True)
class GroupMessage:
    """What a robot says in its group."""

    headline: str
    lines: list[tuple[str, str]]
    link: str
    link_text: str


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    state: str
    answer: str
    wait: int | None = None
    """Seconds that the other side asks for."""


def robot_message(kind: str, url: str, secret: str, message: GroupMessage, *, now: datetime) -> Outgoing:
    """The request that makes a robot say something; a secret signs it."""
    if kind == WECOM:
        return _outgoing(url, {"msgtype": "markdown", "markdown": {"content": _wecom_text(message)}})
    if kind == DINGTALK:
        markdown = {"title": message.headline, "text": _dingtalk_text(message)}
        return _outgoing(_dingtalk_url(url, secret, now), {"msgtype": "markdown", "markdown": markdown})
    return _outgoing(url, {**_feishu_signature(secret, now), "msg_type": "post", "content": _feishu_post(message)})


def webhook_message(url: str, secret: str, item: Mapping[str, Any], message_id: str, *, now: datetime) -> Outgoing:
    """The event as it stands in the feed, signed."""
    body = json.dumps(item, ensure_ascii=False).encode()
    at = str(int(now.timestamp()))
    signed = f"{message_id}.{at}.".encode() + body
    signature = base64.b64encode(hmac.digest(secret_key(secret), signed, "sha256")).decode()
    headers = {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
    return Outgoing(url=url, body=body, headers={**_HEADERS, **headers})


def secret_key(secret: str) -> bytes:
    """The key in ``whsec_…``. Raises ValueError when it is none, or has not 24 to 64 bytes."""
    prefix, _, encoded = secret.partition("_")
    key = base64.b64decode(encoded, validate=True)
    if prefix != "whsec" or not 24 <= len(key) <= 64:
        raise ValueError("whsec_ and 24 to 64 bytes in base64")
    return key


_HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Huiqian"}


def _outgoing(url: str, body: Mapping[str, Any]) -> Outgoing:
    return Outgoing(url=url, body=json.dumps(body, ensure_ascii=False).encode(), headers=_HEADERS)


def plain(text: str) -> str:
    """A text that a person typed, on one line and without what a robot would read as a link, a mention or a colour."""
    return " ".join(text.split()).translate(_TWINS)


def _wecom_text(message: GroupMessage) -> str:
    lines = [f"**{plain(message.headline)}**", *(f">{name}：{plain(text)}" for name, text in message.lines)]
    link = f"[{message.link_text}]({message.link})"
    room = _WECOM_BYTES - len(link.encode()) - 1
    return "\n".join(lines).encode()[:room].decode(errors="ignore") + f"\n{link}"


def _dingtalk_text(message: GroupMessage) -> str:
    lines = [f"#### {plain(message.headline)}", *(f"- {name}：{plain(text)}" for name, text in message.lines)]
    return "\n".join([*lines, "", f"[{message.link_text}]({message.link})"])


def _dingtalk_url(url: str, secret: str, now: datetime) -> str:
    """The moment in milliseconds and the secret, signed with the secret."""
    if not secret:
        return url
    at = str(int(now.timestamp() * 1000))
    sign = base64.b64encode(hmac.digest(secret.encode(), f"{at}\n{secret}".encode(), "sha256")).decode()
    return f"{url}{'&' if '?' in url else '?'}timestamp={at}&sign={quote_plus(sign)}"


def _feishu_signature(secret: str, now: datetime) -> dict[str, str]:
    """Nothing, signed with the moment in seconds and the secret: the other way round than one would expect."""
    if not secret:
        return {}
    at = str(int(now.timestamp()))
    sign = base64.b64encode(hmac.new(f"{at}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()
    return {"timestamp": at, "sign": sign}


def _feishu_post(message: GroupMessage) -> dict[str, Any]:
    lines: list[list[dict[str, str]]] = [[{"tag": "text", "text": f"{name}：{text}"}] for name, text in message.lines]
    lines.append([{"tag": "a", "text": message.link_text, "href": message.link}])
    return {"post": {"zh_cn": {"title": message.headline, "content": lines}}}


def judge(kind: str, answer: Answer) -> Verdict:
    """What an answer means: taken, refused for good, or to be tried later."""
    text = re.sub(r"\s+", " ", answer.body.decode(errors="replace")).strip()[:_MAX_TEXT]
    said = f"HTTP {answer.status} {text}".strip()
    if kind == WEBHOOK:
        return _judge_webhook(answer, said)
    code = _code_of(kind, answer)
    if code == 0 and answer.status == 200:
        return Verdict(state=TAKEN, answer=said)
    # 飞书 says it in words too, under the code of any wrong request
    if answer.status == 429 or code in _TOO_OFTEN[kind] or "too many request" in said.lower():
        return Verdict(state=LATER, answer=said, wait=_WAIT[kind])
    if code is None or code == _BUSY or answer.status >= 500:
        return Verdict(state=LATER, answer=said)
    return Verdict(state=REFUSED, answer=said)


def _code_of(kind: str, answer: Answer) -> int | None:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return None
    code = found.get(_CODES[kind]) if isinstance(found, dict) else None
    return code if isinstance(code, int) else None


def _judge_webhook(answer: Answer, said: str) -> Verdict:
    if 200 <= answer.status < 300:
        return Verdict(state=TAKEN, answer=said)
    if answer.status == 410:
        # the specification's word for: do not come again
        return Verdict(state=REFUSED, answer=said)
    if answer.status in (429, 503) and answer.retry_after.isdigit():
        return Verdict(state=LATER, answer=said, wait=min(int(answer.retry_after[:6]), _MAX_WAIT))
    return Verdict(state=LATER, answer=said)
