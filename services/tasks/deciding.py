"""What the signatures of a step decide together, handed to the engine."""

from __future__ import annotations

from services.cases.case_run import CaseRun
from services.cases.filling import stored_variables
from services.cases.history import Entry
from services.errors import Conflict
from workflows.signing import ABSTAIN, APPROVE, REJECT, NotPossible, Sheet, result

_REASONS = {
    "full": "一个环节最多 100 人签字，请减少人数",
    "vote": "这个环节是票签，加签的人与其他人一样投一票，不能选“任一人”",
    "closed": "这个签字已经完成，不能再更改",
    "last": "至少要有一个人签字；不需要这个环节时请驳回或退回",
    "later": "后面的人已经签字，不能再撤回",
    "decided": "不算您的签字，这个环节也已经有结果，不能再撤回",
    "unknown": "这个环节没有这位签字人",
}


def refused(error: NotPossible) -> Conflict:
    """The sheet's refusal in words."""
    return Conflict(_REASONS[error.reason])


def finish_if_decided(run: CaseRun, engine_task: str, sheet: Sheet) -> bool:
    """Complete the step once its signatures decide it; the diagram sees the outcome and how many said what."""
    outcome = result(sheet)
    if outcome is None:
        return False
    signed = [seat.signature for seat in sheet.signed() if seat.signature is not None]
    counts = {
        name: sum(signature.outcome == value for signature in signed)
        for name, value in (("approvals", APPROVE), ("rejections", REJECT), ("abstentions", ABSTAIN))
    }
    task = next(task for task in run.instance.open_tasks() if task.id == engine_task)
    if len(signed) > 1:
        detail = {**counts, "policy": sheet.policy.kind if sheet.policy else "chain"}
        run.record(Entry(action="decided", step=task.step, name=task.name, outcome=outcome, detail=detail))
    comment = signed[-1].comment if signed else ""
    stored = stored_variables(run.definition, run.definition.tasks[task.step], run.case.forms, task.branch)
    run.instance.complete(engine_task, {**stored, "outcome": outcome, "comment": comment, **counts})
    return True
