"""The tier on the member page: how far the next one is, and one line on what is about to happen to this one."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from members.models import Member, Tier, TierStanding
from members.tiering.tiers import TierExplanation, explain_tier


@dataclass(frozen=True)
class TierPath:
    """How far the next tier is: marks along the way, words for what is missing, the goal's growth value.

    ``ahead`` says when the tier is reviewed or lost, ``is_near`` whether a clock is running.
    """

    marks: list[tuple[int, str]]
    missing: str
    goal: int | None
    ahead: str
    is_near: bool


def standing(member: Member) -> TierPath:
    """Tier, growth, what is missing for the next tier and what is about to happen to this one."""
    tiers = [(tier.threshold or 0, tier) for tier in Tier.objects.filter(threshold__isnull=False).order_by("threshold")]
    ahead, is_near = _ahead(member)
    following = next(((need, tier) for need, tier in tiers if need > (member.tier.threshold or 0)), None)
    if following is None:
        return TierPath([(need, tier.name) for need, tier in tiers], _("The highest tier"), None, ahead, is_near)
    goal, above = following
    words = {"missing": f"{max(goal - member.growth, 0):,}", "tier": above.name}
    marks = [(need, tier.name) for need, tier in tiers if need <= goal]
    return TierPath(marks, _("%(missing)s more to %(tier)s") % words, goal, ahead, is_near)


def story(member: Member) -> dict[str, Any]:
    """What the sheet of the tier shows."""
    found = explain_tier(member)
    return {"member": member, "tier": found, "warning": _warning(found)}


def _ahead(member: Member) -> tuple[str, bool]:
    at: TierStanding | None = getattr(member, "standing", None)
    if at is None or at.tier_id != member.tier_id:
        return (_("Given by hand") if member.tier.threshold else "", False)
    if at.grace_until:
        return _("Grace period until %(day)s") % {"day": f"{at.grace_until:%m-%d}"}, True
    if at.review_on and at.noticed_for == at.review_on:
        return _("Review on %(day)s, not enough yet") % {"day": f"{at.review_on:%m-%d}"}, True
    return (_("Review on %(day)s") % {"day": f"{at.review_on:%Y-%m-%d}"} if at.review_on else "", False)


def _warning(found: TierExplanation) -> str:
    """What a running clock means, in one sentence."""
    words = {"tier": found.by_growth.name, "missing": f"{found.to_keep:,}"}
    if found.grace_until:
        day = {"day": f"{found.grace_until:%Y-%m-%d}"}
        return _("%(missing)s growth value missing: without it %(tier)s is lost on %(day)s.") % (words | day)
    if found.is_noticed:
        day = {"day": f"{found.review_on:%Y-%m-%d}"}
        return _("%(missing)s growth value missing to keep %(tier)s at the review on %(day)s.") % (words | day)
    return ""
