"""Published processes with their immutable versions, and the drafts that process owners work on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base


class DbProcess(Base):
    __tablename__ = "processes"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    current_version: Mapped[int]
    # Out of use since then: nobody starts a case, running cases go on.
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DbProcessVersion(Base):
    __tablename__ = "process_versions"
    __table_args__ = (UniqueConstraint("process_key", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    process_key: Mapped[str] = mapped_column(ForeignKey("processes.key"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    # only read when a process first needs the definition
    archive: Mapped[bytes] = mapped_column(deferred=True)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    # the revision of the draft that it was published from, where it was
    revision: Mapped[int | None]


class DbProcessDraft(Base):
    """What the owners of a process are working on: one draft a process, whether it was ever published or not."""

    __tablename__ = "process_drafts"

    process_key: Mapped[str] = mapped_column(String(60), primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    # the published version that it began as
    base_version: Mapped[int | None]
    revision: Mapped[int]
    # digests of ``draft_files`` by path
    files: Mapped[dict[str, Any]]
    # nobody where the command line published while nothing was changed
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime]


class DbDraftRevision(Base):
    """The draft as it was after one change: never changed, so that any of them can be brought back."""

    __tablename__ = "draft_revisions"

    process_key: Mapped[str] = mapped_column(String(60), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    files: Mapped[dict[str, Any]]
    # the paths that this change touched
    changed: Mapped[list[str]]
    # a word of ``services.processes.drafts``: ``edited``, ``restored``, ``imported`` …
    kind: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(default="")
    # what somebody called this state, so that it is found again and never cleared away
    name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    # ``aside``: digests by path of what was kept beside the draft; ``report``, ``original``: of an import;
    # ``version``: of what was published
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class DbDraftFile(Base):
    """Contents by their SHA-256: revisions that share a file share its row."""

    __tablename__ = "draft_files"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes]


class DbDraftEditor(Base):
    """Who has a draft open, and where, so that two people see each other."""

    __tablename__ = "draft_editors"

    process_key: Mapped[str] = mapped_column(String(60), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(120))
    seen_at: Mapped[datetime]


class DbPublication(Base):
    """A version that waits for its day. ``state`` is ``waiting``, ``done``, ``failed`` or ``cancelled``."""

    __tablename__ = "publications"
    __table_args__ = (
        Index(None, "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ux_publications_waiting", "process_key", unique=True, postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    process_key: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    archive: Mapped[bytes] = mapped_column(deferred=True)
    note: Mapped[str]
    # the version in force and the draft's revision when it was decided
    base_version: Mapped[int | None]
    revision: Mapped[int]
    due_at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    error: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int | None]
