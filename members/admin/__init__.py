"""HQ's pages of the members band."""

from members.admin import catalogue, ledgers, members, orders, tags, timeline

__all__ = ["catalogue", "ledgers", "members", "orders", "tags", "timeline"]
