"""How each person wants to be told by mail; in the app everybody is told everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.database import transaction
from services.errors import InvalidInput
from services.notices.models import DbNoticeSettings
from services.notices.wording import CHINESE, LANGUAGES
from services.types import Actor, UserId
from workflows.calendar import COMPANY_ZONE, CompanyCalendar

YES, NO, DIGEST = "yes", "no", "digest"
WAYS = (YES, DIGEST, NO)
TASK, CLAIMABLE, REMINDER, RESULT = "task", "claimable", "reminder", "result"
MENTIONED, COPIED, URGED = "mentioned", "copied", "urged"
GROUPS = (TASK, CLAIMABLE, URGED, REMINDER, RESULT, MENTIONED, COPIED)
_GROUP_OF = {
    "task": TASK,
    "stand_in": TASK,
    "transferred": TASK,
    "delegated": TASK,
    "answered": TASK,
    "taken_back": TASK,
    "reminder": REMINDER,
    "escalation": REMINDER,
    "respond_soon": REMINDER,
    "no_response": REMINDER,
    "incident": URGED,
    "instructed": URGED,
    "mentioned": MENTIONED,
    "copied": COPIED,
    "urged": URGED,
}
_WORK_BEGINS = time(9)


@dataclass(frozen=True, kw_only=True)
class NoticeSettings:
    """The defaults are those of a person who never chose."""

    mail: Mapping[str, str] = field(default_factory=dict)
    quiet_from: time | None = None
    quiet_to: time | None = None
    spare_rest_days: bool = False
    digest_at: time = time(8, 30)
    language: str = CHINESE

    def way(self, group: str) -> str:
        return self.mail.get(group, YES)


def group_of(kind: str, *, claimable: bool) -> str:
    """Which choice of the settings a kind of notice obeys."""
    group = _GROUP_OF.get(kind, RESULT)
    return CLAIMABLE if group == TASK and claimable else group


def get_settings(session: Session, user_id: UserId) -> NoticeSettings:
    """A person's settings, or the defaults."""
    row = session.get(DbNoticeSettings, user_id, populate_existing=True)
    if row is None:
        return NoticeSettings()
    return NoticeSettings(
        mail=row.mail,
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        spare_rest_days=row.spare_rest_days,
        digest_at=row.digest_at,
        language=row.language,
    )


def save_settings(actor: Actor, settings: NoticeSettings) -> None:
    """Keep a person's own settings. Raises InvalidInput naming the fields."""
    _check(settings)
    values = {
        "mail": {group: settings.way(group) for group in GROUPS},
        "quiet_from": settings.quiet_from,
        "quiet_to": settings.quiet_to,
        "spare_rest_days": settings.spare_rest_days,
        "digest_at": settings.digest_at,
        "language": settings.language,
    }
    with transaction() as session:
        statement = insert(DbNoticeSettings).values(user_id=actor.id, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))


def _check(settings: NoticeSettings) -> None:
    errors: dict[str, list[str]] = {}
    for group, way in settings.mail.items():
        if group not in GROUPS or way not in WAYS:
            errors[f"mail-{group}"] = ["请在“立即、每日汇总、不发”中选择"]
    if (settings.quiet_from is None) != (settings.quiet_to is None):
        errors["quiet_to" if settings.quiet_to is None else "quiet_from"] = ["开始和结束时间须一起填写"]
    elif settings.quiet_from is not None and settings.quiet_from == settings.quiet_to:
        errors["quiet_to"] = ["结束时间不能与开始时间相同"]
    if settings.language not in LANGUAGES:
        errors["language"] = ["请选择中文或英文"]
    if errors:
        raise InvalidInput(errors)


def may_send_at(settings: NoticeSettings, now: datetime, calendar: CompanyCalendar) -> datetime:
    """The first moment from now on at which mail does not disturb."""
    local = now.astimezone(COMPANY_ZONE)
    while True:
        later = _after_rest_day(settings, local, calendar) or _after_quiet_hours(settings, local)
        if later is None:
            return max(now, local)
        local = later


def _after_rest_day(settings: NoticeSettings, local: datetime, calendar: CompanyCalendar) -> datetime | None:
    if not settings.spare_rest_days or calendar.is_workday(local.date()):
        return None
    day = local.date() + timedelta(days=1)
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return datetime.combine(day, _WORK_BEGINS, COMPANY_ZONE)


def _after_quiet_hours(settings: NoticeSettings, local: datetime) -> datetime | None:
    begin, end = settings.quiet_from, settings.quiet_to
    if begin is None or end is None:
        return None
    at = local.time()
    over_night = begin > end
    if not ((at >= begin or at < end) if over_night else begin <= at < end):
        return None
    day = local.date() + timedelta(days=1) if over_night and at >= begin else local.date()
    return datetime.combine(day, end, COMPANY_ZONE)
