"""A step of one case starts another case: in the same transaction, with a number and a history of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.cases import links
from services.cases.case_run import CaseRun
from services.cases.start_case import begin_case
from services.errors import InvalidInput, ServiceError


@dataclass(frozen=True, kw_only=True)
class Started:
    """The number of the case that was started, or why there is none."""

    number: str = ""
    refusal: str = ""

    @property
    def text(self) -> str:
        return f"已发起 {self.number}" if self.number else f"没有发起：{self.refusal}"


def start_another(run: CaseRun, process: str, data: Mapping[str, Any], *, kind: str, about: str) -> Started:
    """Start a case of ``process`` as whoever acts on this one, and link both.

    What this case did stays done if the other cannot be started (not published, not permitted, a value that its form
    refuses): the answer says why. A step that is done again starts nothing a second time.
    """
    earlier = links.find_linked(run.session, run.case, kind=kind, about=about)
    if earlier is not None:
        return Started(number=earlier.number)
    if run.actor is None:
        return Started(refusal="没有办理人，不能发起")
    given = {name: value for name, value in data.items() if value not in (None, "")}
    try:
        # the other case's half is undone alone
        with run.session.begin_nested():
            other = begin_case(
                run.session,
                run.actor,
                process,
                given,
                now=run.now,
                with_defaults=True,
                started_by={"case": run.case.number, "about": about},
            )
            links.link(run.session, run.case, other.case, kind=kind, about=about, now=run.now)
    except ServiceError as refusal:
        return Started(refusal=_sentence(refusal))
    return Started(number=other.case.number)


def _sentence(refusal: ServiceError) -> str:
    if isinstance(refusal, InvalidInput):
        return "；".join(f"{field}：{'，'.join(said)}" for field, said in refusal.errors.items())
    return str(refusal)
