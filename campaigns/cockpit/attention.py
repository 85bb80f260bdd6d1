"""What needs a look today: what failed, what waits for a decision, the member days of a fortnight. Never kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState
from coupons import gifts
from coupons.models import CouponTemplate, GivenGift, IssueRun, RunState, TemplateState
from members import tagdisputes
from members.models import Delivery, DeliveryState
from members.oneid import duplicates
from stores.models import Job, JobState

GIFT_DAYS = 30
COMING_DAYS = 14
COMING_SHOWN = 4


@dataclass(frozen=True)
class Attention:
    """How many of each there are, and the member days to come."""

    failed_jobs: int
    set_aside: int
    duplicates: int
    gifts_not_given: int
    coupons_to_approve: int
    issues_to_approve: int
    campaigns_to_approve: int
    disputed_tags: int
    coming: Sequence[tuple[date, Any]]

    @property
    def open(self) -> int:
        """How many lines ask for something to be done."""
        counts = (self.failed_jobs, self.set_aside, self.duplicates, self.gifts_not_given)
        decisions = (self.coupons_to_approve, self.issues_to_approve, self.campaigns_to_approve, self.disputed_tags)
        return sum(1 for one in (*counts, *decisions) if one)


def attention() -> Attention:
    """Counted now."""
    now, today = timezone.now(), timezone.localdate()
    coming = MemberDayOccurrence.objects.filter(
        on__gte=today, on__lte=today + timedelta(days=COMING_DAYS), withdrawn_at=None
    )
    late = GivenGift.objects.filter(refusal__in=gifts.OUR_FAULT, due_at__gte=now - timedelta(days=GIFT_DAYS))
    return Attention(
        failed_jobs=Job.objects.filter(state=JobState.FAILED).count(),
        set_aside=Delivery.objects.filter(state=DeliveryState.QUARANTINED).count(),
        duplicates=duplicates.waiting().count(),
        gifts_not_given=late.count(),
        coupons_to_approve=CouponTemplate.objects.filter(state=TemplateState.PENDING).count(),
        issues_to_approve=IssueRun.objects.filter(state=RunState.PENDING).count(),
        campaigns_to_approve=MemberDay.objects.filter(state=MemberDayState.WAITING).count(),
        disputed_tags=tagdisputes.waiting().count(),
        coming=[(one.on, one.member_day) for one in coming.select_related("member_day").order_by("on")[:COMING_SHOWN]],
    )
