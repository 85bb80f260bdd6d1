"""Whom a campaign is for: the stores that take part, its members as a rule, and who of these is its control group."""

from typing import Any

from campaigns.models import MemberDay, MemberDayOccurrence
from campaigns.takingpart import TAKES_PART
from coupons.audience import leaf, together
from members.buckets import SHARE_SQL, SHARES
from members.segments.facts.choices import ANY_OF, IN, NOT_IN
from stores.models import Store

HELD_OUT = f"{SHARE_SQL.format(salt='%(salt)s', bucket='m.bucket')} < %(held)s"
"""Whether a row ``m`` of members_member is held out; parameters of ``holdout``."""


def taking_part(member_day: MemberDay) -> list[int] | None:
    """Ids of the stores that take part; None when all do, present and future."""
    chosen = set(member_day.stores.values_list("pk", flat=True))
    out = set(member_day.opted_out.values_list("pk", flat=True))
    if not out:
        return sorted(chosen) or None
    return sorted((chosen or set(Store.objects.values_list("pk", flat=True))) - out)


def audience_of(member_day: MemberDay) -> dict[str, Any]:
    """The members a campaign is for, as a rule; ``{}`` is everybody."""
    segment = [member_day.segment_id] if member_day.segment_id else []
    return together(
        *leaf("tier", IN, member_day.tiers.values_list("pk", flat=True)),
        *leaf("home_store", IN, member_day.stores.values_list("pk", flat=True)),
        *leaf("home_store", NOT_IN, member_day.opted_out.values_list("pk", flat=True)),
        *leaf("segments", ANY_OF, segment),
    )


def treated(occurrence: MemberDayOccurrence) -> dict[str, Any]:
    """Who gets what a date gives by itself, as a rule: its members but for the control group, in the stores that still
    take part."""
    return together(
        *leaf(TAKES_PART, ANY_OF, [occurrence.pk]),
        *leaf("home_store", NOT_IN, occurrence.member_day.opted_out.values_list("pk", flat=True)),
    )


def holdout(member_day: MemberDay) -> dict[str, Any]:
    """The parameters of HELD_OUT: the same members for all dates of a campaign, others for another one."""
    return {"salt": holdout_salt(member_day.pk), "held": member_day.holdout_percent * SHARES // 100}


def holdout_salt(member_day_id: int) -> str:
    """The salt that parts the control group of a campaign from the others (members.buckets)."""
    return f"campaign:{member_day_id}:holdout"
