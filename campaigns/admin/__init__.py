"""HQ's pages of the campaigns band."""

from campaigns.admin import journeys, lift, memberdays, messages, promotions, recruiting, referrals, tasks, touches

__all__ = ["journeys", "lift", "memberdays", "messages", "promotions", "recruiting", "referrals", "tasks", "touches"]
