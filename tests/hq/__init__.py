"""Headquarters' admin: every page opens for whom it should, shows what it should, and never counts a large table."""
