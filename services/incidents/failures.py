"""An action whose process fails is done again, with what failed left alone: what the person did is kept.

The first pass is the ordinary one and knows nothing of this. Where an element fails, everything is rolled back, and the
same action runs in a new transaction in which the engine holds that element; ``services.incidents.raising`` then writes
down why the case stands there.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from services.incidents.unplaced import refuse_for_whole_case
from workflows.engine import EngineFailed

MOST_PASSES = 8
_BRANCHES_APART = 3
"""Where an element has failed in so many branches, it is held in all of them."""
_log = logging.getLogger("huiqian.incidents")
_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One element that failed in this action. ``case`` is what its surroundings call the case."""

    case: str
    element: str
    branch: str
    error: EngineFailed

    @property
    def place(self) -> tuple[str, str, str]:
        return self.case, self.element, self.branch


_failures: ContextVar[tuple[Failure, ...]] = ContextVar("failures", default=())


def failures_of(case: str) -> list[Failure]:
    """What has failed of this case in earlier passes of the action that is under way."""
    return [failure for failure in _failures.get() if failure.case == case]


def held_places(case: str) -> frozenset[tuple[str, str | None]]:
    """What the engine must leave alone in this pass."""
    failures = failures_of(case)
    often = Counter(failure.element for failure in failures)
    return frozenset(
        (failure.element, failure.branch if often[failure.element] < _BRANCHES_APART else None) for failure in failures
    )


def outlives_failures(action: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Do the use case again, each time with one more element held, until it goes through.

    The use case opens its own transaction and takes ``now``. Raises Conflict where holding does not help: the case
    cannot be taken up, or something failed that is no element's.
    """

    @wraps(action)
    def repeated(*given: _Given.args, **named: _Given.kwargs) -> _Result:
        failures: tuple[Failure, ...] = ()
        while True:
            token = _failures.set(failures)
            try:
                return action(*given, **named)
            except EngineFailed as error:
                failure = _failure(error)
                if not failure.element or len(failures) == MOST_PASSES or failure.place in map(_place, failures):
                    raise refuse_for_whole_case(error, now=named["now"]) from error  # type: ignore[arg-type]
                failures = (*failures, failure)
            finally:
                _failures.reset(token)

    return repeated


def _failure(error: EngineFailed) -> Failure:
    _log.error("case %s: %s", error.case, error)
    return Failure(case=error.case or "", element=error.element, branch=error.branch or "", error=error)


def _place(failure: Failure) -> tuple[str, str, str]:
    return failure.place
