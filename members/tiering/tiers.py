"""Tiers: why a member holds theirs, what is missing for the next, and what happens on which day.

How a tier is reached and lost is in members.tiering.tierpaths; this explains it, in one function for guide, HQ and
partner alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from members.ledgers import growth
from members.ledgers.growth import Leaving
from members.models import Member, Tier, TierChange, TierGrant
from members.tiering import tiergrants, tierrules
from members.tiering.tierpaths import Path, path_of
from members.tiering.tierrules import Version
from members.windows import local_day

CHANGES_SHOWN, STEPS_SHOWN = 20, 8
# what a step may be
WHATS = {"notice", "leaving", "below", "passed", "grace", "review", "growth", "grant", "grant_ended"}


@dataclass(frozen=True)
class Step:
    """What happens on a day without new orders; ``what`` is one of WHATS, ``tier`` the tier it is about or leads to."""

    on: date
    what: str
    tier: Tier
    amount: int = 0
    left: int = 0

    @property
    def sentence(self) -> str:
        """The step in words."""
        words = {"tier": self.tier.name, "amount": f"{self.amount:,}", "left": f"{self.left:,}"}
        match self.what:
            case "leaving":
                return _("%(amount)s growth value no longer counts, %(left)s are left") % words
            case "below":
                return _("Growth value falls below what %(tier)s needs") % words
            case "notice":
                return _("Notice of the review, %(amount)s still missing") % words
            case "passed":
                return _("Review: %(tier)s is kept") % words
            case "grace":
                return _("Review: not enough, the grace period begins") % words
            case "review":
                return _("The grace period ends: back to %(tier)s") % words
            case "grant":
                return _("%(tier)s given by hand begins") % words
            case "grant_ended":
                return _("What was given by hand ends: %(tier)s, as growth has earned") % words
        return _("Up to %(tier)s") % words


@dataclass(frozen=True)
class Change:
    """A move in the past: from, to, why and when."""

    before: Tier
    after: Tier
    why: str
    at: datetime

    @property
    def reason(self) -> str:
        """Why, in words."""
        return str(TierChange.Why(self.why).label)


@dataclass(frozen=True)
class TierExplanation:
    """Why this tier, what is missing, and what happens when.

    ``tier`` is held since ``since`` because of ``why`` (TierChange.Why, "" from the beginning). ``by_growth`` is the
    tier that growth has brought, below ``tier`` under a ``grant``; ``earned`` what today's growth value alone would
    give. ``growth`` counts within ``window_days``; ``missing`` is what the next tier still needs, ``progress`` the
    percent of the way there. ``by_growth`` is reviewed on ``review_on``; ``to_keep`` is the growth still missing for
    that day, or for ``grace_until`` once the grace period has begun; ``is_noticed`` from the day of notice on.
    ``leaving`` is the next growth to leave the window, ``below_on`` the day on which it falls below what the held tier
    needs. ``steps`` tells what happens without new orders, ``changes`` what has happened, newest first.
    """

    tier: Tier
    since: date
    why: str
    growth: int
    window_days: int
    by_growth: Tier
    earned: Tier
    next_tier: Tier | None
    missing: int
    progress: int
    leaving: Leaving | None
    below_on: date | None
    review_on: date | None
    notice_on: date | None
    is_noticed: bool
    grace_until: date | None
    to_keep: int
    grant: TierGrant | None
    steps: Sequence[Step]
    changes: Sequence[Change]

    @property
    def is_kept(self) -> bool:
        """Whether the tier is held although today's growth value no longer reaches it."""
        return (self.earned.threshold or 0) < (self.tier.threshold or 0)

    @property
    def reason(self) -> str:
        """Why the tier is held, in words."""
        return str(TierChange.Why(self.why).label) if self.why else _("Everybody begins here")


def explain_tier(member: Member, *, at: datetime | None = None) -> TierExplanation:
    """The explanation of the member's tier as of ``at`` (None: now)."""
    today = local_day(at or timezone.now())
    rules = tierrules.versions(today)
    tiers = Tier.objects.in_bulk()
    grants = tiergrants.grants_of(member, today)
    path = path_of(member.pk, rules, today, until=_horizon(rules, today, grants))
    changes = _changes(member, tiers)
    version = rules[-1]
    coming = growth.leaving(path.counted, today, version.window_days)
    needs = version.need(member.tier_id)
    below = next((one.on for one in coming if one.left < needs <= path.growth), None)
    to_keep = max(0, version.need(path.tier) - path.stays) if path.review_on else 0
    notice_on = path.review_on - timedelta(days=version.notice_days) if path.review_on and to_keep else None
    above = next((pk for pk, need in version.needs if need > needs), None)
    goal = version.need(above) if above else 0
    held = tiers[member.tier_id]
    return TierExplanation(
        tier=held,
        since=local_day(member.tier_since),
        why=changes[0].why if changes and changes[0].after == held else "",
        growth=max(0, path.growth),
        window_days=version.window_days,
        by_growth=tiers[path.tier],
        earned=tiers[version.best(path.growth)],
        next_tier=tiers[above] if above else None,
        missing=max(0, goal - path.growth),  # growth that a correction left below zero has to be earned, too
        progress=max(0, min(100, path.growth * 100 // goal)) if goal else 100,
        leaving=coming[0] if coming else None,
        below_on=below,
        review_on=path.review_on,
        notice_on=notice_on,
        is_noticed=bool(notice_on and notice_on <= today and not path.grace_until),
        grace_until=path.grace_until,
        to_keep=to_keep,
        grant=next((one for one in grants if one.starts_on <= today and one.tier_id == member.tier_id), None),
        steps=_steps(held, path, tiers, coming, below, notice_on if notice_on and notice_on > today else None, to_keep),
        changes=changes,
    )


def _horizon(rules: Sequence[Version], today: date, grants: Sequence[TierGrant]) -> date:
    """A day by which, without new orders, everything has come to rest in the lowest tier.

    A review that is pending may have been set by earlier rules.
    """
    latest = max([today, *(one.ends_on for one in grants)])
    window, review, grace = (
        max(getattr(version, name) for version in rules) for name in ("window_days", "review_days", "grace_days")
    )
    return latest + timedelta(days=1 + window + 2 * review + grace)


def _steps(
    held: Tier,
    path: Path,
    tiers: dict[int, Tier],
    coming: Sequence[Leaving],
    below: date | None,
    notice_on: date | None,
    to_keep: int,
) -> Sequence[Step]:
    steps = [Step(step.on, step.what, tiers[step.tier]) for step in path.coming]
    if coming:
        steps.insert(0, Step(coming[0].on, "leaving", held, coming[0].amount, coming[0].left))
    if below:
        steps.insert(1, Step(below, "below", held))
    if notice_on:
        steps.insert(0, Step(notice_on, "notice", tiers[path.tier], to_keep))
    return sorted(steps, key=lambda step: step.on)[:STEPS_SHOWN]


def _changes(member: Member, tiers: dict[int, Tier]) -> list[Change]:
    # as they were written: an order that comes late moves the tier at a moment long past
    rows = TierChange.objects.filter(member=member).order_by("-pk")[:CHANGES_SHOWN]
    return [Change(tiers[row.before_id], tiers[row.after_id], row.why, row.at) for row in rows]
