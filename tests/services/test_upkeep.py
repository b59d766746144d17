"""What operators rely on: history, mail, drafts, attachments, people, budgets, calendar, publishing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from services import runtime
from services.background.timers import fire_until, sweep
from services.cases import attachments, drafts
from services.cases.history import verify
from services.cases.models import DbCase, DbHistory
from services.database import db
from services.errors import InvalidInput, NotFound, NotPermitted, RateLimited, TooLarge
from services.notices.deliver import MAX_TRIES, DeliveryFailed, deliver_mail, unsent
from services.notices.models import DbNotice
from services.people import accounts
from services.people.company_calendar import remove_company_day, set_company_day
from services.processes.publish import publish
from services.processes.versions import get_current_version
from services.registers.budget_plan import plan_budget
from tests.conftest import MONDAY, find_actor
from tests.support.hospitality import act, approved, day_after, open_tasks, start
from workflows.definition import read_folder
from workflows.errors import DefinitionError

pytestmark = pytest.mark.usefixtures("app")
HOSPITALITY = Path("bpmn/hospitality")


class Post:
    """A mail server that keeps what it is sent, or refuses it."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.refusing = False
        self._lock = threading.Lock()

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        if self.refusing:
            return "451 try again later"
        with self._lock:
            self.messages.append(envelope.content.decode())  # type: ignore[attr-defined]
        return "250 OK"


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
    runtime.configure(runtime.Runtime(secret_key=before.secret_key, mail_url=f"smtp://127.0.0.1:{port}"))
    yield handler
    runtime.configure(before)
    controller.stop()


def test_a_new_task_is_told_by_mail_once(post: Post) -> None:
    start()
    [notice] = unsent(now=MONDAY)
    deliver_mail(notice, now=MONDAY)
    deliver_mail(notice, now=MONDAY)
    [message] = post.messages
    assert "manager@huiqian.example" in message
    assert f"notice-{notice}@" in message
    assert unsent(now=MONDAY) == []


def test_mail_that_is_not_taken_is_tried_again_and_given_up_visibly(post: Post) -> None:
    start()
    [notice] = unsent(now=MONDAY)
    post.refusing = True
    moment = MONDAY
    for _try in range(MAX_TRIES - 1):
        with pytest.raises(DeliveryFailed):
            deliver_mail(notice, now=moment)
        deliver_mail(notice, now=moment)  # too soon: nothing is tried
        moment += timedelta(hours=1)
    deliver_mail(notice, now=moment)
    found = db.session.get(DbNotice, notice)
    assert found.mail_state == "failed"
    assert "451" in found.mail_error


def test_nothing_is_mailed_for_what_was_refused(post: Post) -> None:
    with pytest.raises(InvalidInput):
        start(customer="nobody")
    assert unsent(now=MONDAY) == []
    jobs = db.session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar()
    assert jobs == 0


def test_a_changed_history_shows() -> None:
    case = start()
    act(case, "manager", "manager_review", comment="同意招待")
    assert verify(db.session) == []
    entry = db.session.query(DbHistory).filter_by(case_id=case.id, step="manager_review").one()
    entry.comment = "不同意"
    db.session.commit()
    assert verify(db.session) == [f"{case.number}: entry 2 was changed or removed"]


def test_a_shortened_history_shows() -> None:
    case = start()
    act(case, "manager", "manager_review")
    db.session.query(DbHistory).filter_by(case_id=case.id, position=2).delete()
    db.session.commit()
    assert verify(db.session) == [f"{case.number}: entries at the end were removed"]


def test_a_draft_is_kept_and_goes_with_the_submission() -> None:
    specialist = find_actor("specialist")
    place = drafts.new_case_place("hospitality")
    drafts.save_draft(specialist, place, {"venue": "锦"}, now=MONDAY)
    drafts.save_draft(specialist, place, {"venue": "锦江", "budget": {"meal": "abc"}}, now=MONDAY)
    found = drafts.find_draft(db.session, specialist.id, place)
    assert found is not None
    assert found.values == {"venue": "锦江", "budget": {"meal": "abc"}}
    assert drafts.find_draft(db.session, find_actor("manager").id, place) is None
    start()
    assert drafts.find_draft(db.session, specialist.id, place) is None


PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def test_an_attachment_is_seen_by_those_who_see_the_case() -> None:
    kept = attachments.store_attachment(find_actor("specialist"), "..\\邀请函.pdf", PDF, now=MONDAY)
    assert kept.filename == "邀请函.pdf"
    with pytest.raises(NotFound):
        attachments.get_attachment(find_actor("manager"), kept.id)
    start(files=[str(kept.id)])
    assert attachments.get_attachment(find_actor("manager"), kept.id).content == PDF
    with pytest.raises(NotFound):
        attachments.get_attachment(find_actor("outsider"), kept.id)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.exe", b"MZ"),
        ("page.svg", b"<svg/>"),
        ("fake.pdf", b"<html></html>"),
        ("fake.png", PDF),
        ("empty.pdf", b""),
    ],
)
def test_files_that_are_not_what_they_seem_are_refused(name: str, content: bytes) -> None:
    with pytest.raises(InvalidInput):
        attachments.store_attachment(find_actor("specialist"), name, content, now=MONDAY)


