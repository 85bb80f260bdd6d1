"""Tiers: why a member holds theirs, what is missing for the next, and what happens when.

How tiers are reached and lost is written in members.standing; this explains it, in one function for guide, HQ and
partner alike.
"""

from dataclasses import dataclass
from datetime import date, datetime

from members import growth
from members.growth import Leaving
from members.models import Member, Tier
from members.windows import local_day, windows


@dataclass(frozen=True)
class TierExplanation:
    """Why this tier. ``growth`` counts within ``window_days``; ``missing`` is what the next tier still needs.

    ``earned`` is the tier that today's growth value alone would give: below ``tier`` when growth has left the window
    since, or when the tier was given by hand. ``leaving`` is the next growth to leave the window, and ``below_on`` the
    day on which, without new orders, the growth value falls below what the tier needs. ``progress`` is the percent of
    the way to the next tier, 100 in the highest.
    """

    tier: Tier
    since: date
    growth: int
    window_days: int
    earned: Tier
    next_tier: Tier | None
    missing: int
    progress: int
    leaving: Leaving | None
    below_on: date | None

    @property
    def is_kept(self) -> bool:
        """Whether the tier is held although today's growth value no longer reaches it."""
        return self.earned.threshold < self.tier.threshold


def explain_tier(member: Member, *, at: datetime | None = None) -> TierExplanation:
    """The explanation of the member's tier as of ``at`` (None: now), from the row as it is."""
    tiers = list(Tier.objects.order_by("threshold"))
    held = next((tier for tier in tiers if tier.pk == member.tier_id), member.tier)
    above = [tier for tier in tiers if tier.threshold > held.threshold]
    reached = [tier for tier in tiers if tier.threshold <= member.growth]
    coming = growth.leaving(member, at=at)
    below = next((step.on for step in coming if step.left < held.threshold), None)
    return TierExplanation(
        tier=held,
        since=local_day(member.tier_since),
        growth=member.growth,
        window_days=windows(at).growth_days,
        earned=reached[-1] if reached else tiers[0] if tiers else held,
        next_tier=above[0] if above else None,
        missing=max(0, above[0].threshold - member.growth) if above else 0,
        progress=min(100, member.growth * 100 // above[0].threshold) if above else 100,
        leaving=coming[0] if coming else None,
        below_on=below if member.growth >= held.threshold else None,
    )
