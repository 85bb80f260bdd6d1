"""HQ's pages of the campaigns band."""

from campaigns.admin import memberdays, promotions, tasks, touches

__all__ = ["memberdays", "promotions", "tasks", "touches"]
