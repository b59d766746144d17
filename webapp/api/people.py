"""People: who stands in for whom, and what it means when somebody leaves."""

from __future__ import annotations

from typing import Any

from flask import request

from services.database import read_session
from services.errors import InvalidInput
from services.people.administration import Places
from services.people.rehearsal import Finding, rehearse_leaving
from services.people.substitutes import Substitution, appoint, end, list_substitutions, read_wanted
from services.tasks.reassign import Moved, transfer_everything
from webapp.api.blueprint import api, instant, json_body, listing, money, text_of
from webapp.auth import ADMIN, access, actor, now
from webapp.errors import sentence, status_of
from webapp.i18n import translate

_TEXTS = ("substitute", "absent", "first_day", "last_day", "process", "limit", "reason")


@api.get("/substitutes")
def list_substitutes() -> Any:
    """One's own appointments, as absent and as substitute; administrators ask for anybody's, and for all with *."""
    found = list_substitutions(read_session(), actor(), now=now(), of=request.args.get("person", ""))
    return listing([_substitution_json(line) for line in found], None)


@api.post("/substitutes")
def add_substitute() -> Any:
    """Name a substitute for oneself, or, as an administrator, for ``absent``."""
    body = json_body()
    texts = {name: body.get(name) for name in _TEXTS}
    wrong = {name: ["内容不正确"] for name, value in texts.items() if not _is_text(value)}
    if wrong:
        raise InvalidInput(wrong)
    wanted = read_wanted({name: str(value) for name, value in texts.items() if value is not None})
    return _substitution_json(appoint(actor(), wanted, now=now())), 201


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool))


@api.delete("/substitutes/<int:substitution_id>")
def end_substitute(substitution_id: int) -> Any:
    """End an appointment now."""
    return _substitution_json(end(actor(), substitution_id, now=now()))


def _substitution_json(line: Substitution) -> dict[str, Any]:
    return {
        "id": line.id,
        "absent": line.absent_username,
        "absent_name": line.absent,
        "substitute": line.substitute_username,
        "substitute_name": line.substitute,
        "first_day": line.first_day.isoformat(),
        "last_day": line.last_day.isoformat(),
        "process": line.process_key,
        "limit": money(line.money_limit),
        "reason": line.reason,
        "state": line.state,
        "ended_at": instant(line.ended_at),
    }


@api.get("/people/<username>/rehearsal")
@access(ADMIN)
def rehearse(username: str) -> Any:
    """What would break if the person left, worst first; nothing is changed."""
    found = rehearse_leaving(read_session(), actor(), username, now=now())
    return listing([_finding_json(finding) for finding in found], None)


@api.post("/people/<username>/hand-over")
@access(ADMIN)
def hand_over_everything(username: str) -> Any:
    """Give every open task to a successor; each with its own result."""
    body = json_body()
    flags = {name: body.get(name, False) for name in ("superior", "head", "posts")}
    wrong = {name: ["内容不正确"] for name, value in flags.items() if not isinstance(value, bool)}
    if wrong:
        raise InvalidInput(wrong)
    to, reason = text_of(body, "to"), text_of(body, "reason", required=False)
    moved = transfer_everything(actor(), username, to, reason=reason, places=Places(**flags), now=now())
    return {"items": [_moved_json(line) for line in moved]}


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "level": finding.level,
        "title": translate(finding.title),
        "advice": translate(finding.advice),
        "count": finding.count,
        "lines": [{"text": translate(line.text, **line.values), "case": line.case_id} for line in finding.lines],
    }


def _moved_json(line: Moved) -> dict[str, Any]:
    return {
        "case": {"id": line.case_id, "number": line.number},
        "name": line.name,
        "status": status_of(line.refusal) if line.refusal else 200,
        "detail": sentence(line.refusal) if line.refusal else "",
        "to": line.to or None,
    }
