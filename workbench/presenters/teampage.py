"""The team page: members without a guide, people who left and still have some, what the figures can tell."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from members import assignments
from members.lifecycle import GOLDEN_DAYS
from members.models import Member, MemberState
from stores.models import Staff, Store
from workbench.presenters.handovers import NOBODY
from workbench.presenters.links import address


def unassigned(store: Store, viewer: Staff) -> dict[str, Any]:
    """How many members nobody looks after, how fresh they are, and how long they have waited."""
    now = timezone.now()
    young = Q(facts__first_order_at__gte=now - timedelta(days=int(GOLDEN_DAYS.value)))
    found = assignments.unassigned(store, viewer=viewer).aggregate(
        total=Count("pk"),
        new_this_week=Count("pk", filter=Q(joined_at__gte=now - timedelta(days=7))),
        golden=Count("pk", filter=young),
        oldest=Min("joined_at"),
    )
    waited = (now - found["oldest"]).days if found["oldest"] else 0
    return {
        **found,
        "longest_wait": waited,
        "list_url": address("members", query={"guide": NOBODY}),
        "preview_url": address("team", query={"give": NOBODY, "store": store.pk}),
        "by_hand_url": address("handover", NOBODY, query={"store": store.pk}),
    }


def leavers(store: Store, viewer: Staff) -> list[Staff]:
    """People who left, or are about to, and still have members in the store."""
    living = Member.objects.visible_to(viewer).filter(home_store=store, state=MemberState.ACTIVE)
    gone = Staff.objects.visible_to(viewer).filter(Q(left_on__isnull=False) | Q(is_active=False))
    return list(gone.filter(pk__in=living.values("guide")).order_by("name")[:5])
