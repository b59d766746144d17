"""Mail as each person wants it: at once, in a digest or not at all, never at night, in their language."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller

from services import runtime
from services.database import db
from services.errors import InvalidInput
from services.notices import digest
from services.notices.deliver import DeliveryFailed, deliver_mail, unsent
from services.notices.digest import due_digests, send_digest
from services.notices.models import DbNotice
from services.notices.settings import NoticeSettings, get_settings, may_send_at, save_settings
from services.people.company_calendar import set_company_day
from services.people.models import DbUser
from tests.conftest import MONDAY, find_actor
from tests.support.clients import PoliteClient
from tests.support.hospitality import act, start
from webapp.i18n import english
from workflows.calendar import CompanyCalendar

pytestmark = pytest.mark.usefixtures("app")
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Post:
    """A mail server that keeps what it is sent, or refuses it."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refusing = False

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        if self.refusing:
            return "451 try again later"
        content = envelope.content  # type: ignore[attr-defined]
        self.messages.append(email.message_from_bytes(content, policy=email.policy.default))  # type: ignore[arg-type]
        return "250 OK"

    def texts(self) -> list[str]:
        return [message.get_content() for message in self.messages]


@pytest.fixture
def post(app: object) -> Iterator[Post]:
    """A real mail server on loopback, and a product that is told of it."""
    handler = Post()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    before = runtime.runtime()
    runtime.configure(replace(before, mail_url=f"smtp://127.0.0.1:{port}", english=english))
    yield handler
    runtime.configure(before)
    controller.stop()


def want(username: str, **wishes: object) -> None:
    save_settings(find_actor(username), NoticeSettings(**wishes))  # type: ignore[arg-type]


def deliver(now: datetime) -> None:
    """What a worker does in a minute."""
    for notice in unsent(now=now):
        deliver_mail(notice, now=now)
    for person in due_digests(now=now):
        send_digest(person, now=now)


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def notices(username: str) -> list[DbNotice]:
    db.session.expire_all()
    return db.session.query(DbNotice).filter_by(user_id=find_actor(username).id).order_by(DbNotice.id).all()


def test_who_never_chose_is_told_at_once_in_chinese(post: Post) -> None:
    case = start()
    deliver(MONDAY)
    [message] = post.messages
    assert message["Subject"] == f"请办理“客户服务部经理审核”：{case.title}（{case.number}）"
    assert f"http://localhost/tasks/{notices('manager')[0].task_id}" in message.get_content()


def test_mail_is_in_the_readers_language(post: Post) -> None:
    want("manager", language="en")
    case = start()
    deliver(MONDAY)
    [message] = post.messages
    assert message["Subject"].startswith("Please ")
    assert "客户招待" not in message["Subject"]
    assert case.number in message["Subject"]
    assert message.get_content().startswith("Hello ")


def test_a_kind_that_is_not_wanted_is_not_mailed_and_the_rest_is(post: Post) -> None:
    want("manager", mail={"task": "no"})
    case = start()
    deliver(MONDAY)
    assert post.messages == []
    [notice] = notices("manager")
    assert (notice.mail_state, notice.mail_error) == ("none", "本人设置为不发邮件")
    act(case, "manager", "manager_review")
    deliver(MONDAY)
    assert [message["To"] for message in post.messages] == ["gm@huiqian.example"]


def test_at_night_mail_waits_for_the_morning(post: Post) -> None:
    want("manager", quiet_from=time(22), quiet_to=time(8))
    start(now=at(23))
    deliver(at(23))
    deliver(at(7, 59, day=24))
    assert post.messages == []
    deliver(at(8, 0, day=24))
    assert len(post.messages) == 1
    deliver(at(9, 0, day=24))
    assert len(post.messages) == 1


def test_a_task_that_was_done_meanwhile_is_not_mailed(post: Post) -> None:
    want("manager", quiet_from=time(22), quiet_to=time(8))
    case = start(now=at(23))
    deliver(at(23))
    act(case, "manager", "manager_review", now=at(23, 30))
    deliver(at(8, 0, day=24))
    assert [message["To"] for message in post.messages] == ["gm@huiqian.example"]
    assert (notices("manager")[0].mail_state, notices("manager")[0].mail_error) == ("none", "任务已办结")


def test_days_off_are_spared(post: Post) -> None:
    want("manager", spare_rest_days=True)
    set_company_day(find_actor("admin"), date(2026, 11, 30), works=False, note="厂庆")
    saturday = at(10, day=28)
    start(now=saturday, date="2026-12-04")
    deliver(saturday)
    deliver(at(10, day=30))
    assert post.messages == []
    deliver(datetime(2026, 12, 1, 9, 0, tzinfo=SHANGHAI))
    assert len(post.messages) == 1


