"""What a list of members can be narrowed to: by tier, stage, tags, days since the last order, birthday, guide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.utils import timezone

from members.birthdays import birthday_between
from members.models import Identity, IdentityKind, MemberTag
from members.tags import groups_for, living
from stores.models import IN_STORE, Role, Staff
from stores.places import business_day

BIRTHDAY_WINDOW = 62
BEYOND_TIMES = 2


@dataclass(frozen=True)
class MemberFilters:
    """Filters that must all hold; empty ones do nothing. Days count back from now.

    ``tag_ids`` are alternatives. ``where`` is for apps above: any condition on Member, such as a subquery over coupons.
    """

    tier_ids: Sequence[int] = ()
    stages: Sequence[str] = ()
    tag_ids: Sequence[int] = ()
    store_ids: Sequence[int] = ()
    guide_id: int | None = None
    unassigned: bool = False
    birthday_within: int | None = None
    ordered_within: int | None = None
    not_ordered_for: int | None = None
    joined_within: int | None = None
    beyond_usual: bool = False
    has_phone: bool = False
    where: Q = Q()


def condition(filters: MemberFilters, viewer: Staff, *, now: datetime | None = None) -> Q:
    """The filters as one condition on Member, for somebody who looks at their members."""
    moment = now or timezone.now()
    found = Q(filters.where)
    if filters.tier_ids:
        found &= Q(tier__in=filters.tier_ids)
    if filters.stages:
        found &= Q(stage__in=filters.stages)
    if filters.tag_ids:
        found &= tagged(filters.tag_ids, viewer)
    if filters.store_ids:
        found &= Q(home_store__in=filters.store_ids)
    if filters.guide_id is not None:
        found &= Q(guide=filters.guide_id)
    if filters.unassigned:
        found &= Q(guide=None) | Q(guide__is_active=False)
    if filters.has_phone:
        found &= Q(pk__in=Identity.objects.filter(kind=IdentityKind.PHONE).values("member"))
    return found & _by_time(filters, viewer, moment)


def _by_time(filters: MemberFilters, viewer: Staff, moment: datetime) -> Q:
    found = Q()
    if filters.birthday_within is not None:
        found &= _birthdays(filters.birthday_within, viewer, moment)
    if filters.ordered_within is not None:
        found &= Q(facts__last_order_at__gte=moment - timedelta(days=filters.ordered_within))
    if filters.not_ordered_for is not None:
        found &= Q(facts__last_order_at__lt=moment - timedelta(days=filters.not_ordered_for))
    if filters.joined_within is not None:
        found &= Q(joined_at__gte=moment - timedelta(days=filters.joined_within))
    return found & beyond_usual(moment) if filters.beyond_usual else found


def _birthdays(days: int, viewer: Staff, moment: datetime) -> Q:
    return birthday_between(business_day(viewer.store, moment), min(days, BIRTHDAY_WINDOW))


def tagged(tag_ids: Sequence[int], viewer: Staff) -> Q:
    """Members with one of these tags, of the groups that the viewer may see."""
    carried = MemberTag.objects.filter(living(), tag__in=tag_ids)
    if viewer.role == Role.GUIDE:
        carried = carried.filter(tag__group__in=groups_for(viewer))
    return Q(pk__in=carried.values("member"))


def beyond_usual(moment: datetime) -> Q:
    """Members whose silence is longer than twice their usual gap between orders."""
    silence = ExpressionWrapper(
        F("facts__usual_gap_days") * Value(timedelta(days=BEYOND_TIMES)), output_field=DurationField()
    )
    return Q(facts__last_order_at__lt=Value(moment) - silence)


def in_small_scope(viewer: Staff) -> bool:
    """Whether the viewer's members are so few (one store's) that looking inside every name is cheap."""
    return viewer.role in IN_STORE


def are_few(viewer: Staff, filters: MemberFilters | None) -> bool:
    """Whether a list is of one store at most: the viewer's own, or one that somebody who leads more has chosen."""
    return in_small_scope(viewer) or (filters is not None and len(filters.store_ids) == 1)
