"""HQ's pages of the stores band."""

from stores.admin import jobs, partners, places, staff

__all__ = ["jobs", "partners", "places", "staff"]
