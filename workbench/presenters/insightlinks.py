"""From a figure of insight to the members it stands for, where the list of members has the filters for it."""

from collections.abc import Mapping
from typing import Any

from members.segments.trees import ALL
from stores.models import Staff
from workbench.presenters.links import address

FILTERS = {"tier": "tier", "stage": "stage"}  # facts that the list can be narrowed by, with their names there


def members_of(leader: Staff, rule: Mapping[str, Any] | None) -> str:
    """The leader's list of members who meet a rule; "" when the list cannot be narrowed to exactly these."""
    pairs: list[tuple[str, Any]] = []
    for leaf in _leaves(rule):
        if _is_own_place(leader, leaf):
            continue
        name = FILTERS.get(str(leaf.get("fact")))
        if name is None or leaf.get("op") != "in" or leaf.get("where"):
            return ""
        pairs += [(name, value) for value in leaf["value"]]
    return address("members", query=pairs) if pairs else ""


def _leaves(rule: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    if not rule:
        return []
    return list(rule[ALL]) if ALL in rule else [rule]


def _is_own_place(leader: Staff, leaf: Mapping[str, Any]) -> bool:
    """The place that the leader's list is of anyhow."""
    own = {"home_store": leader.store_id, "region": leader.region_id}.get(str(leaf.get("fact")))
    return own is not None and leaf.get("op") == "in" and list(leaf.get("value") or ()) == [own]
