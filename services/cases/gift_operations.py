"""What the steps of a gift's process do to the stock and to what its recipients were given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.cases.case_run import CaseRun
from services.cases.gift_facts import quantities
from services.registers import benefits, gifts
from services.registers.gifts import Cause
from workflows.forms import from_stored

Parameters = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]


def reserve_gifts(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """Hold what the ``lines`` ask for; ``gifts_short`` is how many are missing, ``gifts_to_buy`` which."""
    missing = gifts.reserve(run.session, quantities(parameters["lines"]), _cause(run))
    return {"gifts_short": sum(each.quantity for each in missing), "gifts_to_buy": gifts.in_words(missing)}


def release_gifts(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    released = gifts.release(run.session, _cause(run))
    return {"gifts_released": released} if released else {}


def hand_out_gifts(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    """Take the gifts out of the stock. Raises Conflict naming what is still missing."""
    gifts.hand_out(run.session, _cause(run))
    return {"gifts_handed_out": True}


def undo_hand_out(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    gifts.undo_hand_out(run.session, _cause(run))
    return {}


def confirm_gifts(run: CaseRun, parameters: Parameters) -> dict[str, Any]:
    """The gifts were given, but for what came back: ``returned`` rows of ``line`` and ``quantity``.

    With the outcome ``returned`` and no rows everything came back.
    """
    lines, rows = parameters["lines"], parameters["returned"] or []
    everything = parameters["outcome"] == "returned" and not rows
    back = _back_by_line(lines, rows, everything=everything)
    by_gift = quantities([{**line, "quantity": back[number]} for number, line in enumerate(lines, 1)])
    came_back = gifts.confirm(run.session, None if everything else by_gift, _cause(run))
    _write_down(run, lines, back)
    return {"gifts_returned": sum(came_back.values())}


def undo_confirm(run: CaseRun, _parameters: Parameters) -> dict[str, Any]:
    gifts.undo_confirm(run.session, _cause(run))
    benefits.forget_actual(run.session, run.case.id)
    return {}


def _back_by_line(lines: Rows, rows: Rows, *, everything: bool) -> dict[int, int]:
    """How many came back of each line, by its number from 1."""
    if everything:
        return {number: line["quantity"] for number, line in enumerate(lines, 1)}
    back = dict.fromkeys(range(1, len(lines) + 1), 0)
    for row in rows:
        back[row["line"]] += row["quantity"]
    return back


def _write_down(run: CaseRun, lines: Rows, back: Mapping[int, int]) -> None:
    """Who kept how much: the value of a line in the proportion of what did not come back."""
    form = run.definition.form_of(run.definition.first_task.id)
    kept = [
        {**line, "value": Decimal(str(line["value"])) * (line["quantity"] - back[number]) / line["quantity"]}
        for number, line in enumerate(lines, 1)
    ]
    values = {**from_stored(form.properties, run.case.forms[form.key]), "lines": kept}
    given = benefits.given_by(form, values)
    benefits.put(run.session, run.case.id, benefits.GIFT, given, stage=benefits.ACTUAL)


def _cause(run: CaseRun) -> Cause:
    return Cause(now=run.now, user_id=run.user_id, case_id=run.case.id)


OPERATIONS: Mapping[str, Callable[[CaseRun, Parameters], dict[str, Any]]] = {
    "confirm_gifts": confirm_gifts,
    "hand_out_gifts": hand_out_gifts,
    "release_gifts": release_gifts,
    "reserve_gifts": reserve_gifts,
}
UNDO: Mapping[str, Callable[[CaseRun, Parameters], dict[str, Any]]] = {
    "confirm_gifts": undo_confirm,
    "hand_out_gifts": undo_hand_out,
    "reserve_gifts": release_gifts,
}
