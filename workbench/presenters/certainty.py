"""What figures can tell: shares and effects with their intervals, in the order of names, and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from campaigns.models import Verdict, WorkMonth
from campaigns.results import GuideRow

LEAST_SPAN = 5.0  # points on either side of zero that the scale of effects shows at least


@dataclass(frozen=True)
class Interval:
    """A figure between its ends, all in percent or points, on a scale from ``bottom`` to ``top``."""

    low: float
    value: float
    high: float
    bottom: float
    top: float


@dataclass(frozen=True)
class Told:
    """One guide or store: the share of coupons used and the effect, with what they say."""

    name: str
    used: int
    sent: int
    share: Interval | None
    effect: Interval | None
    verdict: str
    can_tell: bool


@dataclass(frozen=True)
class Tellings:
    """All lines, as of when; empty before the first night."""

    rows: Sequence[Told]
    as_of: datetime | None


def of_guides(guides: Sequence[GuideRow], known: Mapping[int, WorkMonth]) -> Tellings:
    """The guides of a board that were counted this month, in its order."""
    pairs = [(row.guide.name, known[row.guide.pk]) for row in guides if row.guide.pk in known]
    return of_rows(pairs)


def of_rows(pairs: Sequence[tuple[str, WorkMonth]]) -> Tellings:
    """Named months of work on common scales."""
    rows = [row for _name, row in pairs]
    top = max((share(row) or (0, 0, 0))[2] for row in rows) if rows else 0
    top = min(100.0, max(20.0, top * 100))
    ends = [abs(end) * 100 for row in rows for end in (row.effect_low, row.effect_high) if end is not None]
    reach = max(LEAST_SPAN, min(max(ends, default=0.0), 100.0))
    found = [_told(name, row, top, reach) for name, row in pairs]
    return Tellings(found, max((row.as_of for row in rows if row.as_of), default=None))


def share(row: WorkMonth) -> tuple[float, float, float] | None:
    """Low, value and high of the share used: drawn to all where that is known, else as it is."""
    if row.drawn is not None and row.drawn_low is not None and row.drawn_high is not None:
        return row.drawn_low, row.drawn, row.drawn_high
    if row.low is not None and row.high is not None and row.sent:
        return row.low, row.used / row.sent, row.high
    return None


def _told(name: str, row: WorkMonth, top: float, reach: float) -> Told:
    ends, effect = share(row), None
    if row.effect is not None and row.effect_low is not None and row.effect_high is not None:
        effect = Interval(row.effect_low * 100, row.effect * 100, row.effect_high * 100, -reach, reach)
    share_of = Interval(ends[0] * 100, ends[1] * 100, ends[2] * 100, 0, top) if ends else None
    can_tell = row.verdict != Verdict.CANNOT_TELL
    return Told(name, row.used, row.sent, share_of, effect, _words(row), can_tell)


def _words(row: WorkMonth) -> str:
    if row.verdict == Verdict.CANNOT_TELL:
        return str(Verdict.CANNOT_TELL.label)
    if row.verdict == Verdict.BETTER:
        return _("more come back")
    return _("fewer come back")
