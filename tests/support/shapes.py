"""Small processes of every shape in which people sign: in a row, side by side, together, in a part of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from services.cases.models import DbCase
from services.cases.start_case import start_case
from services.database import db
from services.processes import versions
from services.processes.publish import publish
from services.processes.versions import get_current_version
from services.types import VersionId
from tests.conftest import MONDAY, find_actor
from tests.workflows.engine.diagrams import Process, properties
from workflows.definition import read_archive
from workflows.definition.archive import write_archive

MANAGER, GM, FINANCE, SUPERVISOR = "客户服务部经理", "总经理", "财务部", "客户关系主管"
_FORM: dict[str, Any] = {
    "key": "request",
    "title": "申请",
    "schema": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["subject", "amount"],
        "properties": {
            "subject": {"type": "string", "title": "事由", "maxLength": 80},
            "amount": {"type": "number", "title": "金额", "minimum": 0, "multipleOf": 0.01, "maximum": 1000000},
            "note": {"type": "string", "title": "说明", "maxLength": 200},
        },
    },
    "layout": [{"title": "申请", "fields": [["subject", 12], ["amount", 6], ["note", 12]]}],
}


def signing(process: Process, step: str, lane: str, **more: str) -> Process:
    return process.user(step, properties(form="request", outcomes="approve,reject", **more), lane=lane)


def applying() -> Process:
    process = Process("shape").start().user("apply", properties(form="request"), lane="申请人").end()
    return process.node("endEvent", "refused", properties(status="rejected"))


def decided(process: Process, step: str, to: str) -> Process:
    """After the step: on to ``to``, or to the end of what was rejected."""
    gate = f"{step}_gate"
    process.choice(gate, default=to).flow(step, gate).flow(gate, to)
    return process.flow(gate, "refused", "outcome == 'reject'")


def row(**more: dict[str, str]) -> Process:
    """apply → first (manager) → second (gm) → third (finance); ``more`` are further properties by step."""
    process = applying().flow("start", "apply").flow("apply", "first")
    for step, lane in (("first", MANAGER), ("second", GM), ("third", FINANCE)):
        signing(process, step, lane, **more.get(step, {}))
    decided(process, "first", "second")
    decided(process, "second", "third")
    return decided(process, "third", "end")


def together(**policy: str) -> Process:
    """apply → board (several sign) → last (finance)."""
    process = applying().line("start", "apply", "board")
    policy = {"signers": "['manager', 'gm', 'supervisor']", **policy}
    signing(process, "board", GM, **policy)
    signing(process, "last", FINANCE)
    decided(process, "board", "last")
    return decided(process, "last", "end")


def branches(**board: str) -> Process:
    """apply → left (manager) beside right (gm; several with ``board``) → last (finance)."""
    process = applying().parallel("split").parallel("join").line("start", "apply", "split", "left", "join", "last")
    process.line("split", "right", "join").flow("last", "end")
    signing(process, "left", MANAGER)
    signing(process, "right", GM, **board)
    return signing(process, "last", FINANCE)


def part() -> Process:
    """apply → a sub-process with inner (manager) and innermost (gm) → last (finance)."""
    inside = Process("inside").start("inside_start").end("inside_end")
    signing(inside, "inner", "")
    signing(inside, "innermost", "")
    inside.line("inside_start", "inner", "innermost", "inside_end")
    inside.lanes = {}
    process = applying().inner("part", inside).line("start", "apply", "part", "last", "end")
    process.lanes[MANAGER] = ["inner"]
    process.lanes[GM] = ["innermost"]
    return signing(process, "last", FINANCE)


def publish_shape(
    process: Process,
    rights: Mapping[str, Any] = {},
    fields: Mapping[str, Any] = {},
    forms: Mapping[str, Mapping[str, Any]] = {},
    **settings: Any,
) -> None:
    """Make it the process ``shape``, which everybody may start.

    ``rights`` are those of its form by step, ``fields`` are further ones; ``forms`` are further forms by their fields.
    """
    properties = {**_FORM["schema"]["properties"], **fields}
    form = {**_FORM, "schema": {**_FORM["schema"], "properties": properties}, "steps": dict(rights)}
    lines = {"key": "shape", "title": "签字", "number": "QZ", "subject": "签字 · {subject}", "amount": "amount"}
    manifest = [f"{name} = {json.dumps(value)}" for name, value in {**lines, "starters": ["*"], **settings}.items()]
    # an end that nothing leads to is refused
    if not any('targetRef="refused"' in flow for flow in process.flows):
        process.nodes = [node for node in process.nodes if 'id="refused"' not in node]
    files = {
        "process.toml": "\n".join(manifest).encode(),
        "shape.bpmn": process.xml(),
        "forms/request.json": json.dumps(form).encode(),
        **{f"forms/{key}.json": json.dumps(_further_form(key, of)).encode() for key, of in forms.items()},
    }
    publish(files, actor=None, note="", now=MONDAY)


def _further_form(key: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    schema = {**_FORM["schema"], "required": [], "properties": fields}
    layout = [{"title": key, "fields": [[name, 12] for name in fields]}]
    return {**_FORM, "key": key, "schema": schema, "layout": layout}


def start_shape(process: Process, *, by: str = "specialist", **settings: Any) -> DbCase:
    publish_shape(process, **settings)
    return start_case(find_actor(by), "shape", {"subject": "展会", "amount": 100}, now=MONDAY)


def start_unchecked(process: Process) -> DbCase:
    """A case of a version that was published before its fault was looked for."""
    publish_shape(row())
    version = get_current_version(db.session, "shape")
    version.archive = write_archive({**read_archive(version.archive), "shape.bpmn": process.xml()})
    db.session.commit()
    versions._cached.pop(VersionId(version.id), None)
    return start_case(find_actor("specialist"), "shape", {"subject": "展会", "amount": 100}, now=MONDAY)
