"""Who a bulk issue goes to: tiers, home stores or a list of members. Merged and erased members never."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KEYS = ("tier_ids", "store_ids", "excluded_store_ids", "member_ids")
NOBODY: Mapping[str, Sequence[int]] = dict.fromkeys(KEYS, ())

# Each condition is written only when it restricts, so that the planner sees what it can use.
CONDITIONS = {
    "tier_ids": "m.tier_id = ANY(%(tier_ids)s)",
    "store_ids": "m.home_store_id = ANY(%(store_ids)s)",
    "excluded_store_ids": "(m.home_store_id IS NULL OR NOT m.home_store_id = ANY(%(excluded_store_ids)s))",
    "member_ids": "m.id = ANY(%(member_ids)s)",
}
LIVING = "m.state = 'active'"


@dataclass(frozen=True)
class Audience:
    """Empty lists restrict nothing; several lists must all match."""

    tier_ids: Sequence[int] = ()
    store_ids: Sequence[int] = ()
    excluded_store_ids: Sequence[int] = ()
    member_ids: Sequence[int] = ()
    params: Mapping[str, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the lists as the parameters of the SQL."""
        object.__setattr__(self, "params", {key: list(getattr(self, key)) for key in KEYS})

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Audience":
        """From the JSON of an IssueRun or a door; raises TypeError for a key that does not exist."""
        return cls(**{key: tuple(int(value) for value in values or ()) for key, values in data.items()})

    @property
    def scope_sql(self) -> str:
        """The conditions over ``m`` apart from being alive."""
        return " AND ".join([CONDITIONS[key] for key in KEYS if self.params[key]] or ["true"])

    @property
    def sql(self) -> str:
        """All conditions over ``m``; take ``params`` with it."""
        return f"{LIVING} AND {self.scope_sql}"
