"""HQ's pages of the members band."""

from members.admin import (
    benefits,
    catalogue,
    duplicates,
    earnings,
    erasures,
    imports,
    ledgers,
    memberlists,
    members,
    merges,
    orders,
    people,
    tags,
    tiergrants,
    tierrules,
    timeline,
)

__all__ = [
    "benefits",
    "catalogue",
    "duplicates",
    "earnings",
    "erasures",
    "imports",
    "ledgers",
    "memberlists",
    "members",
    "merges",
    "orders",
    "people",
    "tags",
    "tiergrants",
    "tierrules",
    "timeline",
]
