"""HQ's pages of the stores band."""

from stores.admin import history, jobs, partners, places, staff

__all__ = ["history", "jobs", "partners", "places", "staff"]
