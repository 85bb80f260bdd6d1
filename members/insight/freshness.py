"""As of when summaries are: what was rebuilt completely, and when."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from members.models import SummaryState


def as_of(names: Iterable[str]) -> datetime | None:
    """The moment that figures of these summaries hold for: that of the oldest among the newest of each; None when one
    of them has never been built, or none is named."""
    wanted = set(names)
    rows = SummaryState.objects.filter(name__in=wanted).values_list("name").annotate(at=Max("as_of"))
    known = dict(rows)
    return min(known.values()) if wanted and len(known) == len(wanted) else None
