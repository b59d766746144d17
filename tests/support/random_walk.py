"""People doing anything to cases in any order, and what must hold whatever they do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from services.background.timers import fire_until
from services.cases.end_case import cancel_case, withdraw_case
from services.cases.history import verify
from services.cases.models import RUNNING, DbCase
from services.cases.restore_case import restore_case
from services.database import db
from services.discussion.comment import add_comment
from services.discussion.copy import send_copy
from services.discussion.place import OnCase, OnTask
from services.discussion.urge import urge_task
from services.errors import ServiceError
from services.people.stand_ins import company_day
from services.people.substitutes import NewSubstitute, appoint, end, list_substitutions
from services.processes.versions import get_definition
from services.registers.models import DbBudget, DbReservation
from services.tasks.add_signers import add_signers
from services.tasks.batch import CLAIM, COMPLETE, RETURN, TRANSFER, Verb, act_on_many, undo_batch
from services.tasks.claim_task import claim_task, release_task
from services.tasks.complete_task import complete_task
from services.tasks.delegate_task import delegate_task
from services.tasks.models import DbInboxEntry, DbTask
from services.tasks.remove_signers import remove_signers
from services.tasks.return_task import RESUMES, return_task
from services.tasks.standing_in import apply_substitutions
from services.tasks.transfer_task import transfer_task
from services.tasks.withdraw_task import withdraw_task
from services.types import Actor, CaseId, TaskId, VersionId
from tests.conftest import MONDAY, find_actor
from tests.support import complaint, gift, visits
from tests.support.acting import CAST, status
from tests.support.gift import check_gifts

STEPS = ("apply", "first", "second", "third", "board", "left", "right", "inner", "innermost", "last", "nowhere")
WEIGHTS = {
    "complete": 10,
    "back": 4,
    "transfer": 2,
    "delegate": 3,
    "add": 4,
    "remove": 2,
    "take_back": 5,
    "claim": 1,
    "release": 1,
    "withdraw_case": 0.2,
    "cancel_case": 0.2,
    "restore": 0.2,
    "substitute": 0.6,
    "end_substitute": 0.4,
    "batch": 1.5,
    "comment": 0.5,
    "copy": 0.5,
    "urge": 0.5,
    "days_pass": 0.4,
}


@dataclass
class Walk:
    """Random actions by random people on two cases; one that ended is now and then replaced by a new one.

    ``did`` and ``refused`` count what came of the actions, by verb.
    """

    chance: random.Random
    begin: Callable[[], DbCase]
    cases: list[DbCase] = field(default_factory=list)
    now: datetime = MONDAY
    people: Sequence[str] = CAST
    told: list[str] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def go(self, actions: int) -> None:
        self.cases = [self.begin(), self.begin()]
        for _action in range(actions):
            self.step()
            for case in self.cases:
                check_case(case, "; ".join(self.told[-12:]))
            self.replace_ended()
            check_budgets("; ".join(self.told[-12:]))
            check_gifts("; ".join(self.told[-12:]))
            complaint.check_complaints("; ".join(self.told[-12:]))
        assert verify(db.session) == []
        db.session.rollback()

    def replace_ended(self) -> None:
        """Not at once: what ended a case can be taken back."""
        for at, case in enumerate(self.cases):
            if status(case) != RUNNING and self.chance.random() < 0.3:
                self.cases[at] = self.begin()

    def step(self) -> None:
        verb = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        case = self.chance.choice(self.cases)
        tasks = db.session.scalars(select(DbTask).where(DbTask.case_id == case.id).order_by(DbTask.id)).all()
        if not tasks:
            return
        task = self.chance.choice(self._fitting(tasks[-8:], verb) or tasks[-6:])
        people = self._likely(task, verb)
        actor = find_actor(self.chance.choice(people))
        before = _image(case)
        try:
            self._verbs(case, actor, TaskId(task.id), task.outcomes)[verb]()
            self.did[verb] += 1
            self.told.append(f"case {case.id}: {actor.username} {verb} {task.step}/{task.id}")
        except ServiceError:
            self.refused[verb] += 1
            assert _image(case) == before, f"a refused {verb} changed something"

    def _fitting(self, tasks: Sequence[DbTask], verb: str) -> list[DbTask]:
        """Mostly tasks that the verb is for, sometimes any."""
        if self.chance.random() < 0.1:
            return list(tasks)
        if verb == "remove":
            return [task for task in tasks if task.seat]
        if verb == "take_back":
            return [task for task in tasks if task.closed_by or task.owner_id or "transferred_by" in task.why]
        return [task for task in tasks if task.state == "open"]

    def _likely(self, task: DbTask, verb: str) -> list[str]:
        """Mostly somebody who may, sometimes anybody."""
        if self.chance.random() < 0.1:
            return list(self.people)
        if task.state == "open" and verb not in ("take_back", "remove"):
            holders = select(DbInboxEntry.user_id).where(DbInboxEntry.task_id == task.id)
            ids = set(db.session.scalars(holders))
        else:
            ids = {task.closed_by, task.owner_id, task.why.get("added_by"), task.why.get("transferred_by")}
        return [name for name in self.people if find_actor(name).id in ids] or list(self.people)

    def _verbs(self, case: DbCase, actor: Actor, task: TaskId, outcomes: list[str]) -> dict[str, Callable[[], object]]:
        pick = self.chance.choice
        self.now += timedelta(seconds=1)
        now = self.now
        others = self.chance.sample(self.people, self.chance.choice((1, 1, 2)))
        comment = pick(("好", "好", ""))
        steps = {"complaint": complaint.STEPS, "visit": visits.STEPS}.get(case.process_key, STEPS)
        return {
            "complete": lambda: complete_task(
                actor,
                task,
                outcome=pick((*outcomes[:1] * 8, *outcomes, "abstain")),
                comment="好",
                typed=self._typed(case, task),
                now=now,
                with_defaults=True,
            ),
            "back": lambda: return_task(
                actor, task, to=pick((None, None, *steps)), comment=comment, now=now, resume=pick(RESUMES)
            ),
            "transfer": lambda: transfer_task(actor, task, to=others[0], comment=comment, now=now),
            "delegate": lambda: delegate_task(actor, task, to=others[0], comment=comment, now=now),
            "add": lambda: add_signers(
                actor,
                task,
                users=others,
                when=pick(("before", "after", "beside")),
                mode=pick(("all", "any")),
                comment=comment,
                now=now,
            ),
            "remove": lambda: remove_signers(actor, task, users=others[:1], comment=comment, now=now),
            "take_back": lambda: withdraw_task(actor, task, now=now),
            "claim": lambda: claim_task(actor, task, now=now),
            "release": lambda: release_task(actor, task, now=now),
            "withdraw_case": lambda: withdraw_case(actor, CaseId(case.id), now=now),
            "cancel_case": lambda: cancel_case(actor, CaseId(case.id), "不办了", now=now),
            "restore": lambda: restore_case(actor, CaseId(case.id), now=now, replace=pick((True, False))),
            "substitute": lambda: self._substitute(actor, others[0]),
            "end_substitute": self._end_substitute,
            "batch": lambda: self._batch(actor),
            "comment": lambda: add_comment(actor, OnTask(task), f"请看 @{others[0]}", now=now),
            "copy": lambda: send_copy(actor, OnCase(CaseId(case.id)), others, now=now),
            "urge": lambda: urge_task(actor, task, now=now),
            "days_pass": self._let_days_pass,
        }

    def _typed(self, case: DbCase, task: TaskId) -> dict[str, object]:
        if case.process_key == "complaint":
            return complaint.random_values(db.session.get_one(DbTask, task).step, self.chance)
        if case.process_key == "visit":
            return visits.random_values(db.session.get_one(DbTask, task).step, self.chance)
        if self.chance.random() < 0.7:
            return {}
        amount = self.chance.choice((100, 200))
        if case.process_key == "gift":
            line = gift.line(gift=self.chance.choice(("G004", "G008")), quantity=self.chance.choice((1, 2, 4)))
            return self.chance.choice(({"lines": [line, gift.line()]}, {"returned": [{"line": 1, "quantity": 1}]}))
        return {"amount": amount} if case.process_key == "shape" else {"budget": {"meal": Decimal(amount)}}

    def _substitute(self, actor: Actor, by: str) -> None:
        limit = self.chance.choice((None, Decimal(150)))
        today = company_day(self.now)
        wanted = NewSubstitute(substitute=by, first_day=today, last_day=today + timedelta(days=1), money_limit=limit)
        appoint(actor, wanted, now=self.now)

    def _end_substitute(self) -> None:
        admin = find_actor("admin")
        found = [line for line in list_substitutions(db.session, admin, now=self.now, of="*") if line.state != "over"]
        if found:
            end(admin, self.chance.choice(found).id, now=self.now)

    def _batch(self, actor: Actor) -> None:
        """Everything in the person's inbox at once, and half of the time everything back again."""
        mine = select(DbInboxEntry.task_id).where(DbInboxEntry.user_id == actor.id, DbInboxEntry.hidden.is_(False))
        ids = list(db.session.scalars(mine))
        db.session.rollback()
        if not ids:
            return
        name = self.chance.choice((COMPLETE, COMPLETE, RETURN, CLAIM, TRANSFER))
        verb = Verb(name=name, outcome="approve", to="office" if name == TRANSFER else "", comment="一起办")
        results = act_on_many(actor, ids, verb, now=self.now, opened_only=False)
        assert not [result for result in results if result.error and not isinstance(result.error, ServiceError)]
        done = [result.task_id for result in results if result.done and result.changed]
        if done and self.chance.random() < 0.5:
            back = undo_batch(actor, done, name, at=self.now, now=self.now + timedelta(seconds=1))
            assert not [result for result in back if result.error and not isinstance(result.error, ServiceError)]
            self.told.append(f"{actor.username} undoes {name} of {done}: {[str(each.error) for each in back]}")

    def _let_days_pass(self) -> None:
        self.now += timedelta(days=1)
        fire_until(self.now)
        apply_substitutions(now=self.now)


