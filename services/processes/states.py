"""A process as it is or was: the draft, a revision of it, or a published version, by one short name.

``draft`` is the draft as it stands, ``r12`` its revision 12, ``3`` the published version 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.errors import NotFound
from services.processes.contents import contents
from services.processes.models import DbDraftRevision, DbProcessDraft
from services.processes.versions import get_archive, get_current_version
from workflows.definition import read_archive

DRAFT = "draft"
_NUMBER = re.compile(r"(r?)([0-9]{1,9})")


class Label(NamedTuple):
    """A name for people: a sentence with gaps and what fills them, to be translated when it is shown."""

    template: str
    values: Mapping[str, int]


class State(NamedTuple):
    label: Label
    files: Mapping[str, bytes]


def files_at(session: Session, key: str, name: str) -> State:
    """The files of a process at ``draft``, ``r<revision>`` or ``<version>``, with what people call that state.

    A process without a draft has its version in force in place of it. Raises NotFound.
    """
    if name == DRAFT:
        return State(Label("草稿", {}), _draft(session, key))
    found = _NUMBER.fullmatch(name)
    if found is None:
        raise NotFound("没有这个版本或修改记录")
    number = int(found[2])
    if found[1]:
        return State(Label("修改记录 {number}", {"number": number}), _revision(session, key, number))
    return State(Label("第 {number} 版", {"number": number}), read_archive(get_archive(session, key, number)))


def _draft(session: Session, key: str) -> Mapping[str, bytes]:
    row = session.get(DbProcessDraft, key)
    if row is None:
        return read_archive(get_current_version(session, key).archive)
    return contents(session, row.files)


def _revision(session: Session, key: str, number: int) -> Mapping[str, bytes]:
    row = session.get(DbDraftRevision, (key, number))
    if row is None:
        raise NotFound("这条修改记录已经不在时间线上")
    # what somebody kept beside the draft is seen as if it had been taken over
    return contents(session, {**row.files, **row.detail.get("aside", {})})
