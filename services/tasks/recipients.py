"""To whom a task may be handed: transferred, delegated, or added as a signer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.case_run import CaseRun
from services.cases.models import DbCase
from services.errors import InvalidInput
from services.people.directory import known_as, the_one
from services.people.models import DbPost, DbPostHolder, DbUser
from services.people.organisation import find_superior
from services.tasks.models import DbTask
from services.tasks.sheets import find_sheet, signer_ids
from services.types import Actor
from workflows.signing import MAX_SEATS

MAX_SUGGESTED = 3

# whole sentences, with and without somebody to choose instead, so that each can be told in another language
_APPLICANT = (
    "{name}是申请人，不能审批自己的申请，请选择其他同事",
    "{name}是申请人，不能审批自己的申请；可以选择：{who}",
)
_ONESELF = ("这项任务本来就在您手上，请选择其他同事", "这项任务本来就在您手上；可以选择：{who}")
_ALREADY = (
    "{name}已经在这个环节签字，不能重复添加，请选择其他同事",
    "{name}已经在这个环节签字，不能重复添加；可以选择：{who}",
)


def get_recipients(
    session: Session,
    texts: Sequence[str],
    *,
    actor: Actor,
    case: DbCase,
    task: DbTask,
    signs: bool,
    taken: Iterable[int] = (),
    field: str,
) -> list[DbUser]:
    """The active people of these names, each once.

    Raises InvalidInput for ``field``, naming who would do, for somebody unknown or gone, for the applicant where the
    step ``signs``, for the actor, and for somebody in ``taken``.
    """
    names = list(dict.fromkeys(text.strip().removeprefix("@") for text in texts if text.strip()))
    if not names:
        raise InvalidInput({field: ["请选择同事"]})
    if len(names) > MAX_SEATS:
        raise InvalidInput({field: [f"最多 {MAX_SEATS} 项"]})
    known = known_as(session, names)
    found = [the_one(session, name, known.get(name, ()), field=field) for name in names]
    for person in found:
        refusal = _refusal(person, actor=actor, case=case, signs=signs, taken=set(taken))
        if refusal is not None:
            who = "、".join(_instead(session, actor, case, task, taken))
            raise InvalidInput({field: [refusal[bool(who)].format(name=person.name, who=who)]})
    return list(dict.fromkeys(found))


def get_successor(run: CaseRun, item: DbTask, text: str, *, actor: Actor) -> DbUser:
    """Who is to do an open task instead of the actor. Raises InvalidInput for ``to`` as ``get_recipients``."""
    sheet = find_sheet(run.case, item.engine_task)
    [person] = get_recipients(
        run.session,
        [text],
        actor=actor,
        case=run.case,
        task=item,
        signs=run.definition.tasks[item.step].signs,
        # whoever may take the same seat may have it handed to them
        taken=signer_ids(sheet, without=item.seat) if sheet else (),
        field="to",
    )
    return person


def _refusal(person: DbUser, *, actor: Actor, case: DbCase, signs: bool, taken: set[int]) -> tuple[str, str] | None:
    if person.id == actor.id:
        return _ONESELF
    if signs and person.id == case.starter_id:
        return _APPLICANT
    return _ALREADY if person.id in taken else None


def _instead(session: Session, actor: Actor, case: DbCase, task: DbTask, taken: Iterable[int]) -> list[str]:
    """Who would do: others of the same post, then the actor's superior."""
    holders = (
        select(DbUser)
        .join(DbPostHolder, DbPostHolder.user_id == DbUser.id)
        .join(DbPost, DbPost.id == DbPostHolder.post_id)
        .where(DbPost.name == task.lane, DbUser.active)
        .order_by(DbUser.id)
    )
    above = find_superior(session, actor.id)
    excluded = {actor.id, case.starter_id, *taken}
    people = [person for person in (*session.scalars(holders), above) if person is not None]
    names = [person.name for person in people if person.active and person.id not in excluded]
    return list(dict.fromkeys(names))[:MAX_SUGGESTED]
