"""All ways through a draft as its owner reads them: the data that leads there, who signs, how long it takes."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from services.cases.filling import starter_context
from services.cases.preview import Preview
from services.database import read_session
from services.errors import Conflict, InvalidInput, NotFound
from services.people.lanes import active_members
from services.people.organisation import get_user, names_of
from services.processes.drafts import change_files, get_draft
from services.processes.expressions import words_of
from services.processes.scenario_files import path_of, written
from services.processes.scenario_runs import run_scenarios
from services.processes.versions import may_be_started_by
from services.processes.vocabulary import names_of_folder
from services.processes.words import KNOWN
from services.types import Actor
from workflows.calendar import CompanyCalendar
from workflows.checks.folder import Folder
from workflows.definition import ProcessDefinition, ProcessFiles
from workflows.definition.parts import Parts, read_parts
from workflows.definition.reading import examine_process
from workflows.forms import shown
from workflows.scenarios import attempt
from workflows.walking.walker import Walker
from workflows.walking.way import ANSWERED, FILLED, LATE, OUTCOME, Chosen, Dead, Done, Way, Ways

MAX_STARTERS = 60
_KEPT = 16


@dataclass(frozen=True, kw_only=True)
class Starter:
    """Somebody who may start the process."""

    id: int
    username: str
    name: str
    department: str


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A part of the data that leads along a way: where it is given, and what it says."""

    where: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A step of a way with its people."""

    step: str
    name: str
    lane: str
    outcome: str
    people: Sequence[str]
    opens_at: datetime
    done_at: datetime
    latest_at: datetime
    days: int
    """Working days from the beginning."""
    beside: bool


@dataclass(frozen=True, kw_only=True)
class ShownWay:
    """A way as it is listed. ``number`` counts from 1; ``scenarios`` go it already."""

    number: int
    path: tuple[str, ...]
    reasons: Sequence[Reason]
    signers: Sequence[Signer]
    end: str
    end_id: str
    status: str
    days: int
    latest_days: int
    ends_at: datetime
    latest_end: datetime
    scenarios: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Unreached:
    """An element that no way passes, and why."""

    element: str
    title: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DraftWays:
    """Everything about the ways of a draft for one starter."""

    starters: Sequence[Starter]
    starter: Starter | None
    ways: Sequence[ShownWay]
    dead: Sequence[Dead]
    unreached: Sequence[Unreached]
    complete: bool
    tried: int
    took_ms: int


def ways_of(session: Session, files: ProcessFiles, *, username: str = "", now: datetime) -> DraftWays:
    """Walk the draft as if somebody started it now. Raises Conflict where it cannot run at all, NotFound."""
    definition, parts = _definition(files), read_parts(files)
    starters = _starters(session, definition)
    starter = next((each for each in starters if each.username == username), None)
    if username and starter is None:
        raise NotFound("“{name}”不能发起这个流程", name=username)
    starter = starter or next(iter(starters), None)
    walked = _walked(session, files, definition, parts, starter, now)
    folder, covered = Folder(parts, KNOWN), _covering(definition)
    shown_ways = [
        _shown(way, number, definition=definition, parts=parts, folder=folder, walked=walked, covered=covered)
        for number, way in enumerate(walked.ways.ways, 1)
    ]
    return DraftWays(
        starters=starters,
        starter=starter,
        ways=shown_ways,
        dead=walked.ways.dead,
        unreached=list(_unreached(folder, walked)),
        complete=walked.ways.complete,
        tried=walked.ways.tried,
        took_ms=round(walked.ways.took.total_seconds() * 1000),
    )


def save_as_scenario(actor: Actor, key: str, number: int, title: str, *, username: str, now: datetime) -> str:
    """Keep a way as a scenario of the draft, and give the scenario's name. It is played first.

    Raises InvalidInput without a title, Conflict where it cannot be played, NotFound, NotPermitted.
    """
    session = read_session()
    draft = get_draft(session, actor, key)
    definition, parts = _definition(draft.files), read_parts(draft.files)
    starters = _starters(session, definition)
    starter = next((each for each in starters if each.username == username), None) or next(iter(starters), None)
    walked = _walked(session, draft.files, definition, parts, starter, now)
    if not 1 <= number <= len(walked.ways.ways):
        raise NotFound("没有这条走法，请刷新后再选")
    if not title.strip():
        raise InvalidInput({"title": ["请给场景起一个名称"]})
    scenario = _scenario(walked.ways.ways[number - 1], title.strip()[:120], walked)
    played = attempt(definition, scenario)
    if played.stopped:
        raise Conflict("这条走法没有存为场景：{reason}", reason=played.stopped)
    scenario["expect"] = {"path": played.path, "status": played.status}
    name = _free_name(draft.files)
    change_files(actor, key, {path_of(name): written(scenario)}, revision=draft.revision, now=now)
    return name


def _free_name(files: ProcessFiles) -> str:
    return next(f"way_{number}" for number in range(1, len(files) + 2) if path_of(f"way_{number}") not in files)


def _scenario(way: Way, title: str, walked: _Walked) -> dict[str, Any]:
    return {
        "title": title,
        "begins": way.begins_at,
        "knows": dict(walked.knows),
        "operations": {name: list(answers) for name, answers in way.answers.items() if any(answers)},
        "steps": [dict(entry) for entry in way.entries],
        "expect": {},
    }


def _definition(files: ProcessFiles) -> ProcessDefinition:
    definition, problems = examine_process(files)
    if definition is None:
        wrong = sum(problem.severity == "error" for problem in problems)
        raise Conflict("还有 {count} 处必须改正，改好以后才能走出所有走法", count=wrong)
    return definition


def _starters(session: Session, definition: ProcessDefinition) -> list[Starter]:
    """Those who may start, department by department."""
    members = [each for each in active_members(session) if may_be_started_by(definition, each.department, each.posts)]
    return [
        Starter(id=each.id, username=each.username, name=each.name, department=each.department)
        for each in members[:MAX_STARTERS]
    ]


# walking


@dataclass(frozen=True, kw_only=True)
class _Walked:
    ways: Ways
    people: Mapping[str, Sequence[str]]
    """The people of each task, by the engine's id."""
    calendar: CompanyCalendar
    knows: Mapping[str, Any]
    beside: frozenset[str]


