"""A month of campaigns: what runs on which day, and where campaigns get in each other's way.

All campaigns of the month that have not ended are looked at, drafts too: a collision is cheapest while nothing is
published. Members are counted in one pass over them, of many members in a sample.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

from django.db import connection
from django.utils import timezone

from campaigns.memberdays.audience import HELD_OUT, audience_of, holdout
from campaigns.memberdays.dates import Span, days_between, spans
from campaigns.models import MemberDay, MemberDayState
from coupons.audience import Audience
from coupons.models import CouponTemplate
from members.models.member import BUCKETS
from members.privacy.contacting import PER_MONTH
from members.segments.registry import Binder
from stores.errors import Refusal

MOST = 20  # campaigns of a month that are compared
LOOKED_AT = 300_000
MEMBERS = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'members_member'::regclass"
SEEN = "SELECT {columns} FROM members_member m WHERE m.state = 'active' AND m.bucket < %(buckets)s"
TASKS = """
    SELECT coalesce(max(tasks), 0)::int FROM (
        SELECT seen.guide_id, {tasks} AS tasks FROM (
            SELECT m.guide_id, {columns} FROM members_member m JOIN stores_staff g ON g.id = m.guide_id AND g.is_active
             WHERE m.state = 'active'
        ) AS seen GROUP BY seen.guide_id
    ) AS busy
"""


@dataclass(frozen=True)
class Entry:
    """A campaign on a day of the calendar; ``begins`` on its first day."""

    member_day: MemberDay
    begins: bool


@dataclass(frozen=True)
class Overlap:
    """Two campaigns on the same days for some of the same members, about ``members``."""

    one: MemberDay
    other: MemberDay
    days: Sequence[date]
    members: int


@dataclass(frozen=True)
class Shortage:
    """A coupon of which campaigns of the month want ``wanted`` while ``left`` are there."""

    template: CouponTemplate
    wanted: int
    left: int


@dataclass(frozen=True)
class Clashes:
    """What campaigns of a month do to each other. ``most_touches`` is the most messages that one member may get of
    them, ``crowded`` how many members may get more than ``cap``; ``most_tasks`` falls to the busiest guide."""

    overlaps: Sequence[Overlap] = ()
    most_touches: int = 0
    crowded: int = 0
    cap: int = 0
    most_tasks: int = 0
    shortages: Sequence[Shortage] = ()
    unreadable: Sequence[MemberDay] = field(default_factory=tuple)


def of_month(first: date) -> dict[date, list[Entry]]:
    """The campaigns of each day of the month that begins on ``first``, ended ones left out."""
    last = last_of(first)
    found: dict[date, list[Entry]] = {}
    for member_day in campaigns_between(first, last):
        begins = {one.on for one in spans(member_day, first, last)}
        for on in days_between(member_day, first, last):
            found.setdefault(on, []).append(Entry(member_day, on in begins))
    return found


def campaigns_between(first: date, last: date) -> list[MemberDay]:
    """The campaigns that have a day in a span of days and did not end."""
    rows = MemberDay.objects.exclude(state=MemberDayState.ENDED).filter(starts_on__lte=last)
    rows = rows.exclude(ends_on__lt=first).select_related("coupon_template").prefetch_related("messages")
    return [one for one in rows.order_by("pk") if spans(one, first, last)]


def last_of(first: date) -> date:
    """The last day of a month."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def clashes(first: date) -> Clashes:
    """What the campaigns of a month do to each other, as of now."""
    last = last_of(first)
    binder = Binder(timezone.now())
    known: dict[int, str] = {}
    days: dict[MemberDay, list[Span]] = {}
    unreadable = []
    for one in campaigns_between(first, last)[:MOST]:
        try:
            known[one.pk] = Audience.of(audience_of(one)).scope(binder)
        except Refusal:
            unreadable.append(one)
            continue
        days[one] = spans(one, first, last)
    if not days:
        return Clashes(cap=PER_MONTH.value, unreadable=unreadable)
    held = _treated(days, known, binder)
    overlaps, most, crowded, wanted = _members(days, known, held, binder, first, last)
    return Clashes(
        overlaps, most, crowded, PER_MONTH.value, _tasks(days, held, binder), _shortages(days, wanted), unreadable
    )


