"""Processes: what there is, checking and publishing folders."""

from __future__ import annotations

from typing import Any

from flask import request

from services.database import read_session
from services.errors import NotFound, NotPermitted
from services.processes.checking import ERROR, check_draft
from services.processes.models import DbProcessVersion
from services.processes.parts import read_checked
from services.processes.publish import publish
from services.processes.versions import list_current, list_versions, may_start
from webapp.api.blueprint import api, instant, listing
from webapp.auth import actor, now
from webapp.errors import problem_json
from workflows.definition import ProcessDefinition, ProcessFiles, read_archive
from workflows.definition.parts import read_parts
from workflows.errors import DefinitionError, Problem


@api.get("/processes")
def list_processes() -> Any:
    return listing([_process_json(*pair) for pair in list_current(read_session())], None)


@api.get("/processes/<key>")
def show_process(key: str) -> Any:
    for version, definition in list_current(read_session()):
        if definition.key == key:
            versions = [
                {"version": each.number, "published_at": instant(each.published_at), "note": each.note}
                for each in list_versions(read_session(), key)
            ]
            return {**_process_json(version, definition), "versions": versions}
    raise NotFound("没有“{key}”这个流程", key=key)


def _process_json(version: DbProcessVersion, definition: ProcessDefinition) -> dict[str, Any]:
    form = definition.form_of(definition.first_task.id)
    return {
        "key": definition.key,
        "title": definition.settings.title,
        "category": definition.settings.category,
        "version": version.number,
        "published_at": instant(version.published_at),
        "starters": list(definition.settings.starters),
        "may_start": may_start(definition, actor()),
        "steps": [{"step": task.id, "name": task.name, "lane": task.lane} for task in definition.tasks.values()],
        "form": {"key": form.key, "title": form.title, "schema": form.schema},
    }


@api.post("/processes/<key>/check")
def check(key: str) -> Any:
    """The same checks as in the workbench, with nothing changed; only errors keep it from being published."""
    _require_owner()
    try:
        files = read_archive(request.get_data())
    except DefinitionError as error:
        return {"ok": False, "problems": [problem_json(problem) for problem in error.problems]}, 422
    problems = [*_foreign_key(files, key), *check_draft(read_session(), files, now=now())]
    ok = all(problem.severity != ERROR for problem in problems)
    return {"ok": ok, "problems": [problem_json(problem) for problem in problems]}, 200 if ok else 422


@api.post("/processes/<key>/versions")
def publish_version(key: str) -> Any:
    _require_owner()
    files = read_archive(request.get_data())
    _require_key(read_checked(files), key)
    version = publish(files, actor=actor(), note=request.args.get("note", ""), now=now())
    return {"key": key, "version": version.number, "published_at": instant(version.published_at)}, 201


def _require_owner() -> None:
    if not actor().is_owner:
        raise NotPermitted("只有流程负责人可以发布流程")


def _require_key(definition: ProcessDefinition, key: str) -> None:
    if definition.key != key:
        raise DefinitionError([_other_key(definition.key, key)])


def _foreign_key(files: ProcessFiles, key: str) -> list[Problem]:
    found = read_parts(files).settings.get("key")
    return [_other_key(found, key)] if isinstance(found, str) and found != key else []


def _other_key(found: str, key: str) -> Problem:
    message = f"流程的 key 是“{found}”，与地址中的“{key}”不同"
    return Problem(severity="error", file="process.toml", element="key", message=message)
