"""HQ's pages of the campaigns band."""

from campaigns.admin import journeys, memberdays, promotions, tasks, touches

__all__ = ["journeys", "memberdays", "promotions", "tasks", "touches"]