def _treated(days: Mapping[MemberDay, list[Span]], known: Mapping[int, str], binder: Binder) -> dict[int, str]:
    """The condition of being of a campaign's audience and not of its control group."""
    found = {}
    for one in days:
        share = holdout(one)
        text = HELD_OUT.replace("%(salt)s", binder.bind(share["salt"])).replace("%(held)s", binder.bind(share["held"]))
        found[one.pk] = f"(({known[one.pk]}) AND NOT {text})"
    return found


def _members(
    days: Mapping[MemberDay, list[Span]],
    known: Mapping[int, str],
    held: Mapping[int, str],
    binder: Binder,
    first: date,
    last: date,
) -> tuple[list[Overlap], int, int, dict[int, int]]:
    """Overlaps, most messages of a member, members above the cap, and how many coupons each campaign wants."""
    every = {one: set(days_between(one, first, last)) for one in days}
    pairs = [(a, b, sorted(every[a] & every[b])) for a, b in combinations(days, 2) if every[a] & every[b]]
    sent = " + ".join(f"({held[one.pk]})::int * {len(one.messages.all()) * len(days[one])}" for one in days)
    cap = binder.bind(PER_MONTH.value)
    columns = [f"coalesce(max({sent}), 0)", f"count(*) FILTER (WHERE {sent} > {cap})"]
    columns += [f"count(*) FILTER (WHERE {held[one.pk]})" for one in days]
    columns += [f"count(*) FILTER (WHERE ({known[a.pk]}) AND ({known[b.pk]}))" for a, b, _days in pairs]
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS)
        buckets = min(BUCKETS, max(BUCKETS * LOOKED_AT // max(cursor.fetchone()[0], 1), 1))
        cursor.execute(SEEN.format(columns=", ".join(columns)), {**binder.values, "buckets": buckets})
        most, *counts = cursor.fetchone()
    crowded, *counts = (int(one) * BUCKETS // buckets for one in counts)
    wanted = {one.pk: counts[nth] for nth, one in enumerate(days)}
    met = [(pair, counts[len(days) + nth]) for nth, pair in enumerate(pairs)]
    overlaps = [Overlap(a, b, on, members) for (a, b, on), members in met if members]
    return sorted(overlaps, key=lambda one: (one.days[0], -one.members)), int(most), crowded, wanted


def _tasks(days: Mapping[MemberDay, list[Span]], held: Mapping[int, str], binder: Binder) -> int:
    """How many invitations of the month fall to the guide with the most."""
    inviting = [one for one in days if one.invite_days_before is not None]
    if not inviting:
        return 0
    columns = ", ".join(f"{held[one.pk]} AS a{one.pk}" for one in inviting)
    tasks = " + ".join(
        f"least(count(*) FILTER (WHERE a{one.pk}), {one.invite_most}) * {len(days[one])}" for one in inviting
    )
    with connection.cursor() as cursor:
        cursor.execute(TASKS.format(columns=columns, tasks=tasks), binder.values)
        return int(cursor.fetchone()[0])


def _shortages(days: Mapping[MemberDay, list[Span]], wanted: Mapping[int, int]) -> list[Shortage]:
    """Coupons of which too few are left for all that want them in the month."""
    totals: dict[CouponTemplate, int] = {}
    for one, dates in days.items():
        if one.coupon_template is not None and one.coupon_template.stock is not None:
            template = one.coupon_template
            totals[template] = totals.get(template, 0) + wanted[one.pk] * len(dates)
    left = {template: max((template.stock or 0) - template.issued, 0) for template in totals}
    return [Shortage(one, total, left[one]) for one, total in totals.items() if total > left[one]]
