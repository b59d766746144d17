"""The end of a case, and what is taken back with it."""

from __future__ import annotations

from services.cases.case_run import CaseRun
from services.cases.history import Entry
from services.cases.operations import OPERATIONS
from services.notices.message import Message

COMPLETED, REJECTED, WITHDRAWN, CANCELLED = "completed", "rejected", "withdrawn", "cancelled"


def end(run: CaseRun, status: str) -> None:
    """Close the case; unless it was completed, everything it caused is taken back. Tells the starter."""
    run.case.status = status
    run.case.ended_at = run.now
    if status != COMPLETED:
        # what the operations read under a lock must be what this action has changed so far
        run.session.flush()
        for name in run.definition.settings.compensation:
            taken_back = OPERATIONS[name](run, {})
            if taken_back:
                run.record(Entry(action="compensated", detail={"operation": name, "result": taken_back}))
    run.record(Entry(action="ended", outcome=status))
    # nobody is told of what they did themselves; a group may want to hear of it all the same
    told = [] if run.case.starter_id == run.user_id else [run.case.starter_id]
    run.tell(Message(people=told, kind=status))
