"""Whom the lanes of the published processes would find if somebody were not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.people.models import DbDepartment, DbPost, DbPostHolder, DbUser
from services.people.organisation import STARTER, Assignment, assign, names_of
from services.processes.versions import list_current, may_be_started_by
from workflows.definition import ProcessDefinition

_BY_THE_LANE = ("post", "department_head")


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody who works here, as far as lanes ask."""

    id: int
    username: str
    name: str
    department_id: int | None
    department: str
    posts: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class _Way:
    """A lane of a process, for the people of one department that may start it."""

    definition: ProcessDefinition
    lane: str
    signs: bool
    department_id: int | None
    department: str
    starters: Sequence[Member]


def lane_findings(session: Session, person: DbUser) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The lanes that would have nobody, and those that would leave an applicant to themself, with who gets it then.

    Signers that a process names by an expression are not known before a case asks for them.
    """
    nobody: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    own: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for way in _ways(session, person):
        before, after = _found(session, way, way.starters[0].id), _found(session, way, way.starters[0].id, person)
        if before.reason not in _BY_THE_LANE or person.id not in before.people:
            continue
        alone = next((starter for starter in way.starters if (starter.id,) == after.people), None)
        if after.reason not in _BY_THE_LANE:
            nobody[_key(session, way, way.starters[0].id, person)].append(way.department)
        elif way.signs and alone is not None:
            own[_key(session, way, alone.id, person)].append(way.department)
    return [_values(*item) for item in nobody.items()], [_values(*item) for item in own.items()]


def _values(key: tuple[str, str, str], departments: list[str]) -> dict[str, Any]:
    process, lane, who = key
    return {"process": process, "lane": lane, "departments": "、".join(departments), "who": who}


def _ways(session: Session, person: DbUser) -> Iterator[_Way]:
    members = [member for member in active_members(session) if member.id != person.id]
    for _version, definition in list_current(session):
        lanes: dict[str, bool] = {}
        for task in definition.tasks.values():
            lanes[task.lane] = lanes.get(task.lane, False) or task.signs
        by_department: dict[tuple[int | None, str], list[Member]] = defaultdict(list)
        for member in members:
            if may_be_started_by(definition, member.department, member.posts):
                by_department[member.department_id, member.department].append(member)
        for lane, signs in lanes.items():
            for (department_id, department), starters in by_department.items():
                if lane != STARTER:
                    yield _Way(
                        definition=definition,
                        lane=lane,
                        signs=signs,
                        department_id=department_id,
                        department=department,
                        starters=starters,
                    )


def active_members(session: Session) -> list[Member]:
    """Everybody who works here, department by department."""
    posts = (
        select(func.array_agg(DbPost.name))
        .join(DbPostHolder, DbPostHolder.post_id == DbPost.id)
        .where(DbPostHolder.user_id == DbUser.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            DbUser.id,
            DbUser.username,
            DbUser.name,
            DbDepartment.id.label("department_id"),
            DbDepartment.name.label("department"),
            posts.label("posts"),
        )
        .outerjoin(DbDepartment, DbDepartment.id == DbUser.department_id)
        .where(DbUser.active)
        .order_by(DbDepartment.id, DbUser.id)
    )
    return [
        Member(
            id=row.id,
            username=row.username,
            name=row.name,
            department_id=row.department_id,
            department=row.department or "",
            posts=frozenset(row.posts or ()),
        )
        for row in rows
    ]


def _found(session: Session, way: _Way, starter_id: int, without: DbUser | None = None) -> Assignment:
    """Whom the lane itself names; who signs what is not looked at."""
    return assign(
        session,
        way.lane,
        starter_id=starter_id,
        department_id=way.department_id,
        signs=False,
        nobody=way.definition.settings.nobody,
        without=[without.id] if without else (),
    )


def _key(session: Session, way: _Way, starter_id: int, person: DbUser) -> tuple[str, str, str]:
    """The process, the lane, and who would really get the task."""
    found = assign(
        session,
        way.lane,
        starter_id=starter_id,
        department_id=way.department_id,
        signs=way.signs,
        nobody=way.definition.settings.nobody,
        without=[person.id],
    )
    names = names_of(session, found.people)
    return way.definition.settings.title, way.lane, "、".join(names[each] for each in found.people)