def test_a_digest_is_one_mail_a_day_with_what_still_waits(post: Post) -> None:
    want("manager", mail={"task": "digest"}, digest_at=time(17, 30))
    first, done, third = start(), start(), start()
    deliver(at(10))
    assert post.messages == []
    act(done, "manager", "manager_review", now=at(11))
    deliver(at(17, 29))
    assert [message["To"] for message in post.messages] == ["gm@huiqian.example"]
    deliver(at(17, 30))
    deliver(at(17, 31))
    [summary] = [message for message in post.messages if message["To"] == "manager@huiqian.example"]
    assert summary["Subject"] == "今日汇总：2 项"
    text = summary.get_content()
    assert "待办任务（2）" in text
    for case in (first, third):
        assert case.number in text
    assert done.number not in text
    assert text.count("http://localhost/tasks/") == 2
    start(now=at(18))
    deliver(at(19))
    assert len([m for m in post.messages if m["To"] == "manager@huiqian.example"]) == 1
    deliver(at(17, 30, day=24))
    assert len([m for m in post.messages if m["To"] == "manager@huiqian.example"]) == 2


def test_without_anything_to_say_no_digest_is_sent(post: Post) -> None:
    want("manager", mail={"task": "digest"}, digest_at=time(9))
    deliver(at(9))
    case = start(now=at(10))
    deliver(at(10, 1))
    assert post.messages  # the digest of the day was not sent yet, so it comes with the first thing to say
    post.messages.clear()
    act(case, "manager", "manager_review", "reject", comment="不行", now=at(11))
    deliver(at(9, day=24))
    assert [message["To"] for message in post.messages] == ["specialist@huiqian.example"]


def test_a_digest_that_was_not_taken_is_tried_again_with_the_same_id(post: Post) -> None:
    want("manager", mail={"task": "digest"}, digest_at=time(9))
    start(now=at(8))
    for notice in unsent(now=at(8)):
        deliver_mail(notice, now=at(8))
    post.refusing = True
    with pytest.raises(DeliveryFailed):
        send_digest(find_actor("manager").id, now=at(9))
    post.refusing = False
    assert due_digests(now=at(9, 1)) == []
    assert not send_digest(find_actor("manager").id, now=at(9, 1))
    later = at(9) + digest.CLAIM + timedelta(seconds=1)
    deliver(later)
    [message] = post.messages
    assert message["Message-ID"] == f"<digest-{find_actor('manager').id}-2026-11-23@huiqian.example>"


def test_who_has_left_or_has_no_address_gets_no_mail(post: Post) -> None:
    person = db.session.query(DbUser).filter_by(username="manager").one()
    address, person.email = person.email, ""
    db.session.commit()
    start()
    deliver(MONDAY)
    person.email = address
    db.session.commit()
    assert post.messages == []
    assert notices("manager")[0].mail_state == "none"


@pytest.mark.parametrize(
    ("wishes", "now", "expected"),
    [
        ({}, at(3), at(3)),
        ({"quiet_from": time(12), "quiet_to": time(14)}, at(13), at(14)),
        ({"quiet_from": time(12), "quiet_to": time(14)}, at(14), at(14)),
        ({"quiet_from": time(22), "quiet_to": time(7)}, at(23), at(7, day=24)),
        ({"quiet_from": time(22), "quiet_to": time(7)}, at(2), at(7)),
        ({"spare_rest_days": True}, at(10, day=28), at(9, day=30)),
        ({"spare_rest_days": True, "quiet_from": time(20), "quiet_to": time(10)}, at(23, day=27), at(10, day=30)),
    ],
)
def test_when_mail_may_be_sent(wishes: dict[str, object], now: datetime, expected: datetime) -> None:
    settings = NoticeSettings(**wishes)  # type: ignore[arg-type]
    assert may_send_at(settings, now, CompanyCalendar()) == expected


def test_wrong_settings_are_refused_by_name_and_change_nothing() -> None:
    manager = find_actor("manager")
    save_settings(manager, NoticeSettings(language="en"))
    wrong = NoticeSettings(mail={"task": "often"}, quiet_from=time(22), language="fr")
    with pytest.raises(InvalidInput) as refusal:
        save_settings(manager, wrong)
    assert set(refusal.value.errors) == {"mail-task", "quiet_to", "language"}
    with pytest.raises(InvalidInput) as refusal:
        save_settings(manager, NoticeSettings(quiet_from=time(22), quiet_to=time(22)))
    assert set(refusal.value.errors) == {"quiet_to"}
    assert get_settings(db.session, manager.id).language == "en"


def test_the_page_keeps_what_was_chosen_and_what_was_typed_wrong(browse: object) -> None:
    client: PoliteClient = browse("manager")  # type: ignore[operator]
    page = client.get("/me/notices")
    chosen = dict.fromkeys(page.xpath("//input[@type='radio']/@name"), "yes")
    form = {**chosen, "mail-copied": "digest", "digest_at": "18:00", "language": "en", "quiet_from": "22:00"}
    page = client.submit("/me/notices", form, status=422)
    assert page.xpath("//*[@id='quiet_to-error']")
    assert page.xpath("//input[@name='mail-copied' and @value='digest' and @checked]")
    assert page.xpath("//input[@id='quiet_from']/@value") == ["22:00"]
    client.submit("/me/notices", {**form, "quiet_to": "07:30", "spare_rest_days": "1"})
    page = client.get("/me/notices")
    assert page.xpath("//input[@id='quiet_to']/@value") == ["07:30"]
    assert page.xpath("//input[@name='spare_rest_days' and @checked]")
    page = client.submit("/me/notices", {**form, "digest_at": "soon", "quiet_from": ""}, status=422)
    assert page.xpath("//*[@id='digest_at-error']")
