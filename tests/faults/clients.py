"""People who keep trying: what a careful client does when the server dies in the middle of an answer."""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.client import API, Answer, Client

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.25


@dataclass
class Acknowledged:
    """What the server said it had done, by the comment that names it."""

    comments: dict[str, int] = field(default_factory=dict)
    """Comment → case."""
    retried: int = 0
    """Answers that were lost although the action had been done."""


def say(text: str) -> None:
    """For whoever watches the run, or replays it."""
    sys.stderr.write(f"\n{text}")


def persist(call: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Ask until there is an answer that is no breakdown; whether it took more than one attempt."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    again = False
    while True:
        try:
            answer = call()
        except (OSError, http.client.HTTPException):
            answer = None
        if answer is not None and answer.status < 500:
            return answer, again
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer within {PATIENCE_SECONDS} s; the last was {answer}")
        again = True
        time.sleep(PAUSE_SECONDS)


def start(client: Client, process: str, data: dict[str, Any], key: str) -> dict[str, Any]:
    """Start a case exactly once, however often it has to be asked."""
    answer, _again = persist(
        lambda: client.post(f"{API}/cases", {"process": process, "data": data}, Idempotency_Key=key)
    )
    assert answer.status == 201, answer.body
    return answer.json()  # type: ignore[no-any-return]


def show(client: Client, case_id: int) -> dict[str, Any]:
    answer, _again = persist(lambda: client.get(f"{API}/cases/{case_id}"))
    assert answer.status == 200, answer.body
    return answer.json()  # type: ignore[no-any-return]


def approve(client: Client, case_id: int, task_id: int, comment: str, acknowledged: Acknowledged) -> dict[str, Any]:
    """Approve once. A 409 after a lost answer means that it had been done: the history says whether by this action."""
    body = {"outcome": "approve", "comment": comment}
    answer, again = persist(lambda: client.post(f"{API}/tasks/{task_id}/complete", body))
    if answer.status == 409 and again:
        case = show(client, case_id)
        assert [line["comment"] for line in case["history"]].count(comment) == 1, (case_id, comment, answer.body)
        acknowledged.retried += 1
    else:
        assert answer.status == 200, (case_id, comment, answer.body)
        case = answer.json()
    acknowledged.comments[comment] = case_id
    return case
