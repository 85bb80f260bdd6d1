"""HQ's pages of the stores band."""

from stores.admin import jobs, places, staff

__all__ = ["jobs", "places", "staff"]
