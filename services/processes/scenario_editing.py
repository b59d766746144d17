"""The scenarios of a draft: read one by one, made, copied, named, taken away, and changed so that comments stay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import tomlkit
from sqlalchemy.orm import Session
from tomlkit.exceptions import TOMLKitError

from services.database import read_session
from services.errors import Conflict, InvalidInput, NotFound
from services.play.samples import sample_values
from services.processes.deriving import require_title
from services.processes.drafts import Changes, Draft, change_files, get_draft
from services.processes.scenario_files import FOLDER, path_of, plain, read, written
from services.processes.scenario_runs import ScenarioRun, run_scenarios
from services.types import Actor
from workflows.calendar import COMPANY_ZONE
from workflows.definition import ProcessDefinition, read_process
from workflows.scenario_words import EXPECTED
from workflows.scenarios import attempt
from workflows.toml import TomlError, read_toml

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
MAX_SOURCE = 200_000
StepEdit = Mapping[str, str]
"""What was typed about a step: ``step``, ``outcome``, ``comment``, ``at``, and ``value-<path>`` for its values."""


@dataclass(frozen=True, kw_only=True)
class Scenarios:
    """The scenarios of a draft with what came of them, and those files that cannot be read."""

    definition: ProcessDefinition
    runs: tuple[ScenarioRun, ...]
    unreadable: Mapping[str, str]


def read_scenarios(draft: Draft) -> Scenarios:
    """Every scenario of the draft, played. Raises DefinitionError where the process itself cannot be read."""
    around = {path: content for path, content in draft.files.items() if not path.startswith(FOLDER)}
    found: dict[str, Mapping[str, Any]] = {}
    unreadable: dict[str, str] = {}
    for path, content in draft.files.items():
        if path.startswith(FOLDER) and path.endswith(".toml"):
            name = path.removeprefix(FOLDER).removesuffix(".toml")
            try:
                found[name] = read_toml(content)
            except TomlError as error:
                unreadable[name] = f"第 {error.line} 行写法不对，文件无法读懂" if error.line else "文件无法读懂"
    definition = replace(read_process(around, checked=False), scenarios=found)
    return Scenarios(definition=definition, runs=tuple(run_scenarios(definition)), unreadable=unreadable)


def create_scenario(actor: Actor, key: str, *, title: str, now: datetime) -> str:
    """A scenario that submits the first form with sample values, its expectation what comes of that; its name.

    Raises DefinitionError, InvalidInput, NotFound, NotPermitted.
    """
    session = read_session()
    draft = get_draft(session, actor, key)
    around = {path: content for path, content in draft.files.items() if not path.startswith(FOLDER)}
    definition = read_process(around, checked=False)
    first = definition.first_task
    values = sample_values(session, definition.form_of(first.id), first.id, {}, now=now)
    begins = now.astimezone(COMPANY_ZONE).replace(hour=9, minute=0, second=0, microsecond=0)
    scenario = {
        "title": require_title(title),
        "begins": begins,
        "knows": {"starter_name": "申请人", "starter_department": "", "started_on": begins.date().isoformat()},
        "steps": [{"step": first.id, "values": {name: value for name, value in values.items() if value is not None}}],
        "expect": {"path": []},
    }
    played = attempt(definition, scenario)
    expect = {"path": list(played.path), "open": list(played.open), "status": played.status}
    name = _free_name(draft, "scenario")
    _put(actor, draft, {path_of(name): written({**scenario, "expect": expect})}, now=now, note=f"新建场景：{title}")
    return name


def copy_scenario(actor: Actor, key: str, name: str, *, now: datetime) -> str:
    """A copy beside it; its name. Raises NotFound, NotPermitted, InvalidInput for a file that cannot be read."""
    draft, document = _opened(read_session(), actor, key, name)
    title = f"{document.get('title', name)} 副本"
    document["title"] = title
    copied = _free_name(draft, name)
    _put(actor, draft, {path_of(copied): tomlkit.dumps(document).encode()}, now=now, note=f"复制场景：{title}")
    return copied


def rename_scenario(actor: Actor, key: str, name: str, *, to: str, now: datetime) -> str:
    """Give the file another name. Raises Conflict where that is taken, InvalidInput, NotFound, NotPermitted."""
    if not _NAME.fullmatch(to):
        raise InvalidInput({"name": ["编号只用小写英文、数字和下划线，以字母开头，最多 60 个字"]})
    draft = get_draft(read_session(), actor, key)
    content = _content(draft, name)
    if to == name:
        return name
    if path_of(to) in draft.files:
        raise Conflict("已有编号为“{name}”的场景", name=to)
    _put(actor, draft, {path_of(name): None, path_of(to): content}, now=now, note=f"场景改名：{to}")
    return to


def delete_scenario(actor: Actor, key: str, name: str, *, now: datetime) -> None:
    """Take it out of the draft; the timeline still has it. Raises NotFound, NotPermitted."""
    draft = get_draft(read_session(), actor, key)
    _content(draft, name)
    _put(actor, draft, {path_of(name): None}, now=now, note=f"删除场景：{name}")


def save_source(actor: Actor, key: str, name: str, source: str, *, revision: int, now: datetime) -> None:
    """Keep the file as it was typed, if it can be read. Raises InvalidInput naming the line, Conflict, NotFound."""
    if len(source) > MAX_SOURCE:
        raise InvalidInput({"source": [f"最多 {MAX_SOURCE} 个字"]})
    content = source.replace("\r\n", "\n").encode()
    read(content)
    draft = get_draft(read_session(), actor, key)
    _content(draft, name)
    _put(actor, draft, {path_of(name): content}, now=now, note=f"修改场景：{name}", revision=revision)


def save_steps(
    actor: Actor,
    key: str,
    name: str,
    *,
    title: str,
    steps: list[tuple[int, StepEdit]],
    revision: int,
    now: datetime,
) -> None:
    """Keep what was typed about a scenario's steps, in the given order; a step that is not named is taken out.

    The first of each pair is the step's place so far, -1 for a new one. What was not changed keeps its way of writing.
    Raises InvalidInput by ``<place>-<field>``, Conflict, NotFound, NotPermitted.
    """
    draft, document = _opened(read_session(), actor, key, name)
    if document.get("title") != require_title(title):
        document["title"] = require_title(title)
    errors: dict[str, list[str]] = {}
    before = list(document.get("steps", []))
    kept = []
    for number, (place, typed) in enumerate(steps):
        step = before[place] if 0 <= place < len(before) else tomlkit.table()
        errors |= {f"{number}-{field}": said for field, said in _change_step(step, typed).items()}
        kept.append(step)
    if errors:
        raise InvalidInput(errors)
    if [place for place, _typed in steps] != list(range(len(before))):
        # written anew only where steps came, went or changed places
        document["steps"] = tomlkit.aot()
        for step in kept:
            document["steps"].append(step)
    _put(
        actor,
        draft,
        {path_of(name): tomlkit.dumps(document).encode()},
        now=now,
        note=f"修改场景：{title}",
        revision=revision,
    )


def accept_result(actor: Actor, key: str, name: str, *, revision: int, now: datetime) -> None:
    """Make what comes of the scenario now its expectation.

    Raises Conflict where it cannot be played to its end, DefinitionError, NotFound, NotPermitted.
    """
    draft, document = _opened(read_session(), actor, key, name)
    found = read_scenarios(draft)
    run = next(run for run in found.runs if run.name == name)
    if run.played is None or run.played.stopped:
        raise Conflict("场景没有走完，还没有结果可以作为预期：{reason}", reason=run.differences[0])
    came = {part: plain(getattr(run.played, part)) for part in EXPECTED}
    expect = document.setdefault("expect", tomlkit.table())
    for part in EXPECTED:
        if part in expect or part != "operations":
            expect[part] = _as_list(came[part])
    content = tomlkit.dumps(document).encode()
    _put(actor, draft, {path_of(name): content}, now=now, note=f"接受场景结果：{run.title}", revision=revision)


def _as_list(value: Any) -> Any:
    """A list with an entry on each line, as people read it."""
    if not isinstance(value, list):
        return value
    found = tomlkit.array()
    for item in value:
        if isinstance(item, Mapping):
            record = tomlkit.inline_table()
            record.update(item)
            found.append(record)
        else:
            found.append(item)
    return found.multiline(len(value) > 1)


def _change_step(step: Any, typed: StepEdit) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for name in ("step", "outcome", "comment"):
        _set_text(step, name, typed.get(name, "").strip())
    try:
        _set_moment(step, typed.get("at", ""))
    except ValueError:
        errors["at"] = ["请填写日期和时间"]
    for name, text in typed.items():
        if name.startswith("value-"):
            field = name.removeprefix("value-")
            try:
                _set_value(step, field, text)
            except (LookupError, TypeError, ValueError, TOMLKitError):
                errors[name] = ["写法不对，请照原来的样子填写"]
    return errors


def _set_text(step: Any, name: str, text: str) -> None:
    if text:
        if str(step.get(name, "")) != text:
            step[name] = text
    else:
        step.pop(name, None)


def _set_moment(step: Any, text: str) -> None:
    if not text:
        step.pop("at", None)
        return
    typed = datetime.fromisoformat(text)
    typed = typed if typed.tzinfo else typed.replace(tzinfo=COMPANY_ZONE)
    known = step.get("at")
    # a page shows minutes: whoever does not touch the time keeps its seconds
    if known is None or shown_moment(known) != text[:16]:
        step["at"] = typed


def shown_moment(moment: datetime) -> str:
    """A moment as the pages' inputs write it."""
    return moment.astimezone(COMPANY_ZONE).strftime("%Y-%m-%dT%H:%M")


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """The parts of a value that are changed one by one, each with its path: rows and records are taken apart."""
    if isinstance(value, Mapping):
        return [leaf for name, each in value.items() for leaf in leaves(each, f"{path}.{name}" if path else str(name))]
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return [leaf for number, each in enumerate(value) for leaf in leaves(each, f"{path}.{number}")]
    return [(path, value)]


