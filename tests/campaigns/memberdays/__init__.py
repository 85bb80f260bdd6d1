"""Campaigns with dates: what they set in motion."""
