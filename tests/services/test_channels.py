"""Robots and webhooks: said once, in the documented form, judged by the documented answer, and never for nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from services.background.failed_jobs import list_failed_deliveries, retry_failed
from services.background.timers import fire_until
from services.cases import feed
from services.database import db
from services.errors import InvalidInput, NotPermitted
from services.notices import deliveries, outside
from services.notices.channels import ChannelForm, change_channel, remove_channel
from services.notices.models import DbChannel, DbDelivery
from tests.conftest import MONDAY, find_actor
from tests.support.channels import EVERYTHING, ROBOTS, channel_to, now, rows, said, send
from tests.support.clients import ApiClient
from tests.support.hospitality import act, approved, start, task_id
from webapp.application import count_statements
from webapp.settings import Settings

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_tells_its_group_of_a_new_task_once(kind: str, receivers: Any) -> None:
    receiver = receivers(kind)
    channel = channel_to(receiver)
    case = start()
    send(channel)
    send(channel)
    assert receiver.complaints == []
    assert len(receiver.seen) == 1
    link = f"http://localhost/tasks/{task_id(case, 'manager_review')}"
    for part in ("客户服务部经理审核", case.title, case.number, "2026-11-2", link, "打开任务"):
        assert part in said(receiver), part
    [row] = rows(channel)
    assert (row.state, row.tries) == ("sent", 1)


def test_each_event_is_told_where_it_is_wanted(receivers: Any) -> None:
    receiver, quiet = receivers("feishu"), receivers("feishu")
    channel = channel_to(receiver, events=["rejected", "late"])
    other = channel_to(quiet, processes=["gift"])
    case = start()
    fire_until(MONDAY + timedelta(days=9))
    act(case, "manager", "manager_review", "reject", comment="不合规定")
    send(channel)
    send(other)
    events = [row.event for row in rows(channel)]
    assert events[-1] == "rejected"
    assert set(events) <= {"late", "rejected"}
    assert "已被驳回" in said(receiver)
    assert quiet.seen == []


def test_what_a_person_typed_is_no_mark_up(receivers: Any) -> None:
    receiver = receivers("dingtalk")
    channel = channel_to(receiver)
    case = start()
    case.title = "[点我](http://evil.example) <@all> **急**"
    db.session.commit()
    send(channel)
    written = receiver.seen[0]["markdown"]["text"]
    assert "[点我]" not in written
    assert "<@all>" not in written
    assert "［点我］" in written


def test_a_long_message_stays_within_what_is_taken(receivers: Any) -> None:
    receiver = receivers("wecom")
    channel = channel_to(receiver)
    start()
    found = rows(channel)[0]
    found.people = [find_actor(name).id for name in ("gm", "finance", "gifts", "office", "deputy", "presales")]
    db.session.commit()
    send(channel)
    assert receiver.complaints == []
    assert receiver.seen[0]["markdown"]["content"].endswith(")")


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_that_is_called_too_often_is_left_alone_for_a_while(kind: str, receivers: Any) -> None:
    receiver = receivers(kind)
    channel = channel_to(receiver)
    receiver.moods = ["rate", "ok"]
    start()
    moment = now()
    send(channel, moment)
    [row] = rows(channel)
    assert (row.state, row.tries) == ("waiting", 0)
    send(channel, moment + timedelta(seconds=30))
    assert receiver.seen == []
    assert deliveries.due_channels(now=moment + timedelta(seconds=30)) == []
    send(channel, moment + timedelta(minutes=11))
    assert len(receiver.seen) == 1


def test_a_robot_answers_200_and_still_refuses(receivers: Any) -> None:
    receiver = receivers("dingtalk")
    channel = channel_to(receiver, secret="SECwrong")
    start()
    send(channel)
    [row] = rows(channel)
    assert row.state == "failed"
    assert "310000" in row.answer
    [failed] = list_failed_deliveries(db.session)
    assert (failed.channel, failed.event) == ("客服群", "task")
    form = ChannelForm(name="客服群", url=receiver.url, secret=receiver.secret, events=EVERYTHING)
    change_channel(find_actor("admin"), channel, form, now=now())
    assert retry_failed(now=now()) == 1
    send(channel)
    assert len(receiver.seen) == 1


def test_a_broken_server_is_tried_again_later_each_time_and_given_up_visibly(receivers: Any) -> None:
    receiver = receivers("webhook")
    channel = channel_to(receiver)
    receiver.moods = ["broken", "ok"]
    start()
    moment = now()
    send(channel, moment)
    assert receiver.seen == []
    send(channel, moment + timedelta(seconds=20))
    assert receiver.seen == []
    send(channel, moment + timedelta(minutes=2))
    assert len(receiver.seen) > 0
    receiver.moods = ["broken"]
    start()
    for hour in range(1, 2 + deliveries.MAX_TRIES):
        send(channel, moment + timedelta(hours=hour))
    assert rows(channel)[-1].state == "failed"
    assert "HTTP 500" in rows(channel)[-1].answer


def test_a_webhook_gets_the_feed_signed(app: Flask, receivers: Any) -> None:
    receiver = receivers("webhook")
    start()
    channel = channel_to(receiver)
    case = start()
    act(case, "manager", "manager_review", comment="同意")
    send(channel)
    send(channel)
    assert receiver.complaints == []
    before = [item for item in ApiClient(app, "admin").get("/events")["items"] if item["case"]["id"] != case.id]
    feed_items = ApiClient(app, "admin").get(f"/events?after={before[-1]['id']}")["items"]
    assert receiver.seen == feed_items
    assert [headers["webhook-id"] for headers in receiver.headers] == [f"event_{item['id']}" for item in feed_items]


def test_a_webhook_keeps_its_id_when_it_is_sent_again(receivers: Any) -> None:
    receiver = receivers("webhook")
    channel = channel_to(receiver)
    start()
    send(channel)
    [row] = rows(channel)
    row.state, row.due_at = "sending", now()  # as if whoever sent it had died before marking it
    db.session.commit()
    send(channel)
    first, second = (headers["webhook-id"] for headers in receiver.headers)
    assert first == second
    assert rows(channel)[0].state == "sent"


def test_a_webhook_says_when_to_come_again_or_never(receivers: Any) -> None:
    receiver = receivers("webhook")
    channel = channel_to(receiver)
    receiver.moods = ["rate", "refuse"]
    start()
    moment = now()
    send(channel, moment)
    assert rows(channel)[0].due_at == moment + timedelta(seconds=120)
    send(channel, moment + timedelta(seconds=121))
    assert rows(channel)[0].state == "failed"


def test_no_redirect_is_followed(receivers: Any) -> None:
    receiver = receivers("webhook")
    channel = channel_to(receiver)
    receiver.moods = ["redirect", "ok"]
    start()
    send(channel)
    assert (receiver.seen, rows(channel)[0].state) == ([], "waiting")
    assert "302" in rows(channel)[0].answer


def test_a_robot_says_at_most_twice_what_nobody_is_sure_of(receivers: Any) -> None:
    receiver = receivers("wecom")
    channel = channel_to(receiver)
    receiver.moods = ["drop"]
    start()
    for hour in range(6):
        send(channel, now() + timedelta(hours=hour))
    assert len(receiver.seen) == 2
    [row] = rows(channel)
    assert row.state == "failed"
    assert "无法确认" in row.answer


def test_a_server_that_hangs_is_left_after_the_limit(receivers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_TOTAL_SECONDS", 0.3)
    receiver = receivers("wecom")
    channel = channel_to(receiver)
    receiver.moods = ["hang", "ok"]
    start()
    send(channel)
    [row] = rows(channel)
    assert (row.state, row.unsure) == ("waiting", 1)


KILLED = """
import os, sys
from datetime import datetime
from services.notices import deliveries, outside
from webapp.cli.opening import application
post = outside.post
def post_and_die(*arguments):
    post(*arguments)
    os.kill(os.getpid(), 9)
