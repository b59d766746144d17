"""What the signatures on one step decide together, and when it is decided."""

from __future__ import annotations

import pytest

from workflows.signing import Policy, PolicyError, Sheet, Signature, new_sheet, open_seats, read_policy, result, sign

YES, NO, ABSTAIN = "approve", "reject", "abstain"


def sheet(people: int = 3, *, weights: tuple[int, ...] = (), **properties: str) -> Sheet:
    policy = read_policy(properties)
    return new_sheet([[number] for number in range(1, people + 1)], policy, weights)


def signed(on: Sheet, **answers: str) -> Sheet:
    """``signed(sheet, s1="approve", s3="reject")``, in this order."""
    for at, (seat, outcome) in enumerate(answers.items()):
        seat_id = seat.removeprefix("s")
        by = on.seat(seat_id).people[0]
        on = sign(on, seat_id, Signature(outcome=outcome, by=by, at=f"2026-11-23T0{at}:00:00+00:00"))
    return on


def asked(on: Sheet) -> list[str]:
    return [seat.id for seat in open_seats(on)]


def test_all_must_approve() -> None:
    on = sheet(signing="all")
    assert asked(on) == ["1", "2", "3"]
    on = signed(on, s2=YES, s1=YES)
    assert (result(on), asked(on)) == (None, ["3"])
    assert result(signed(on, s3=YES)) == YES


def test_one_rejection_ends_it_at_once_unless_everybody_is_to_be_heard() -> None:
    assert result(signed(sheet(signing="all"), s2=NO)) == NO
    on = signed(sheet(signing="all", rejection="against"), s2=NO)
    assert (result(on), asked(on)) == (None, ["1", "3"])
    assert result(signed(on, s1=YES, s3=YES)) == NO


def test_any_one_is_enough() -> None:
    assert result(signed(sheet(signing="any"), s3=YES)) == YES
    on = signed(sheet(signing="any"), s1=NO, s2=NO)
    assert result(on) is None
    assert result(signed(on, s3=NO)) == NO
    assert result(signed(sheet(signing="any", rejection="veto"), s1=NO)) == NO


def test_in_turn_asks_one_after_the_other() -> None:
    on = sheet(signing="in_turn")
    assert asked(on) == ["1"]
    on = signed(on, s1=YES)
    assert asked(on) == ["2"]
    assert result(signed(on, s2=NO)) == NO
    assert result(signed(on, s2=YES, s3=YES)) == YES


@pytest.mark.parametrize(
    ("needed", "people", "answers", "expected"),
    [
        ("2", 3, (YES, YES), YES),
        ("2", 3, (YES, NO, NO), NO),
        ("2", 3, (NO, NO), NO),  # two of one cannot be reached any more
        ("5", 3, (YES, YES), None),  # fewer voters than asked for: all of them
        ("5", 3, (YES, YES, YES), YES),
        ("60%", 5, (YES, YES, YES), YES),
        ("60%", 5, (YES, YES, NO, NO), None),
        ("60%", 5, (NO, NO, NO), NO),
        ("50%", 4, (YES, YES), YES),
        (">50%", 4, (YES, YES), None),
        (">50%", 4, (YES, YES, NO, NO), NO),
        ("100%", 2, (YES, NO), NO),
        ("33.34%", 3, (YES,), None),
    ],
)
def test_a_vote_is_over_when_the_rest_cannot_change_it(
    needed: str, people: int, answers: tuple[str, ...], expected: str | None
) -> None:
    on = sheet(people, signing="vote", vote_needed=needed)
    on = signed(on, **{f"s{at}": answer for at, answer in enumerate(answers, 1)})
    assert result(on) == expected


def test_weights_count_instead_of_heads() -> None:
    on = sheet(3, weights=(3, 1, 1), signing="vote", vote_needed="60%", vote_weights="总经理=3")
    assert result(signed(on, s1=YES)) == YES
    assert result(signed(on, s2=YES, s3=YES)) is None
    assert result(signed(on, s1=NO)) == NO


def test_a_veto_in_a_vote_can_come_from_the_last_to_be_asked() -> None:
    on = signed(sheet(signing="vote", vote_needed="1", rejection="veto"), s1=YES, s2=YES)
    assert (result(on), asked(on)) == (None, ["3"])
    assert result(signed(on, s3=NO)) == NO
    assert result(signed(on, s3=YES)) == YES


def test_who_abstains_is_not_counted_or_weighs_against_as_declared() -> None:
    excluded = signed(sheet(signing="vote", vote_needed="50%", abstention="excluded"), s1=NO, s2=ABSTAIN)
    assert result(signed(excluded, s3=YES)) == YES
    against = signed(sheet(signing="vote", vote_needed="50%", abstention="against"), s1=NO, s2=ABSTAIN)
    assert result(against) == NO  # one of three is less than half


def test_nobody_approved_when_all_abstain() -> None:
    everybody = {"s1": ABSTAIN, "s2": ABSTAIN, "s3": ABSTAIN}
    for properties in ({"signing": "all"}, {"signing": "any"}, {"signing": "vote", "vote_needed": "1"}):
        assert result(signed(sheet(**properties, abstention="excluded"), **everybody)) == NO


def test_an_abstention_leaves_the_others_to_decide() -> None:
    assert result(signed(sheet(2, signing="all", abstention="excluded"), s1=ABSTAIN, s2=YES)) == YES
    assert result(signed(sheet(2, signing="all", abstention="against"), s1=ABSTAIN, s2=YES)) == NO


def test_a_step_that_says_nothing_has_one_signature() -> None:
    assert read_policy({"form": "application"}) is None


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"signing": "some"}, "signing"),
        ({"signing": "all", "rejection": "maybe"}, "rejection"),
        ({"signing": "all", "abstention": "yes"}, "abstention"),
        ({"signing": "all", "vote_needed": "2"}, "vote_needed"),
        ({"signing": "vote"}, "vote_needed"),
        ({"signing": "vote", "vote_needed": "0"}, "vote_needed"),
        ({"signing": "vote", "vote_needed": "101%"}, "vote_needed"),
        ({"signing": "vote", "vote_needed": ">100%"}, "vote_needed"),
        ({"signing": "vote", "vote_needed": "half"}, "vote_needed"),
        ({"signing": "vote", "vote_needed": "1", "vote_weights": "总经理"}, "vote_weights"),
        ({"signing": "vote", "vote_needed": "1", "vote_weights": "a=1,a=2"}, "vote_weights"),
        ({"signing": "vote", "vote_needed": "1", "vote_weights": "a=0"}, "vote_weights"),
        ({"rejection": "veto"}, "rejection"),
    ],
)
def test_what_cannot_be_understood_is_named(properties: dict[str, str], named: str) -> None:
    with pytest.raises(PolicyError, match=named):
        read_policy(properties)


def test_abstaining_is_offered_only_where_its_meaning_is_declared() -> None:
    assert Policy(kind="all").outcomes == (YES, NO)
    assert Policy(kind="all", abstention="excluded").outcomes == (YES, NO, ABSTAIN)
