"""Fits that were made, for whoever shows them: without what made them, which takes a second to load."""

from members.models import ValueFit

MOST_SHOWN = 7
"""The last row of a calibration stands for members with so many purchases or more."""


def newest() -> ValueFit | None:
    """The fit in force."""
    return ValueFit.objects.order_by("-fitted_at", "-pk").first()
