"""Contents of files by their SHA-256: revisions that share a file share its row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.processes.models import DbDraftFile


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """The digests by path, of files that need not be stored."""
    return {path: digest_of(content) for path, content in files.items()}


def keep_contents(session: Session, files: Mapping[str, bytes]) -> dict[str, str]:
    """Store what is not stored yet; the digests by path."""
    # clearing away takes the same lock alone: it must not remove what is about to be pointed at
    session.execute(text("SELECT pg_advisory_xact_lock_shared(hashtext('draft_files'), 0)"))
    found = digests_of(files)
    rows = {found[path]: content for path, content in files.items()}
    if rows:
        statement = insert(DbDraftFile).values([{"digest": key, "content": content} for key, content in rows.items()])
        session.execute(statement.on_conflict_do_nothing())
    return found


def contents(session: Session, digests: Mapping[str, str]) -> dict[str, bytes]:
    """The files behind the digests, by path."""
    rows = session.execute(
        select(DbDraftFile.digest, DbDraftFile.content).where(DbDraftFile.digest.in_(set(digests.values())))
    )
    found = {row.digest: row.content for row in rows}
    return {path: found[digest] for path, digest in sorted(digests.items())}
