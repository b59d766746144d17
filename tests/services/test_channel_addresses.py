"""What may be called, and what is refused: an address inside the company is none of a webhook's."""

from __future__ import annotations

from typing import Any

import pytest

from services.database import db
from services.errors import InvalidInput, NotPermitted
from services.notices import outside
from services.notices.channels import ChannelForm, add_channel
from services.notices.models import DbChannel
from tests.conftest import MONDAY, find_actor
from tests.support.channels import EVERYTHING

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("webhook", "http://erp.example.com/hook"),
        ("webhook", "ftp://erp.example.com/hook"),
        ("webhook", "https://user:pass@erp.example.com/hook"),
        ("webhook", "https://erp.example.com/hook#part"),
        ("webhook", "https:///hook"),
        ("webhook", "https://erp.example.com:0/"),
        ("webhook", "http://127.0.0.1:9/"),
        ("wecom", "https://oapi.dingtalk.com/robot/send?access_token=1"),
        ("wecom", "https://qyapi.weixin.qq.com.evil.example/send?key=1"),
        ("dingtalk", "http://oapi.dingtalk.com/robot/send?access_token=1"),
        ("feishu", "https://open.feishu.cn:8443/open-apis/bot/v2/hook/1"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused(kind: str, url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add_channel(find_actor("admin"), kind, ChannelForm(name="x", url=url, events=EVERYTHING), now=MONDAY)
    assert list(refusal.value.errors) == ["url"]
    assert db.session.query(DbChannel).count() == 0


def test_everything_that_is_wrong_is_named_at_once() -> None:
    form = ChannelForm(name=" ", url="x", secret="whsec_short")
    with pytest.raises(InvalidInput) as refusal:
        add_channel(find_actor("admin"), "webhook", form, now=MONDAY)
    assert set(refusal.value.errors) == {"name", "url", "secret"}
    with pytest.raises(InvalidInput) as refusal:
        add_channel(find_actor("admin"), "feishu", ChannelForm(name="x", url=GOOD_FEISHU), now=MONDAY)
    assert set(refusal.value.errors) == {"events"}
    with pytest.raises(NotPermitted):
        add_channel(find_actor("manager"), "feishu", ChannelForm(name="x", url=GOOD_FEISHU), now=MONDAY)


GOOD_FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/1"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fd00::1",
        "fe80::1%eth0",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not outside.is_public(address)


def test_a_name_that_leads_inside_is_not_called(receivers: Any) -> None:
    receiver = receivers("webhook")
    url = receiver.url.replace("127.0.0.1", "localhost")
    with pytest.raises(outside.NotReached, match="inside"):
        outside.post(url, b"{}", {})
    assert outside.is_public("93.184.216.34")
