"""The next member day as a guide or manager sees it: in how many days, whom they may invite, whom they have invited."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from campaigns.memberdays.audience import holdout
from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState, Touch, TouchState
from members.buckets import Share
from members.models import Consent, Member, MemberState, SegmentSpan, Tier
from stores.models import Staff, Store
from stores.places import business_day, start_of_day

INVITATION = "member_day"
INVITE_DAYS_BEFORE = 14


@dataclass(frozen=True)
class ComingDay:
    """A coming date of a member day. ``invited`` of the ``invitable`` members have been written to about it."""

    member_day: MemberDay
    on: date
    days_until: int
    invitable: int
    invited: int


def next_occurrence(
    store: Store, tier: Tier | None = None, *, viewer: Staff | None = None, at: datetime | None = None
) -> ComingDay | None:
    """The next planned date for a store (today included), and for ``tier`` if given; None when there is none.

    The head-counts are those of the members ``viewer`` sees; without a viewer they are zero.
    """
    today = business_day(store, at or timezone.now())
    coming = MemberDayOccurrence.objects.filter(
        until__gte=today, withdrawn_at=None, member_day__state=MemberDayState.PUBLISHED
    )
    coming = coming.filter(Q(member_day__stores=None) | Q(member_day__stores=store))
    coming = coming.exclude(member_day__opted_out=store)
    if tier is not None:
        coming = coming.filter(Q(member_day__tiers=None) | Q(member_day__tiers=tier))
    occurrence = coming.select_related("member_day").order_by("on", "pk").first()
    if occurrence is None:
        return None
    invitable, invited = _head_counts(occurrence, store, viewer) if viewer else (0, 0)
    return ComingDay(
        member_day=occurrence.member_day,
        on=occurrence.on,
        days_until=max((occurrence.on - today).days, 0),
        invitable=invitable,
        invited=invited,
    )


def _head_counts(occurrence: MemberDayOccurrence, store: Store, viewer: Staff) -> tuple[int, int]:
    """Members who may be invited, and how many of them were, in one query."""
    since = start_of_day(store, occurrence.on - timedelta(days=INVITE_DAYS_BEFORE))
    invitation = Touch.objects.filter(member=OuterRef("pk"), step=INVITATION, at__gte=since, state=TouchState.ACCEPTED)
    counts = invitable_members(occurrence.member_day, viewer).aggregate(
        invitable=Count("pk"), invited=Count("pk", filter=Q(Exists(invitation)))
    )
    return counts["invitable"], counts["invited"]


def invitable_members(member_day: MemberDay, viewer: Staff) -> QuerySet[Member]:
    """The viewer's members of the day's tiers and segment who agreed to some channel, but for its control group."""
    members = Member.objects.visible_to(viewer).filter(state=MemberState.ACTIVE)
    chosen = MemberDay.tiers.through.objects.filter(memberday=member_day)
    members = members.filter(Q(tier__in=chosen.values("tier")) | ~Exists(chosen))
    if member_day.segment_id is not None:
        inside = SegmentSpan.objects.filter(segment=member_day.segment_id, until=None)
        members = members.filter(pk__in=inside.values("member"))
    held = holdout(member_day)
    members = members.alias(share=Share(held["salt"])).filter(share__gte=held["held"])
    later = Consent.objects.filter(
        member=OuterRef("member"), channel=OuterRef("channel"), purpose=OuterRef("purpose")
    ).filter(Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")))
    agreed = Consent.objects.filter(member=OuterRef("pk"), purpose="marketing", granted=True).exclude(Exists(later))
    return members.filter(Exists(agreed))
