"""Ids with types, and who is acting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

UserId = NewType("UserId", int)
DepartmentId = NewType("DepartmentId", int)
CaseId = NewType("CaseId", int)
TaskId = NewType("TaskId", int)
VersionId = NewType("VersionId", int)

OWNER_POST = "流程负责人"
ADMIN_POST = "系统管理员"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The person on whose behalf a use case runs."""

    id: UserId
    username: str
    name: str
    department_id: DepartmentId | None
    department: str
    posts: frozenset[str]

    @property
    def is_owner(self) -> bool:
        return OWNER_POST in self.posts

    @property
    def is_admin(self) -> bool:
        return ADMIN_POST in self.posts

    @property
    def sees_every_case(self) -> bool:
        return self.is_owner or self.is_admin
