"""HQ's pages of the campaigns band."""

from campaigns.admin import memberdays, tasks, touches

__all__ = ["memberdays", "tasks", "touches"]
