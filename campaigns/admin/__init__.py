"""HQ's pages of the campaigns band."""

from campaigns.admin import journeys, memberdays, messages, promotions, tasks, touches

__all__ = ["journeys", "memberdays", "messages", "promotions", "tasks", "touches"]
