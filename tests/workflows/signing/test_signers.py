"""加签, 减签, 撤回 on a sheet, and what holds whatever people do with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.signing.test_policies import ABSTAIN, NO, YES, asked, sheet, signed
from workflows.signing import (
    NotPossible,
    Policy,
    Sheet,
    Signature,
    add_signers,
    ask_again,
    from_json,
    new_sheet,
    open_seats,
    remove_signer,
    replace_people,
    result,
    sign,
    take_back,
    to_json,
)

ONE = new_sheet([[10]])


def test_signers_before_are_asked_first_and_then_the_seat_itself() -> None:
    on = add_signers(ONE, "1", [20, 30], when="before", mode="all", by=10)
    assert asked(on) == ["2", "3"]
    on = signed(on, s2=YES, s3=YES)
    assert (result(on), asked(on)) == (None, ["1"])
    assert result(signed(on, s1=YES)) == YES
    assert result(signed(on, s1=NO)) == NO


def test_one_of_those_before_is_enough_when_any_may_answer() -> None:
    on = add_signers(ONE, "1", [20, 30], when="before", mode="any", by=10)
    assert asked(signed(on, s3=YES)) == ["1"]
    assert asked(signed(on, s3=NO)) == ["2"]
    assert result(signed(on, s3=NO, s2=NO)) == NO


def test_signers_after_are_asked_once_the_seat_approved() -> None:
    on = add_signers(ONE, "1", [20], when="after", mode="all", by=10)
    assert asked(on) == ["1"]
    assert result(signed(on, s1=NO)) == NO
    on = signed(on, s1=YES)
    assert (result(on), asked(on)) == (None, ["2"])
    assert result(signed(on, s2=NO)) == NO


def test_signers_beside_are_asked_together_with_the_seat() -> None:
    on = add_signers(ONE, "1", [20], when="beside", mode="all", by=10)
    assert asked(on) == ["1", "2"]
    assert result(signed(on, s2=YES)) is None
    assert result(signed(add_signers(ONE, "1", [20], when="beside", mode="any", by=10), s2=YES)) == YES


def test_beside_a_voter_is_one_more_voter() -> None:
    on = add_signers(sheet(2, signing="vote", vote_needed=">50%"), "1", [30, 40], when="beside", mode="all", by=1)
    assert asked(on) == ["1", "2", "3", "4"]
    assert result(signed(on, s1=YES, s2=YES)) is None
    assert result(signed(on, s1=YES, s2=YES, s4=YES)) == YES
    with pytest.raises(NotPossible, match="vote"):
        add_signers(on, "1", [50], when="beside", mode="any", by=1)


def test_before_a_voter_delays_that_voice_alone() -> None:
    on = add_signers(sheet(3, signing="vote", vote_needed="2"), "1", [30], when="before", mode="all", by=1)
    assert asked(on) == ["4", "2", "3"]
    assert result(signed(on, s2=YES, s3=YES)) == YES
    assert result(signed(on, s4=NO, s2=NO)) == NO  # a rejection before the voter is the voter's


def test_a_voter_who_abstains_abstains_also_with_signers_before() -> None:
    on = sheet(2, signing="vote", vote_needed="50%", abstention="excluded")
    on = add_signers(on, "1", [30], when="before", mode="all", by=1)
    assert result(signed(on, s3=YES, s1=ABSTAIN, s2=YES)) == YES


def test_a_signer_who_is_removed_is_not_waited_for() -> None:
    on = signed(sheet(3, signing="all"), s1=YES, s2=YES)
    assert result(remove_signer(on, "3")) == YES
    on = add_signers(ONE, "1", [20], when="before", mode="all", by=10)
    assert remove_signer(on, "2") == ONE


def test_the_last_signer_stays_and_so_does_who_has_signed() -> None:
    with pytest.raises(NotPossible, match="last"):
        remove_signer(ONE, "1")
    with pytest.raises(NotPossible, match="closed"):
        remove_signer(signed(sheet(2, signing="all"), s1=YES), "1")


def test_the_weight_of_a_voter_outlives_the_signers_before() -> None:
    on = sheet(2, weights=(3, 1), signing="vote", vote_needed="60%", vote_weights="x=3")
    on = remove_signer(add_signers(on, "1", [30], when="before", mode="all", by=1), "3")
    assert result(signed(on, s1=YES)) == YES


def test_nobody_signs_twice_or_out_of_turn() -> None:
    on = signed(sheet(2, signing="in_turn"), s1=YES)
    for seat in ("1", "7"):
        with pytest.raises(NotPossible):
            signed(on, **{seat: YES})
    with pytest.raises(NotPossible):
        signed(sheet(2, signing="in_turn"), s2=YES)


def test_a_signature_is_taken_back_until_somebody_built_on_it() -> None:
    on = signed(sheet(3, signing="all"), s1=YES, s2=YES)
    assert asked(take_back(on, "1")) == ["1", "3"]
    turn = signed(sheet(3, signing="in_turn"), s1=YES, s2=YES)
    with pytest.raises(NotPossible, match="later"):
        take_back(turn, "1")
    assert asked(take_back(turn, "2")) == ["2"]
    with pytest.raises(NotPossible, match="closed"):
        take_back(turn, "3")


def test_a_signature_that_decided_nothing_stays() -> None:
    on = signed(sheet(3, signing="all", rejection="against"), s1=NO, s2=YES, s3=YES)
    assert asked(take_back(on, "2")) == ["2"]
    on = signed(add_signers(ONE, "1", [20, 30], when="before", mode="any", by=10), s2=YES, s1=NO)
    assert asked(take_back(on, "1")) == ["1"]
    voted = signed(sheet(3, signing="vote", vote_needed="1"), s1=NO, s2=YES)
    with pytest.raises(NotPossible, match="decided"):
        take_back(voted, "1")


def test_straight_back_asks_only_whom_it_must() -> None:
    on = signed(sheet(3, signing="all"), s1=YES, s2=YES)
    assert asked(ask_again(on, ["2"])) == ["2", "3"]


def test_only_those_who_answered_are_listed_in_the_order_of_their_answers() -> None:
    on = signed(sheet(3, signing="any"), s2=NO, s1=YES)
    assert [seat.id for seat in on.signed()] == ["2", "1"]


def test_a_hundred_seats_are_enough() -> None:
    with pytest.raises(NotPossible, match="full"):
        add_signers(ONE, "1", list(range(100)), when="beside", mode="all", by=1)


policies = st.builds(
    Policy,
    kind=st.sampled_from(["all", "any", "in_turn", "vote"]),
    rejection=st.sampled_from(["veto", "against"]),
    abstention=st.sampled_from(["no", "excluded", "against"]),
    needed=st.fractions(min_value="1/10", max_value=1),
    more_than=st.booleans(),
)
sheets = st.builds(
    lambda policy, weights: new_sheet([[number] for number in range(len(weights))], policy, weights),
    policies,
    st.lists(st.integers(1, 4), min_size=1, max_size=5),
)


def act(on: Sheet, draw: Any) -> Sheet:
    """One thing that somebody could do; what is refused changes nothing."""
    seat = draw(st.sampled_from(on.seats()))
    verb = draw(st.sampled_from(["sign", "sign", "sign", "add", "remove", "take back", "replace"]))
    try:
        if verb == "sign":
            outcome = draw(st.sampled_from([YES, YES, NO, ABSTAIN]))
            at = f"{sum(1 for each in on.seats() if each.signature):04d}"
            return sign(on, seat.id, Signature(outcome=outcome, by=seat.people[0], at=at))
        if verb == "add":
            when = draw(st.sampled_from(["before", "after", "beside"]))
            return add_signers(on, seat.id, [7], when=when, mode=draw(st.sampled_from(["all", "any"])), by=1)
        if verb == "remove":
            return remove_signer(on, seat.id)
        return take_back(on, seat.id) if verb == "take back" else replace_people(on, seat.id, [99])
    except NotPossible:
        return on


@given(sheets, st.data())
def test_as_long_as_nothing_is_decided_somebody_is_asked(on: Sheet, data: st.DataObject) -> None:
    for _step in range(12):
        on = act(on, data.draw)
        ids = [seat.id for seat in on.seats()]
        assert len(set(ids)) == len(ids)
        assert bool(open_seats(on)) == (result(on) is None)
        assert all(seat.signature is None for seat in open_seats(on))
        assert from_json(to_json(on)) == on


@given(sheets, st.data())
def test_whoever_goes_on_signing_gets_to_a_decision(on: Sheet, data: st.DataObject) -> None:
    for _step in range(8):
        on = act(on, data.draw)
    for _seat in range(len(on.seats())):
        if result(on) is not None:
            break
        seat = data.draw(st.sampled_from(open_seats(on)))
        outcome = data.draw(st.sampled_from([YES, NO, ABSTAIN]))
        on = sign(on, seat.id, Signature(outcome=outcome, by=1, at="9"))
    assert result(on) in (YES, NO, ABSTAIN)


@given(sheets.filter(lambda on: on.policy is not None and on.policy.kind == "vote"), st.data())
def test_a_vote_that_is_over_early_would_have_come_out_the_same(on: Sheet, data: st.DataObject) -> None:
    answers = {seat.id: data.draw(st.sampled_from([YES, NO, ABSTAIN])) for seat in on.seats()}
    full = on
    early = None
    for seat_id, outcome in answers.items():
        if early is None:
            on = sign(on, seat_id, Signature(outcome=outcome, by=1, at="1"))
            early = result(on)
    root = to_json(full)
    for member, outcome in zip(root["members"], answers.values(), strict=True):
        member["signature"] = {"outcome": outcome, "by": 1, "at": "1", "comment": "", "on_behalf_of": None}
    assert result(from_json(root)) == early


def test_a_new_person_in_a_seat_is_asked_instead() -> None:
    on = replace_people(ONE, "1", [20])
    assert [seat.people for seat in open_seats(on)] == [(20,)]
    with pytest.raises(NotPossible, match="closed"):
        replace_people(signed(on, s1=YES), "1", [10])
