"""Two people who mend the same fault, and one who mends while another cancels, on real connections."""

from __future__ import annotations

from flask import Flask

from services.cases.end_case import cancel_case
from services.errors import Conflict
from services.incidents.mending import skip
from services.types import CaseId
from tests.conftest import MONDAY, find_actor
from tests.support.acting import asked, history, status
from tests.support.incidents import open_incident, publish_broken, stuck_case
from tests.support.racing import at_once


def test_of_two_who_mend_at_once_one_wins(app: Flask) -> None:
    publish_broken()
    people = [find_actor("owner"), find_actor("admin")]
    for _round in range(5):
        case = stuck_case()
        wanted = open_incident(case).id

        def mend(number: int, wanted: int = wanted) -> str:
            way = ("over_budget_approval", "budget_cleared")[number]
            skip(people[number], wanted, reason="x", way=way, now=MONDAY)
            return "done"

        results = at_once(app, 2, mend)
        assert results.count("done") == 1
        assert sum(isinstance(result, Conflict) for result in results) == 1
        assert len(history(case, "incident_mended")) == 1
        assert asked(case) in ({"gm": "over_budget_approval"}, {})


def test_mending_and_cancelling_at_once_leave_one_of_both(app: Flask) -> None:
    publish_broken()
    for _round in range(5):
        case = stuck_case()
        wanted = open_incident(case).id

        def act(number: int, wanted: int = wanted, case_id: int = case.id) -> str:
            if number:
                cancel_case(find_actor("specialist"), CaseId(case_id), "不办了", now=MONDAY)
            else:
                skip(find_actor("owner"), wanted, reason="x", way="over_budget_approval", now=MONDAY)
            return "done"

        results = at_once(app, 2, act)
        assert "done" in results
        assert status(case) == "cancelled" or asked(case) == {"gm": "over_budget_approval"}
