"""What was tried before a complaint was reopened: put aside with its forms, and brought back if that is taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.cases.case_run import CaseRun
from services.complaints.models import DbComplaint

_FORMS = ("solution", "revisit", "escalation_1", "escalation_2", "escalation_3")
_KEPT = ("level", "handler", "handled_by", "satisfaction", "resolution_minutes")
_MOMENTS = ("respond_by", "resolve_by", "resolved_at", "round_began_at")


def put_aside(run: CaseRun, complaint: DbComplaint) -> None:
    """Keep the round that ends and clear the way for the next: its forms open empty, its times run anew."""
    forms = {name: run.case.forms[name] for name in _FORMS if name in run.case.forms}
    record: dict[str, Any] = {name: getattr(complaint, name) for name in _KEPT}
    record |= {name: _text(getattr(complaint, name)) for name in _MOMENTS}
    complaint.rounds = [*complaint.rounds, {**record, "forms": forms}]
    run.case.forms = {name: values for name, values in run.case.forms.items() if name not in forms}
    complaint.resolved_at = complaint.resolution_minutes = complaint.satisfaction = None
    complaint.handled_by = None
    complaint.round_began_at = run.now


def bring_back(run: CaseRun, complaint: DbComplaint) -> None:
    """The last round again, as it was before it was put aside."""
    *earlier, last = complaint.rounds
    complaint.rounds = earlier
    for name in _KEPT:
        setattr(complaint, name, last[name])
    for name in _MOMENTS:
        setattr(complaint, name, datetime.fromisoformat(last[name]) if last[name] else None)
    run.case.forms = {**run.case.forms, **last["forms"]}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
