"""A coupon pack of the demonstration, and members who were given it in the last days."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from coupons import packcatalogue, packdue, packs
from coupons.models import CouponTemplate, Origin, PackStep
from coupons.packcatalogue import ItemDraft
from members.models import Member
from stores import jobs

CONTENTS = (("welcome", 2, 0), ("second", 1, 7), ("tasting", 1, 21))
RECIPIENTS = 30


def build_packs(templates: Mapping[str, CouponTemplate]) -> None:
    """A pack for newcomers, given to some of the newest members; what is due of it by now is there."""
    items = [ItemDraft(templates[key], count, days) for key, count, days in CONTENTS]
    pack = packcatalogue.create_pack(name="新人礼包", items=items, note="入会后 30 天里带来前三单", by=None)
    packcatalogue.publish(pack, None)
    now = timezone.now()
    newest = Member.objects.filter(guide__isnull=False).select_related("guide", "home_store").order_by("-joined_at")
    for nth, member in enumerate(newest[:RECIPIENTS]):
        at = now - timedelta(days=nth % 12, hours=nth % 5)
        packs.give_pack(pack, member, origin=Origin.STAFF, request_key="demo", guide=member.guide, at=at)
    if PackStep.objects.filter(coupon=None, refusal="", due_at__lte=now).exists():
        jobs.run_to_end(jobs.plan(packdue.GIVE, params={}).pk)
