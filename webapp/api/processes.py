"""Processes: what there is, checking and publishing folders."""

from __future__ import annotations

from typing import Any

from flask import request

from services.database import read_session
from services.errors import NotFound, NotPermitted
from services.processes.models import DbProcessVersion
from services.processes.parts import read_checked
from services.processes.publish import publish
from services.processes.versions import list_current, list_versions, may_start
from webapp.api.blueprint import api, instant, listing
from webapp.auth import actor, now
from webapp.errors import problem_json
from workflows.definition import ProcessDefinition, read_archive
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
    """The same checks as publishing, with nothing changed."""
    _require_owner()
    try:
        definition = read_checked(read_archive(request.get_data()))
        _require_key(definition, key)
    except DefinitionError as error:
        return {"ok": False, "problems": [problem_json(problem) for problem in error.problems]}, 422
    return {"ok": True, "problems": []}


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
        message = f"流程的 key 是“{definition.key}”，与地址中的“{key}”不同"
        raise DefinitionError([Problem(severity="error", file="process.toml", element="key", message=message)])
