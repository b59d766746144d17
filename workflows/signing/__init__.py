"""Several signatures on one step: who is asked when, and what they decide together.

A sheet is plain data. Every function takes one and gives a new one; nothing here knows people, cases or databases.
"""

from workflows.signing.policy import ABSTAIN, APPROVE, REJECT, Policy, PolicyError, read_policy
from workflows.signing.sheet import (
    MAX_SEATS,
    Group,
    NotPossible,
    Seat,
    Sheet,
    Signature,
    Tally,
    add_signers,
    ask_again,
    new_sheet,
    open_seats,
    remove_signer,
    replace_people,
    result,
    sign,
    take_back,
    tally,
)
from workflows.signing.stored import from_json, to_json

__all__ = [
    "ABSTAIN",
    "APPROVE",
    "MAX_SEATS",
    "REJECT",
    "Group",
    "NotPossible",
    "Policy",
    "PolicyError",
    "Seat",
    "Sheet",
    "Signature",
    "Tally",
    "add_signers",
    "ask_again",
    "from_json",
    "new_sheet",
    "open_seats",
    "read_policy",
    "remove_signer",
    "replace_people",
    "result",
    "sign",
    "take_back",
    "tally",
    "to_json",
]
