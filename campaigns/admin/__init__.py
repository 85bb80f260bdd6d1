"""HQ's pages of the campaigns band."""

from campaigns.admin import (
    commissionmonths,
    groups,
    journeys,
    lift,
    memberdays,
    messages,
    promotions,
    recommendations,
    recruiting,
    referrals,
    sharing,
    tasks,
    touches,
    wecom,
    work,
)

__all__ = [
    "commissionmonths",
    "groups",
    "journeys",
    "lift",
    "memberdays",
    "messages",
    "promotions",
    "recommendations",
    "recruiting",
    "referrals",
    "sharing",
    "tasks",
    "touches",
    "wecom",
    "work",
]
