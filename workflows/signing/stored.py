"""A sheet as plain data that a database can keep, and back."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from workflows.signing.policy import Policy
from workflows.signing.sheet import Group, Node, Seat, Sheet, Signature


def to_json(sheet: Sheet) -> dict[str, Any]:
    return _to_json(sheet.root)


def from_json(data: Mapping[str, Any]) -> Sheet:
    return Sheet(root=_from_json(data))


def _to_json(node: Node) -> dict[str, Any]:
    if isinstance(node, Seat):
        signature = node.signature
        return {
            "id": node.id,
            "people": list(node.people),
            "weight": node.weight,
            "added_by": node.added_by,
            "place": node.place,
            "signature": None if signature is None else dict(vars(signature)),
        }
    policy = {**vars(node.policy), "needed": str(node.policy.needed), "weights": dict(node.policy.weights)}
    members = [_to_json(member) for member in node.members]
    return {"policy": policy, "members": members, "weight": node.weight, "own": node.own}


def _from_json(data: Mapping[str, Any]) -> Node:
    if "policy" in data:
        return Group(
            policy=Policy(**{**data["policy"], "needed": Fraction(data["policy"]["needed"])}),
            members=tuple(_from_json(member) for member in data["members"]),
            weight=data["weight"],
            own=data["own"],
        )
    signature = data["signature"]
    return Seat(
        **{**data, "people": tuple(data["people"]), "signature": None if signature is None else Signature(**signature)}
    )
