"""How a vote stands while it is open, and who is listed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from workflows.signing import Policy, Sheet, Signature, add_signers, new_sheet, sign, tally


def vote(**policy: object) -> Sheet:
    return new_sheet([[1], [2], [3], [4]], Policy(kind="vote", rejection="against", **policy), [2, 1, 1, 1])  # type: ignore[arg-type]


def answered(sheet: Sheet, seat: str, outcome: str) -> Sheet:
    return sign(sheet, seat, Signature(outcome=outcome, by=int(seat), at=f"2026-11-23T0{seat}:00:00"))


@pytest.mark.parametrize(
    ("policy", "needed"),
    [
        ({"needed": Fraction(3, 5)}, 3),
        ({"needed": Fraction(1, 2), "more_than": True}, 3),
        ({"needed": Fraction(2), "share": False}, 2),
        ({"needed": Fraction(9), "share": False}, 5),
    ],
)
def test_how_much_weight_is_needed(policy: dict[str, object], needed: int) -> None:
    found = tally(vote(**policy))
    assert found is not None
    assert (found.needed, found.missing) == (needed, 5)


def test_what_was_answered_is_counted_by_weight_and_abstentions_may_lower_the_bar() -> None:
    sheet = vote(needed=Fraction(1), abstention="excluded")
    for seat, outcome in (("1", "approve"), ("2", "abstain")):
        sheet = answered(sheet, seat, outcome)
    found = tally(sheet)
    assert found is not None
    assert (found.approved, found.rejected, found.abstained, found.missing, found.needed) == (2, 0, 1, 2, 4)


def test_other_policies_have_no_tally() -> None:
    assert tally(new_sheet([[1], [2]], Policy(kind="all"))) is None
    assert tally(new_sheet([[1]])) is None


def test_those_who_are_no_longer_needed_are_not_listed() -> None:
    sheet = add_signers(new_sheet([[1]]), "1", [2, 3], when="before", mode="any", by=1)
    assert [seat.id for seat in sheet.listed()] == ["2", "3", "1"]
    assert [seat.id for seat in answered(sheet, "3", "approve").listed()] == ["3", "1"]