def _image(case: DbCase) -> tuple[object, ...]:
    """Everything of a case that an action may change."""
    db.session.rollback()
    db.session.expire_all()
    row = db.session.get_one(DbCase, case.id)
    tasks = db.session.execute(
        select(DbTask.id, DbTask.state, DbTask.assignee_id, DbTask.owner_id, DbTask.seat)
        .where(DbTask.case_id == case.id)
        .order_by(DbTask.id)
    ).all()
    entries = db.session.execute(
        select(DbInboxEntry.task_id, DbInboxEntry.user_id, DbInboxEntry.hidden)
        .join(DbTask, DbTask.id == DbInboxEntry.task_id)
        .where(DbTask.case_id == case.id)
        .order_by(DbInboxEntry.task_id, DbInboxEntry.user_id)
    ).all()
    return (row.row_version, row.history_length, row.status, row.state, tuple(tasks), tuple(entries))


def check_case(case: DbCase, told: str = "") -> None:
    """No task is lost, none waits for nobody, none is left of a case that ended, nobody approves their own request."""
    db.session.expire_all()
    row = db.session.get_one(DbCase, case.id)
    tasks = db.session.scalars(select(DbTask).where(DbTask.case_id == case.id)).all()
    entries = db.session.execute(
        select(DbInboxEntry.task_id, DbInboxEntry.user_id, DbInboxEntry.hidden).where(
            DbInboxEntry.task_id.in_([task.id for task in tasks])
        )
    ).all()
    in_inboxes = {entry.task_id for entry in entries if not entry.hidden}
    is_open = {task.id for task in tasks if task.state == "open"}
    assert in_inboxes == is_open, "an open task is in nobody's inbox, or one that is not open in somebody's: " + told
    if row.status != RUNNING:
        assert not is_open
        assert not [task for task in tasks if task.state == "waiting"]
        return
    assert is_open or row.next_due is not None, f"a running case waits for nobody: {told}"
    definition = get_definition(db.session, VersionId(row.version_id))
    signing = {task.id for task in tasks if definition.tasks[task.step].signs}
    own = [entry for entry in entries if entry.user_id == row.starter_id and entry.task_id in signing & is_open]
    assert not own, f"the applicant is asked to approve: {told}"
    waiting = [task for task in tasks if task.state == "waiting"]
    steps_open = {task.engine_task for task in tasks if task.state == "open"}
    assert all(task.engine_task in steps_open for task in waiting), f"a turn that never comes: {told}"
    db.session.rollback()


def check_budgets(told: str = "") -> None:
    """What cases hold of budgets is what the budgets say is held, and no case that ended without a result holds any."""
    db.session.expire_all()
    held = dict(
        db.session.execute(
            select(DbReservation.budget_id, func.sum(DbReservation.amount))
            .where(DbReservation.state == "reserved")
            .group_by(DbReservation.budget_id)
        ).all()
    )
    said = dict(db.session.execute(select(DbBudget.id, DbBudget.reserved).where(DbBudget.reserved != 0)).all())
    assert held == said, f"reserved {said}, held {held}: {told}"
    ended = (
        select(DbReservation.case_id)
        .join(DbCase, DbCase.id == DbReservation.case_id)
        .where(DbReservation.state == "reserved", DbCase.status.not_in((RUNNING, "completed")))
    )
    assert not db.session.scalars(ended).all(), f"a case that was given up holds money: {told}"
    db.session.rollback()