_cache: OrderedDict[str, _Walked] = OrderedDict()
_lock = Lock()


def _walked(
    session: Session,
    files: ProcessFiles,
    definition: ProcessDefinition,
    parts: Parts,
    starter: Starter | None,
    now: datetime,
) -> _Walked:
    """Walked once for the same files, starter and hour: a page asks again when it is sorted or a way is saved."""
    digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
    mark = f"{digest} {starter.id if starter else 0} {now:%Y-%m-%d %H}"
    with _lock:
        known = _cache.get(mark)
    if known is None:
        known = _walk(session, definition, parts, starter, now.replace(minute=0, second=0, microsecond=0))
        with _lock:
            _cache[mark] = known
            while len(_cache) > _KEPT:
                _cache.popitem(last=False)
    return known


def _walk(
    session: Session, definition: ProcessDefinition, parts: Parts, starter: Starter | None, now: datetime
) -> _Walked:
    person = get_user(session, starter.username) if starter else None
    if person is None:
        walker = Walker(Folder(parts, KNOWN), definition, now=now)
        return _Walked(ways=walker.walk(), people={}, calendar=walker.calendar, knows={}, beside=walker.beside)
    preview = Preview(session, definition, person.id, person.department_id, now=now)
    knows = starter_context(
        session,
        starter_id=person.id,
        department=starter.department if starter else "",
        started_at=now,
        calendar=preview.calendar,
    )
    outlook = preview.outlook
    walker = Walker(
        Folder(parts, KNOWN), definition, now=now, calendar=preview.calendar, pace_of=outlook.pace_of, knows=knows
    )
    ways = walker.walk()
    asked = {done.task_id: preview.remembered(done.task_id)[0] for way in ways.ways for done in way.steps}
    names = names_of(session, {each for people in asked.values() for each in people})
    people = {task: [names[each] for each in found] for task, found in asked.items()}
    return _Walked(ways=ways, people=people, calendar=preview.calendar, knows=knows, beside=walker.beside)


# showing


def _covering(definition: ProcessDefinition) -> list[tuple[str, list[str], str]]:
    """The scenarios with the steps that they ask for, and how they come out."""
    runs = run_scenarios(definition)
    return [(run.title, run.played.path, run.played.status) for run in runs if run.played is not None]