outside.post = post_and_die
with application():
    deliveries.deliver_next(int(sys.argv[1]), now=datetime.fromisoformat(sys.argv[2]))
"""


@pytest.mark.parametrize(("kind", "copies"), [("wecom", 2), ("webhook", 2)])
def test_a_worker_killed_between_sending_and_marking(
    kind: str, copies: int, receivers: Any, settings: Settings
) -> None:
    receiver = receivers(kind)
    channel = channel_to(receiver)
    start()
    deliveries.spread_events(now=now())
    environment = {
        "PATH": os.environ["PATH"],
        "HUIQIAN_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "HUIQIAN_SECRET_KEY": settings.secret_key,
        "HUIQIAN_WEBHOOK_HOSTS": f"127.0.0.1:{receiver.port}",
    }
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(channel), MONDAY.isoformat()], env=environment, check=False, timeout=60
    )
    assert died.returncode == -signal.SIGKILL
    assert len(receiver.seen) == 1
    send(channel)
    assert len(receiver.seen) == 1, "the claim still stands"
    send(channel, now() + timedelta(minutes=2))
    send(channel, now() + timedelta(minutes=9))
    assert len(receiver.seen) == copies
    assert rows(channel)[0].state == "sent"


def test_two_workers_at_once_send_each_thing_once(app: Flask, receivers: Any) -> None:
    receiver = receivers("webhook")
    channel = channel_to(receiver)
    for _case in range(5):
        start()
    deliveries.spread_events(now=now())

    def work() -> None:
        with app.app_context():
            send(channel)

    threads = [threading.Thread(target=work) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [item["id"] for item in receiver.seen]
    assert sorted(numbers) == sorted(set(numbers))
    assert {row.state for row in rows(channel)} == {"sent"}


def test_nothing_is_said_of_what_was_refused_or_is_over(receivers: Any) -> None:
    receiver = receivers("wecom")
    channel = channel_to(receiver, events=["task"])
    with pytest.raises(InvalidInput):
        start(customer="nobody")
    assert rows(channel) == []
    case = start()
    act(case, "manager", "manager_review", "reject", comment="不行")
    send(channel)
    assert receiver.seen == []
    assert [(row.state, row.answer) for row in rows(channel)] == [("none", "任务已办结")]


def test_a_lost_job_loses_nothing(receivers: Any) -> None:
    receiver = receivers("wecom")
    channel = channel_to(receiver)
    start()
    db.session.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
    db.session.commit()
    assert deliveries.due_channels(now=now()) == [channel]
    send(channel)
    assert len(receiver.seen) == 1


def test_a_channel_that_is_switched_off_is_silent_and_begins_anew(receivers: Any) -> None:
    receiver = receivers("webhook")
    channel = channel_to(receiver)
    form = ChannelForm(name="ERP", url=receiver.url)
    start()
    deliveries.spread_events(now=now())
    change_channel(find_actor("admin"), channel, replace(form, enabled=False), now=now())
    start()
    send(channel)
    change_channel(find_actor("admin"), channel, form, now=now())
    send(channel)
    assert receiver.seen == []
    case = start()
    send(channel)
    assert {item["case"]["id"] for item in receiver.seen} == {case.id}
    remove_channel(find_actor("admin"), channel)
    assert db.session.query(DbDelivery).count() == 0


def test_a_test_message_shows_the_other_sides_answer(receivers: Any) -> None:
    for kind in (*ROBOTS, "webhook"):
        receiver = receivers(kind)
        channel = channel_to(receiver)
        verdict = deliveries.send_test(find_actor("admin"), channel, now=now())
        assert verdict.state == "taken", verdict
        assert len(receiver.seen) == 1
        receiver.moods = ["refuse"]
        assert deliveries.send_test(find_actor("admin"), channel, now=now()).state == "refused"
        with pytest.raises(NotPermitted):
            deliveries.send_test(find_actor("owner"), channel, now=now())


def test_without_channels_an_approval_asks_nothing_more(app: Flask) -> None:
    first, second = start(), start()
    act(first, "manager", "manager_review")
    seen = count_statements(db.engine)
    act(second, "manager", "manager_review")
    assert [statement for statement in seen if "channels" in statement or "deliveries" in statement] == []


def test_a_place_in_the_feed_never_runs_ahead_of_the_webhook(receivers: Any) -> None:
    receiver = receivers("webhook")
    channel = channel_to(receiver, processes=["gift"])
    start()
    send(channel)
    assert db.session.get(DbChannel, channel).event_number == feed.last_number(db.session)
    assert receiver.seen == []


def test_the_end_of_an_approved_case_is_told_too(receivers: Any) -> None:
    receiver = receivers("feishu")
    channel = channel_to(receiver, events=["task"])
    approved()
    assert [row.event for row in rows(channel)] == ["task", "task", "task"]
