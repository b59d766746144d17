"""The company as a dry run sees it: who would be asked, how long they take, and operations that only look."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases import operations
from services.cases.case_run import current_calendar
from services.cases.models import DbCase
from services.people.organisation import Assignment, names_of, people_called
from services.people.stand_ins import company_day, find_stand_ins
from services.tasks.keeping import REPLAYED, STRAIGHT_BACK, UNCHANGED, is_dearer
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.performers import find_people
from services.tasks.working_times import UsualTime, find_usual_time
from services.types import UserId
from workflows.calendar import CompanyCalendar, calendar_functions
from workflows.definition import ProcessDefinition, Task
from workflows.definition.reading import ONCE
from workflows.engine import OpenTask, Surroundings
from workflows.expressions import FUNCTIONS, ExpressionError, evaluate
from workflows.forecast import Outlook, Pace
from workflows.signing import APPROVE, REJECT
from workflows.signing.policy import ALL, IN_TURN

People = tuple[UserId, ...]


@dataclass(frozen=True, kw_only=True)
class _Held:
    """An open task: its holders, since when they have it, and why."""

    step: str
    opened_at: datetime
    people: People
    reason: str


class Preview:
    """One dry run's view of the company, for a case or for a form that is not submitted yet."""

    def __init__(
        self,
        session: Session,
        definition: ProcessDefinition,
        starter_id: int,
        department_id: int | None,
        *,
        now: datetime,
        case: DbCase | None = None,
    ) -> None:
        self.session = session
        self.definition = definition
        self.starter_id = starter_id
        self.department_id = department_id
        self.now = now
        self.calendar: CompanyCalendar = current_calendar(session)
        self.usual: dict[str, UsualTime | None] = {}
        """What is known about the pace of each step that was foreseen, by the engine's task."""
        self._amount: Decimal | None = case.amount if case else None
        self._forms: Mapping[str, Any] = case.forms if case else {}
        self._kept: dict[str, Any] = dict(case.kept.get("steps", {})) if case else {}
        self._kept_forms: Mapping[str, Any] = case.kept.get("forms", {}) if case else {}
        self._sight = operations.Sight(session=session, department_id=department_id, case_id=case.id if case else None)
        self._open = _held_tasks(session, case.id) if case else {}
        self._lanes: dict[tuple[str, bool], Assignment] = {}
        self._asked: dict[str, tuple[People, str]] = {}
        self._last: dict[str, tuple[People, str]] = {}
        self._names: dict[int, str] = {}

    @property
    def outlook(self) -> Outlook:
        return Outlook(
            surroundings_at=self.surroundings_at,
            calendar=self.calendar,
            pace_of=self._pace,
            opened_at={task_id: held.opened_at for task_id, held in self._open.items()},
            stands=self._stands,
        )

    def functions_at(self, moment: datetime) -> dict[str, Any]:
        return {**FUNCTIONS, **calendar_functions(self.calendar, moment)}

    def surroundings_at(self, moment: datetime) -> Surroundings:
        return Surroundings(
            now=moment,
            operations=operations.looking(self._sight),
            undo=lambda _call: None,
            functions=self.functions_at(moment),
            decide=operations.decider(self.definition),
        )

    # people

    def is_open(self, task_id: str) -> bool:
        return task_id in self._open

    def names(self, people: Sequence[UserId]) -> list[str]:
        """In the order of ``people``."""
        unknown = [person for person in people if person not in self._names]
        self._names |= names_of(self.session, unknown)
        return [self._names[person] for person in people]

    def remembered(self, task_id: str) -> tuple[People, str]:
        """Who was found for a step of the dry run, and why."""
        return self._asked[task_id]

    def asked(self, waiting: OpenTask, moment: datetime) -> tuple[People, str]:
        """Who is asked, and why: the holders of an open task, else whom the diagram leads to, and who stands in."""
        if waiting.id not in self._asked:
            held = self._open.get(waiting.id)
            people, reason = (held.people, held.reason) if held else self._found(waiting, moment)
            self._asked[waiting.id] = self._last[waiting.step] = people, reason
        return self._asked[waiting.id]

    def _found(self, waiting: OpenTask, moment: datetime) -> tuple[People, str]:
        task = self.definition.tasks[waiting.step]
        assigned = self._assigned(waiting, moment)
        people, reason = assigned.people, assigned.reason
        if task.policy is not None and task.signers:
            people, reason = self._signers(task, waiting, moment) or people, "signer"
        # later absences are not looked for: a substitution that is planned may still be changed
        if company_day(moment) == company_day(self.now):
            stand_ins = find_stand_ins(
                self.session,
                people,
                process_key=self.definition.key,
                amount=self._amount,
                starter_id=self.starter_id,
                now=self.now,
            )
            people = tuple(dict.fromkeys((*people, *stand_ins.values())))
        return people, reason

    def _assigned(self, waiting: OpenTask, moment: datetime) -> Assignment:
        """As when the step opens; steps of one lane are asked for once."""
        task = self.definition.tasks[waiting.step]
        known = None if task.performer else self._lanes.get((waiting.lane, task.signs))
        if known is None:
            known = find_people(
                self.session,
                self.definition,
                waiting,
                self.functions_at(moment),
                starter_id=self.starter_id,
                department_id=self.department_id,
            )
            if not task.performer:
                self._lanes[waiting.lane, task.signs] = known
        return known

    def _signers(self, task: Task, waiting: OpenTask, moment: datetime) -> People:
        try:
            names = evaluate(task.signers, waiting.variables, self.functions_at(moment))
        except ExpressionError:
            return ()
        if not isinstance(names, list):
            return ()
        found = (UserId(person) for name in names for person in people_called(self.session, str(name)))
        return tuple(dict.fromkeys(person for person in found if person != self.starter_id))

    # time

    def _pace(self, waiting: OpenTask, moment: datetime) -> Pace | None:
        """Several signatures take as long as the slowest, or all of them in a row; else whoever is there does it."""
        people, _reason = self.asked(waiting, moment)
        policy = self.definition.tasks[waiting.step].policy
        if policy is None or policy.kind not in (ALL, IN_TURN):
            usual = self._usual(people, waiting.step)
            self.usual[waiting.id] = usual
            return usual.pace if usual else None
        each = [self._usual((person,), waiting.step) for person in people]
        known = [usual for usual in each if usual is not None]
        if not known or len(known) < len(each):
            return None
        join = _in_a_row if policy.kind == IN_TURN else max
        pace = Pace(usual=join([one.pace.usual for one in known]), slow=join([one.pace.slow for one in known]))
        self.usual[waiting.id] = UsualTime(pace=pace, rests_on=known[0].rests_on, count=min(one.count for one in known))
        return pace

    def _usual(self, people: Sequence[UserId], step: str) -> UsualTime | None:
        return find_usual_time(self.session, people, self.definition.key, step, self.calendar)

    # signatures that stand

    def _stands(self, waiting: OpenTask, before: str) -> bool:
        kept = self._kept.get(waiting.place)
        if kept is not None and not kept["used"] and "sheet" not in kept and self._holds(waiting, kept):
            self._kept[waiting.place] = {**kept, "used": waiting.id}
            return True
        return self.definition.settings.same_approver == ONCE and self._just_signed(waiting, before)

    def _holds(self, waiting: OpenTask, kept: Mapping[str, Any]) -> bool:
        task, straight = self.definition.tasks[waiting.step], kept["reason"] in (STRAIGHT_BACK, REPLAYED)
        rework = any(self.definition.tasks[held.step].fills for held in self._open.values())
        if straight and (rework or not task.signed_fields):
            return not (task.signs and is_dearer(kept["amount"], self._amount))
        if not straight and (kept["reason"] != UNCHANGED or rework):
            return False  # the form is being filled in again, so nobody knows yet what will have changed
        signed = task.signed_fields
        return all(_field(self._kept_forms[kept["forms"]], name) == _field(self._forms, name) for name in signed)

    def _just_signed(self, waiting: OpenTask, before: str) -> bool:
        """Whether the same person alone has just signed the step before for the same thing."""
        task, last = self.definition.tasks[waiting.step], self.definition.tasks.get(before)
        editable = self.definition.form_of(task.id).rights_at(task.id).editable
        if last is None or not last.signs or task.policy is not None or editable:
            return False
        if set(task.outcomes) != {APPROVE, REJECT}:
            return False
        signed, _reason = self._last.get(before, ((), ""))
        return len(signed) == 1 and self._assigned(waiting, self.now).people == signed


def _in_a_row(amounts: list[timedelta]) -> timedelta:
    return sum(amounts, timedelta(0))


def _field(forms: Mapping[str, Any], name: str) -> str:
    values = [form[name] for form in forms.values() if name in form]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)


def _held_tasks(session: Session, case_id: int) -> dict[str, _Held]:
    """By the engine's task: whoever has it in the inbox, over all its signatures."""
    rows = session.execute(
        select(DbTask.engine_task, DbTask.step, DbTask.created_at, DbTask.why, DbInboxEntry.user_id)
        .join(DbInboxEntry, DbInboxEntry.task_id == DbTask.id)
        .where(DbTask.case_id == case_id, DbTask.state == "open", DbInboxEntry.hidden.is_(False))
        .order_by(DbTask.id, DbInboxEntry.user_id)
    )
    found: dict[str, _Held] = {}
    for engine_task, step, created_at, why, person in rows:
        known = found.get(engine_task)
        found[engine_task] = _Held(
            step=step,
            opened_at=min(known.opened_at, created_at) if known else created_at,
            people=tuple(dict.fromkeys((*known.people, UserId(person)) if known else (UserId(person),))),
            reason=why.get("reason", "post"),
        )
    return found
