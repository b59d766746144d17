"""Open pages that follow what happens: who waits in this process, and what each is to be told.

The database says whose counts or notices have changed when the transaction commits (triggers of migration 0006). One
connection a process listens and wakes those who wait; nobody holds a session of the database meanwhile. A sentence that
is lost costs some seconds: whoever waits looks for himself now and then.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notices.models import DbNotice
from services.notices.notify import count_unread
from services.notices.wording import notice_text, place_of
from services.tasks.list_tasks import count_open
from services.types import UserId

CHANNEL = "huiqian_live"
_EVERYBODY = "*"
_RECONNECT_SECONDS = 2.0
_HEAR_SECONDS = 1.0
_CHECK_SECONDS = 30.0
_MOST_NOTICES = 5
MOST_OF_ONE = 20
"""Pages of one person that may wait, so that nobody takes the places of all others."""
_log = logging.getLogger("huiqian.live")


@dataclass(eq=False, kw_only=True)
class Seat:
    """One waiting page."""

    user_id: UserId
    tab: str
    ended: bool = False
    woken: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> None:
        """Until something has changed for the person, or the time is over."""
        self.woken.wait(seconds)
        self.woken.clear()


class Hub:
    """The pages that wait in this process. It listens from the first one on."""

    def __init__(self, conninfo: str, *, places: int) -> None:
        self._conninfo = conninfo
        self._places = places
        self._seats: dict[UserId, list[Seat]] = {}
        self._taken = 0
        self._lock = threading.Lock()
        self._listener: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def taken(self) -> int:
        return self._taken

    def take(self, user_id: UserId, tab: str, left: str) -> Seat | None:
        """A seat, or None when all are taken or the person has ``MOST_OF_ONE``.

        The seat of the page that this one took the place of ends.
        """
        with self._lock:
            mine = self._seats.get(user_id, [])
            for seat in mine:
                if seat.tab and seat.tab in (tab, left):
                    _end(seat)
            enough = sum(not seat.ended for seat in mine) >= MOST_OF_ONE
            if self._taken >= self._places or enough or self.stopping:
                return None
            self._taken += 1
            seat = Seat(user_id=user_id, tab=tab)
            self._seats[user_id] = [*mine, seat]
            if self._listener is None:
                self._listener = threading.Thread(target=self._listen, name="live", daemon=True)
                self._listener.start()
        return seat

    def leave(self, seat: Seat) -> None:
        with self._lock:
            mine = self._seats.get(seat.user_id, [])
            mine.remove(seat)
            self._taken -= 1
            if not mine:
                del self._seats[seat.user_id]

    def stop(self) -> None:
        """End every waiting page and the listening; the process is about to end."""
        self._stopping.set()
        self._wake(_EVERYBODY)
        if self._listener is not None:
            self._listener.join(5)

    def _wake(self, people: str) -> None:
        with self._lock:
            wanted = list(self._seats) if people == _EVERYBODY else [UserId(int(one)) for one in people.split(",")]
            for user_id in wanted:
                for seat in self._seats.get(user_id, ()):
                    seat.woken.set()

    def _listen(self) -> None:
        while not self.stopping:
            try:
                with psycopg.connect(self._conninfo, autocommit=True, connect_timeout=5) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    # what was said while nobody listened
                    self._wake(_EVERYBODY)
                    self._hear(connection)
            except psycopg.Error as error:
                _log.warning("nobody hears what happens: %s", error)
                self._stopping.wait(_RECONNECT_SECONDS)

    def _hear(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        checked = time.monotonic()
        while not self.stopping:
            for said in connection.notifies(timeout=_HEAR_SECONDS):
                self._wake(said.payload)
            if time.monotonic() - checked > _CHECK_SECONDS:
                # a connection that died silently is found out only by asking
                connection.execute("SELECT 1")
                checked = time.monotonic()


def _end(seat: Seat) -> None:
    seat.ended = True
    seat.woken.set()


@dataclass(frozen=True, kw_only=True)
class LiveNotice:
    id: int
    kind: str
    text: str
    path: str


@dataclass(frozen=True, kw_only=True)
class LiveState:
    """What an open page shows beside its content. ``last`` is the newest notice that the page knows of."""

    counts: dict[str, int]
    last: int
    notices: list[LiveNotice]


def live_state(session: Session, user_id: UserId, *, after: int | None, language: str) -> LiveState:
    """The counts, and the newest unread notices behind ``after``; without it the page begins with the next one."""
    mine = DbNotice.user_id == user_id
    last = session.scalar(select(func.max(DbNotice.id)).where(mine)) or 0
    new = []
    if after is not None and last > after:
        unread = select(DbNotice).where(mine, DbNotice.id > after, DbNotice.read_at.is_(None))
        found = session.scalars(unread.order_by(DbNotice.id.desc()).limit(_MOST_NOTICES)).all()
        new = [_live_notice(session, notice, language) for notice in reversed(found)]
    counts = {**count_open(session, user_id), "unread": count_unread(session, user_id)}
    return LiveState(counts=counts, last=last, notices=new)


def _live_notice(session: Session, notice: DbNotice, language: str) -> LiveNotice:
    text = notice_text(session, notice, language)
    return LiveNotice(id=notice.id, kind=notice.kind, text=text, path=place_of(notice))
