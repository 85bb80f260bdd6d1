"""Journeys in the admin: the list with figures, the editor of steps, publishing, and who is on the way."""

from campaigns.admin.journeys import pages, trips

__all__ = ["pages", "trips"]
