"""HQ's pages of the members band."""

from members.admin import (
    benefits,
    catalogue,
    earnings,
    erasures,
    imports,
    ledgers,
    members,
    orders,
    people,
    tags,
    timeline,
)

__all__ = [
    "benefits",
    "catalogue",
    "earnings",
    "erasures",
    "imports",
    "ledgers",
    "members",
    "orders",
    "people",
    "tags",
    "timeline",
]
