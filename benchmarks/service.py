"""The services on the product's own database, called without HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import func, select

from benchmarks.cases import hospitality
from benchmarks.product import Product
from services.cases.start_case import start_case
from services.database import read_session
from services.people.models import DbDepartment, DbPost, DbPostHolder, DbUser
from services.tasks.complete_task import complete_task
from services.tasks.models import DbTask
from services.types import Actor, CaseId, DepartmentId, TaskId, UserId
from webapp.application import create_app
from webapp.settings import read_settings


def open_application(product: Product) -> Flask:
    """A second application in this process, on the same database."""
    return create_app(read_settings(product.environment))


def actor_named(app: Flask, username: str) -> Actor:
    with app.app_context():
        posts = (
            select(func.array_agg(DbPost.name))
            .join(DbPostHolder, DbPostHolder.post_id == DbPost.id)
            .where(DbPostHolder.user_id == DbUser.id)
            .scalar_subquery()
        )
        query = select(DbUser, DbDepartment, posts).join(DbDepartment, DbDepartment.id == DbUser.department_id)
        user, department, names = read_session().execute(query.where(DbUser.username == username)).one()
        return Actor(
            id=UserId(user.id),
            username=user.username,
            name=user.name,
            department_id=DepartmentId(department.id),
            department=department.name,
            posts=frozenset(names or ()),
        )


def start_cases(app: Flask, count: int) -> list[CaseId]:
    """Hospitality cases that wait for the manager."""
    specialist = actor_named(app, "specialist")
    started = []
    for _number in range(count):
        with app.app_context():
            case = start_case(specialist, "hospitality", hospitality(), now=datetime.now(UTC), with_defaults=True)
            started.append(CaseId(case.id))
    return started


def open_task(app: Flask, case_id: CaseId) -> TaskId:
    with app.app_context():
        query = select(DbTask.id).where(DbTask.case_id == case_id, DbTask.state == "open")
        return TaskId(read_session().scalars(query).one())


def approve(app: Flask, actor: Actor, task_id: TaskId) -> None:
    """One approval as a web request does it, in a session of its own."""
    with app.app_context():
        complete_task(
            actor, task_id, outcome="approve", comment="同意", typed={}, now=datetime.now(UTC), with_defaults=True
        )
