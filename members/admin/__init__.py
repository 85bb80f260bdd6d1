"""HQ's pages of the members band."""

from members.admin import catalogue, imports, ledgers, members, orders, people, tags, timeline

__all__ = ["catalogue", "imports", "ledgers", "members", "orders", "people", "tags", "timeline"]
