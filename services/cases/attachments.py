"""Files that belong to cases: checked before anything is stored, handed out only to those who may see the case."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

import puremagic
from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from services.cases.models import DbAttachment
from services.cases.visibility import get_visible_case
from services.database import read_session, transaction
from services.errors import InvalidInput, NotFound, TooLarge
from services.types import Actor, CaseId, UserId
from workflows.forms import Form

MAX_BYTES = 10_000_000

# What a file of each ending may look like inside. Office files are zip archives, older ones OLE documents.
_ACCEPTED: Mapping[str, tuple[str, frozenset[str]]] = {
    ".pdf": ("application/pdf", frozenset({".pdf"})),
    ".png": ("image/png", frozenset({".png"})),
    ".jpg": ("image/jpeg", frozenset({".jpg", ".jpeg", ".jfif"})),
    ".jpeg": ("image/jpeg", frozenset({".jpg", ".jpeg", ".jfif"})),
    ".docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        frozenset({".docx", ".zip"}),
    ),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", frozenset({".xlsx", ".zip"})),
}


def store_attachment(actor: Actor, filename: str, content: bytes, *, now: datetime) -> DbAttachment:
    """Keep an uploaded file until a form that names it is submitted.

    Raises TooLarge above ten megabytes, InvalidInput for kinds that are not accepted or do not look like their name.
    """
    name = PurePath(filename.replace("\\", "/")).name[:200]
    if len(content) > MAX_BYTES:
        raise TooLarge("“{name}”超过 {limit} MB，没有上传", name=name, limit=MAX_BYTES // 1_000_000)
    media_type = _checked_type(name, content)
    attachment = DbAttachment(
        id=uuid.uuid4(),
        uploaded_by=actor.id,
        uploaded_at=now,
        filename=name,
        media_type=media_type,
        size=len(content),
        content=content,
    )
    with transaction() as session:
        session.add(attachment)
    return attachment


def _checked_type(name: str, content: bytes) -> str:
    suffix = PurePath(name).suffix.lower()
    if suffix not in _ACCEPTED:
        accepted = "、".join(sorted(ending.removeprefix(".").upper() for ending in _ACCEPTED))
        raise InvalidInput({"file": [f"不接受“{name}”这种文件，可上传：{accepted}"]})
    media_type, looks = _ACCEPTED[suffix]
    try:
        found = {match.extension.lower() for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        found = set()
    if not found & looks:
        raise InvalidInput({"file": [f"“{name}”的内容与文件类型不符，没有上传"]})
    return media_type


def check_attachments(
    session: Session, form: Form, values: Mapping[str, Any], *, user_id: UserId, case_id: int | None
) -> dict[str, list[str]]:
    """Errors for files that are named and do not exist, or that somebody else uploaded elsewhere."""
    errors: dict[str, list[str]] = {}
    for field, ids in _named(form, values):
        if len(_find(session, ids, user_id, case_id)) != len(set(ids)):
            errors[field] = ["有附件不存在，请重新上传"]
    return errors


def attach(session: Session, form: Form, values: Mapping[str, Any], case_id: int) -> None:
    """Make the files that a submission names part of the case."""
    for _field, ids in _named(form, values):
        session.execute(
            update(DbAttachment)
            .where(DbAttachment.id.in_([uuid.UUID(text) for text in ids]), DbAttachment.case_id.is_(None))
            .values(case_id=case_id)
        )


def copy_attachments(session: Session, actor: Actor, form: Form, values: dict[str, Any], *, now: datetime) -> None:
    """Give the actor own copies of the files that ``values`` names, and name those instead.

    A file belongs to one case; another case needs its own.
    """
    for field, ids in _named(form, values):
        found = session.scalars(
            select(DbAttachment).where(DbAttachment.id.in_(_ids(ids))).options(undefer(DbAttachment.content))
        ).all()
        copies = {str(each.id): _copy(each, actor, now) for each in found}
        session.add_all(copies.values())
        values[field] = [str(copies[text].id) for text in ids if text in copies]


def _copy(attachment: DbAttachment, actor: Actor, now: datetime) -> DbAttachment:
    return DbAttachment(
        id=uuid.uuid4(),
        uploaded_by=actor.id,
        uploaded_at=now,
        filename=attachment.filename,
        media_type=attachment.media_type,
        size=attachment.size,
        content=attachment.content,
    )


def take_attachments(session: Session, ids: Sequence[str], *, user_id: UserId, case_id: int) -> list[DbAttachment]:
    """Make files that the person uploaded part of the case, in the order of upload.

    Raises InvalidInput for ``attachments`` unless each is the person's own and belongs to no case yet.
    """
    wanted = list(dict.fromkeys(ids))
    own = (DbAttachment.uploaded_by == user_id) & DbAttachment.case_id.is_(None)
    statement = update(DbAttachment).where(DbAttachment.id.in_(_ids(wanted)), own).values(case_id=case_id)
    taken = set(session.scalars(statement.returning(DbAttachment.id))) if wanted else set()
    if len(taken) != len(wanted):
        raise InvalidInput({"attachments": ["有附件不存在，请重新上传"]})
    return describe(session, wanted)


def _named(form: Form, values: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (name, values[name])
        for name, field in form.properties.items()
        if field.get("x-widget") == "files" and values.get(name)
    ]


def _find(session: Session, ids: list[str], user_id: UserId, case_id: int | None) -> list[uuid.UUID]:
    wanted = _ids(ids)
    own = (DbAttachment.uploaded_by == user_id) & DbAttachment.case_id.is_(None)
    own_or_attached = own if case_id is None else own | (DbAttachment.case_id == case_id)
    return list(session.scalars(select(DbAttachment.id).where(DbAttachment.id.in_(wanted), own_or_attached)))


def _ids(texts: Sequence[str]) -> list[uuid.UUID]:
    """The ids among what was sent; a form may name anything."""
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def describe(session: Session, ids: Sequence[str]) -> list[DbAttachment]:
    """The files behind the ids, without their content, in the order of upload."""
    wanted = _ids(ids)
    query = select(DbAttachment).where(DbAttachment.id.in_(wanted)).order_by(DbAttachment.uploaded_at, DbAttachment.id)
    return list(session.scalars(query))


def get_attachment(actor: Actor, attachment_id: uuid.UUID) -> DbAttachment:
    """The file with its content. Raises NotFound unless the person uploaded it or may see its case."""
    session = read_session()
    query = select(DbAttachment).where(DbAttachment.id == attachment_id).options(undefer(DbAttachment.content))
    attachment = session.scalar(query)
    if attachment is None:
        raise NotFound("没有这个附件，或您无权查看")
    if attachment.case_id is not None:
        get_visible_case(session, actor, CaseId(attachment.case_id))
    elif attachment.uploaded_by != actor.id:
        raise NotFound("没有这个附件，或您无权查看")
    return attachment