def test_a_file_above_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge, match="10 MB"):
        attachments.store_attachment(find_actor("specialist"), "big.pdf", b"%PDF-" + b"0" * 10_000_000, now=MONDAY)


def test_somebody_elses_file_cannot_be_named() -> None:
    kept = attachments.store_attachment(find_actor("manager"), "a.pdf", PDF, now=MONDAY)
    for name in (str(kept.id), "no id"):
        with pytest.raises(InvalidInput) as refusal:
            start(files=[name])
        assert list(refusal.value.errors) == ["files"]


def test_signing_in_and_out() -> None:
    signed_in = accounts.sign_in("gm", "demo", kind="browser", address="10.0.0.1", now=MONDAY)
    found = accounts.find_actor(signed_in.token, kind="browser", now=MONDAY)
    assert found is not None
    assert found.posts == {"总经理"}
    assert accounts.find_actor(signed_in.token, kind="api", now=MONDAY) is None
    assert accounts.find_actor(signed_in.token, kind="browser", now=MONDAY + timedelta(hours=13)) is None
    accounts.sign_out(signed_in.token)
    assert accounts.find_actor(signed_in.token, kind="browser", now=MONDAY) is None


def test_guessing_is_slowed_down() -> None:
    for _guess in range(accounts.FAILURES_PER_NAME):
        with pytest.raises(NotPermitted):
            accounts.sign_in("gm", "wrong", kind="browser", address="10.0.0.2", now=MONDAY)
    with pytest.raises(RateLimited):
        accounts.sign_in("gm", "demo", kind="browser", address="10.0.0.3", now=MONDAY)
    later = MONDAY + accounts.FAILURE_WINDOW + timedelta(seconds=1)
    assert accounts.sign_in("gm", "demo", kind="browser", address="10.0.0.2", now=later).actor.username == "gm"


def test_the_companys_own_holiday_moves_due_times() -> None:
    admin = find_actor("admin")
    set_company_day(admin, date(2026, 11, 24), works=False, note="厂庆")
    case = start()
    assert open_tasks(case)["manager_review"].due_at.date() == date(2026, 11, 26)
    remove_company_day(admin, date(2026, 11, 24))
    with pytest.raises(NotPermitted):
        set_company_day(find_actor("manager"), date(2026, 11, 24), works=False, note="")


def test_a_version_with_problems_is_not_published_and_the_running_one_stays() -> None:
    before = get_current_version(db.session, "hospitality")
    files = read_folder(HOSPITALITY)
    broken = files["hospitality.bpmn"].replace(b'name="form" value="report"', b'name="form" value="raport"')
    with pytest.raises(DefinitionError) as refusal:
        publish({**files, "hospitality.bpmn": broken}, actor=find_actor("owner"), note="", now=MONDAY)
    assert any("raport" in problem.message and problem.line for problem in refusal.value.problems)
    assert get_current_version(db.session, "hospitality").number == before.number
    with pytest.raises(NotPermitted):
        publish(files, actor=find_actor("manager"), note="", now=MONDAY)
    assert publish(files, actor=find_actor("owner"), note="", now=MONDAY).number == before.number


def test_only_finance_plans_budgets() -> None:
    with pytest.raises(NotPermitted):
        plan_budget(
            find_actor("specialist"),
            department="客户服务部",
            month="2026-12",
            amount=Decimal(1),
            source="page",
            now=MONDAY,
        )
    plan_budget(
        find_actor("finance"),
        department="客户服务部",
        month="2026-12",
        amount=Decimal(30_000),
        source="page",
        now=MONDAY,
    )


def test_timers_fire_once_each_and_a_second_look_finds_nothing() -> None:
    case = approved()
    assert sweep(now=MONDAY + timedelta(days=2)) == 0
    assert sweep(now=day_after()) == 1
    assert sweep(now=day_after()) == 0
    assert fire_until(day_after()) == 0
    fired = db.session.query(DbHistory).filter_by(case_id=case.id, action="timer", step="hosting_day").count()
    assert fired == 1


def test_wiping_the_queue_loses_no_timer() -> None:
    case = approved()
    db.session.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
    db.session.commit()
    assert sweep(now=day_after()) == 1
    assert list(open_tasks(case)) == ["report"]


def test_the_state_is_the_engines_and_has_no_form_of_the_diagram() -> None:
    case = start()
    stored = db.session.get(DbCase, case.id)
    assert stored is not None
    assert b"sequenceFlow" not in stored.state
    assert len(stored.state) < 20_000
