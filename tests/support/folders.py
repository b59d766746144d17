"""The smallest process folders that show a rule: a diagram, one form, and what the test says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.workflows.checks.diagrams import Diagram, extensions, properties, service

REQUEST: Mapping[str, Any] = {
    "subject": {"type": "string", "title": "事由"},
    "amount": {"type": "number", "title": "金额", "minimum": 0},
    "kind": {"type": "string", "title": "类型", "enum": ["gift", "meal"], "x-labels": {"gift": "礼品", "meal": "用餐"}},
    "day": {"type": "string", "format": "date", "title": "日期"},
    "note": {"type": "string", "title": "说明"},
    "tip": {"type": "number", "title": "小费"},
}
REQUIRED = ("subject", "amount", "kind", "day")


def form(key: str = "apply", *, fields: Mapping[str, Any] = REQUEST, **more: Any) -> bytes:
    layout = [{"title": "申请", "fields": [[name, 12] for name in fields]}]
    required = [name for name in REQUIRED if name in fields]
    schema = {"type": "object", "additionalProperties": False, "required": required, "properties": dict(fields)}
    return json.dumps({"key": key, "title": "申请表", "schema": schema, "layout": layout, **more}).encode()


def folder(diagram: Diagram, settings: str = "", **more: bytes) -> dict[str, bytes]:
    """A folder round a diagram; ``more`` are files, ``__`` for ``/`` and the suffix by the folder."""
    manifest = f'key = "process"\ntitle = "申请"\nnumber = "SQ"\nsubject = "{{subject}}"\nstarters = ["*"]\n{settings}'
    suffixes = {"forms": ".json", "decisions": ".dmn", "scenarios": ".toml"}
    files = {"process.toml": manifest.encode(), "process.bpmn": diagram.xml(), "forms/apply.json": form()}
    for name, content in more.items():
        part, _, rest = name.partition("__")
        files[f"{part}/{rest}{suffixes[part]}"] = content
    return files


def deciding(*conditions: str, outcomes: str = "", default: str = "end") -> Diagram:
    """apply → review → a gateway with these conditions, each to an end of its own → else ``default``."""
    built = (
        Diagram(lane="总经理")
        .start()
        .user("apply", name="填写申请")
        .user("review", properties(form="apply", outcomes=outcomes or "approve,reject"), name="审核")
    )
    built.choice("g", default="g_end" if default else "").end().chain("start", "apply", "review", "g")
    for number, condition in enumerate(conditions, 1):
        built.end(f"end{number}").flow("g", f"end{number}", condition, flow_id=f"way{number}")
    return built.flow("g", "end") if default else built


def calling(operation: str, **parameters: str) -> Diagram:
    """apply → a service task."""
    built = Diagram(lane="总经理").start().user("apply", name="填写申请")
    built.node("serviceTask", "work", service(operation, **parameters), name="办事")
    return built.end().chain("start", "apply", "work", "end")


def asking(decision: str) -> str:
    return extensions(f"<spiffworkflow:calledDecisionId>{decision}</spiffworkflow:calledDecisionId>")


def table(rules: Mapping[str, str], *, reads: str = "amount", gives: str = "level", kind: str = "number") -> bytes:
    """A table with one input and one output: cell → answer."""
    rows = "".join(
        f'<rule id="r{number}"><inputEntry id="i{number}"><text>{_escaped(cell)}</text></inputEntry>'
        f'<outputEntry id="o{number}"><text>"{answer}"</text></outputEntry></rule>'
        for number, (cell, answer) in enumerate(rules.items(), 1)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="定级" namespace="x">'
        '<decision id="level" name="level"><decisionTable id="t" hitPolicy="UNIQUE">'
        f'<input id="in" label="金额"><inputExpression id="e" typeRef="{kind}"><text>{reads}</text></inputExpression>'
        f'</input><output id="out" label="级别" name="{gives}" typeRef="string" />{rows}</decisionTable></decision>'
        "</definitions>"
    ).encode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
