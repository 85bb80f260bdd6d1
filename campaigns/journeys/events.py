"""What journeys listen to: kinds of facts on the timeline, as headquarters calls them.

A new event is a line here, and one in config/reactions.py that brings its facts to campaigns.reactions.move_journeys.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from stores.policy import define

EVENTS: Mapping[str, Any] = {
    "member.created": _("Became a member"),
    "order.recorded": _("Bought something"),
    "member.stage_changed": _("Came into another lifecycle stage"),
    "member.tier_changed": _("Got another tier"),
    "member.tier_notice": _("Was told that the tier is about to be lost"),
    "member.birthday_near": _("The birthday is near"),
    "segment.entered": _("Came into a segment"),
    "segment.left": _("Left a segment"),
    "coupon.issued": _("Got a coupon"),
    "coupon.redeemed": _("Used a coupon"),
    "coupon.expiring": _("A coupon is about to expire"),
    "task.closed": _("A guide closed a task"),
}
NOT_HEARD = _("Journeys do not listen to this.")
SEGMENTS = ("segment.entered", "segment.left")
STALE_AFTER = define(
    "journeys.stale_after_days", 3, _("Journeys: days after which news no longer lets anybody in"), minimum=1
)


def stale_after() -> timedelta:
    """How old news may be: an import of old orders is no reason to thank anybody for shopping."""
    return timedelta(days=STALE_AFTER.value)
