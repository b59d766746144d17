"""恢复: a case that was taken back or rejected becomes a new draft with its data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.cases import attachments, drafts
from services.cases.case_run import lock_case
from services.cases.closing import CANCELLED, REJECTED, WITHDRAWN
from services.cases.history import Entry, append
from services.cases.visibility import require_visible
from services.database import transaction
from services.errors import Conflict, NotPermitted
from services.processes.versions import get_current_version, get_definition, may_start
from services.types import Actor, CaseId, VersionId

RESTORABLE = (WITHDRAWN, CANCELLED, REJECTED)


def restore_case(actor: Actor, case_id: CaseId, *, now: datetime, replace: bool = False) -> tuple[str, dict[str, Any]]:
    """Put the first form of an ended case into the starter's drafts, on the version that new cases run on.

    Gives the process and the values. Fields that the present form no longer has, or hides from the applicant, are left
    out. Raises NotFound, NotPermitted for anybody but the starter or if they may no longer start the process, Conflict
    while the case runs, after it was completed, and if there is a draft already, unless ``replace``.
    """
    with transaction() as session:
        case = lock_case(session, case_id)
        require_visible(session, actor, case)
        if case.starter_id != actor.id:
            raise NotPermitted("只有申请人本人可以恢复")
        if case.status not in RESTORABLE:
            raise Conflict("{number} 没有撤回、撤销或被驳回，不需要恢复", number=case.number)
        definition = get_definition(session, VersionId(get_current_version(session, case.process_key).id))
        if not may_start(definition, actor):
            raise NotPermitted("您的部门和岗位不能发起“{title}”", title=definition.settings.title)
        place = drafts.new_case_place(case.process_key)
        if not replace and drafts.find_draft(session, actor.id, place) is not None:
            raise Conflict(
                "您已有一份没有提交的“{title}”草稿，请先提交它，或确认用恢复的内容替换", title=definition.settings.title
            )
        form = definition.form_of(definition.first_task.id)
        stored = {name: value for name, value in case.forms.get(form.key, {}).items() if name in form.properties}
        values = form.rights_at(definition.first_task.id).visible(stored)
        attachments.copy_attachments(session, actor, form, values, now=now)
        drafts.put_draft(session, actor.id, place, values, now=now)
        append(session, case, Entry(action="restored", user_id=actor.id), now)
        return case.process_key, values