def _shown(
    way: Way,
    number: int,
    *,
    definition: ProcessDefinition,
    parts: Parts,
    folder: Folder,
    walked: _Walked,
    covered: Sequence[tuple[str, list[str], str]],
) -> ShownWay:
    steps = [done.step for done in way.steps]
    return ShownWay(
        number=number,
        path=way.path,
        reasons=list(_reasons(way, definition, folder, parts)),
        signers=[_signer(done, way, folder, walked) for done in way.steps],
        end=way.end_name or "结束",
        end_id=way.end,
        status=way.status,
        days=_days(walked.calendar, way.begins_at, way.ends_at),
        latest_days=_days(walked.calendar, way.begins_at, way.latest_end),
        ends_at=way.ends_at,
        latest_end=way.latest_end,
        scenarios=[title for title, path, status in covered if status == way.status and sorted(path) == sorted(steps)],
    )


def _signer(done: Done, way: Way, folder: Folder, walked: _Walked) -> Signer:
    return Signer(
        step=done.step,
        name=done.name,
        lane=done.lane,
        outcome=folder.outcome_words.get(done.outcome, done.outcome),
        people=walked.people.get(done.task_id, ()),
        opens_at=done.opens_at,
        done_at=done.done_at,
        latest_at=done.latest_at,
        days=_days(walked.calendar, way.begins_at, done.done_at),
        beside=done.beside,
    )


def _days(calendar: CompanyCalendar, begins: datetime, ends: datetime) -> int:
    """Working days, a day begun counted as one."""
    hours = calendar.work_time_between(begins, max(begins, ends)).total_seconds() / 3600
    return max(round(hours / 8 + 0.499), 0)


def _reasons(way: Way, definition: ProcessDefinition, folder: Folder, parts: Parts) -> Iterator[Reason]:
    titles = words_of(parts, {each["name"]: each["title"] for each in names_of_folder(parts)}).titles
    said: set[tuple[str, str]] = set()
    for chosen in way.chosen:
        for what in _said(chosen, definition, folder, titles):
            where = _where(chosen, definition)
            if (where, what) not in said:
                said.add((where, what))
                yield Reason(where=where, what=what)


def _where(chosen: Chosen, definition: ProcessDefinition) -> str:
    if chosen.kind == ANSWERED:
        words = KNOWN.operations.get(chosen.element)
        return f"系统：{words.title if words else chosen.element}"
    element = definition.diagram.elements.get(chosen.element)
    return (element.name or element.id) if element else "消息"


def _said(chosen: Chosen, definition: ProcessDefinition, folder: Folder, titles: Mapping[str, str]) -> Iterator[str]:
    if chosen.kind == OUTCOME:
        outcome = chosen.values["outcome"]
        yield folder.outcome_words.get(outcome, outcome)
    elif chosen.kind == LATE:
        yield "到期没有办理"
    elif chosen.kind == FILLED:
        form = definition.form_of(chosen.element)
        for name, value in chosen.values.items():
            yield f"{titles.get(name, name)}：{_in_words(form.properties.get(name, {}), value) or '空'}"
    elif chosen.kind == ANSWERED:
        for name, value in chosen.values.items():
            if name in folder.env and not isinstance(value, list | dict) and value not in ("", None):
                yield f"{titles.get(name, name)}：{value}"
    else:
        yield f"收到“{chosen.values['message']}”"


def _in_words(about: Mapping[str, Any], value: Any) -> str:
    """A value as people read it; of a record its parts."""
    if isinstance(value, dict):
        parts = about.get("properties", {})
        return "、".join(f"{parts.get(key, {}).get('title', key)} {_in_words({}, each)}" for key, each in value.items())
    return shown(about, value) if value is not None else ""


def _unreached(folder: Folder, walked: _Walked) -> Iterator[Unreached]:
    """The elements on no way; reminders and escalations beside the ways are left out."""
    if folder.graph is None:
        return
    passed = {each for way in walked.ways.ways for each in way.path}
    reason = "没有数据能走到这里" if walked.ways.complete else "在检查过的情况中没有走到"
    for node_id in folder.graph.nodes:
        if node_id not in passed and node_id not in walked.beside:
            yield Unreached(element=node_id, title=folder.title(node_id), reason=reason)
    for flow_id, flow in folder.graph.flows.items():
        ends = {flow.source, flow.target}
        if flow_id not in passed and not ends & walked.beside and ends <= passed:
            yield Unreached(element=flow_id, title=folder.title(flow_id), reason=reason)