def _set_value(step: Any, path: str, text: str) -> None:
    text = text.replace("\r\n", "\n")
    if "values" not in step and not text:
        return
    around = step.setdefault("values", tomlkit.table())
    *way, name = path.split(".")
    for part in way:
        around = around[int(part) if isinstance(around, list) else part]
    place: Any = int(name) if isinstance(around, list) else name
    known = around[place] if isinstance(around, list) or place in around else None
    if known is None:
        if text:
            around[place] = text
    elif shown_value(known) != text:
        around[place] = _typed_like(known, text)


def shown_value(value: Any) -> str:
    """A value as a person changes it: text as it is, lists of texts line by line, everything else as TOML says it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float | date):
        return str(value.isoformat() if isinstance(value, date) else value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(str(item) for item in value)
    found = tomlkit.item(value.unwrap() if hasattr(value, "unwrap") else value)
    return str(found.as_string()).strip()


def _typed_like(known: Any, text: str) -> Any:
    if isinstance(known, bool):
        return text == "true"
    if isinstance(known, str):
        return text
    if isinstance(known, int | float):
        return int(text) if re.fullmatch(r"-?\d+", text.strip()) else float(text)
    if isinstance(known, datetime):
        return datetime.fromisoformat(text)
    if isinstance(known, date):
        return date.fromisoformat(text)
    if isinstance(known, list) and all(isinstance(item, str) for item in known):
        return [line.strip() for line in text.splitlines() if line.strip()]
    return tomlkit.parse(f"x = {text}")["x"]


def _free_name(draft: Draft, name: str) -> str:
    root = re.sub(r"_\d+$", "", name)[:50]
    return next(free for free in (f"{root}_{number}" for number in range(1, 1_000)) if path_of(free) not in draft.files)


def _opened(session: Session, actor: Actor, key: str, name: str) -> tuple[Draft, tomlkit.TOMLDocument]:
    draft = get_draft(session, actor, key)
    return draft, read(_content(draft, name))


def _content(draft: Draft, name: str) -> bytes:
    content = draft.files.get(path_of(name))
    if content is None:
        raise NotFound("草稿里没有这个场景，可能刚被改名或删除")
    return content


def _put(
    actor: Actor, draft: Draft, changes: Changes, *, now: datetime, note: str, revision: int | None = None
) -> None:
    read_session().rollback()
    asked = draft.revision if revision is None else revision
    change_files(actor, draft.key, changes, revision=asked, now=now, note=note[:200])
