"""What a bulk issue would do now: who gets it and who does not, what it costs, what it runs into. Reads only."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import batches, kinds, limits, packs
from coupons.audience import LIVING, Audience
from coupons.models import CouponPack, CouponTemplate, IssueRun, PackItem, RunState
from members.models import Tier
from members.models.member import BUCKETS
from members.segments.registry import Binder
from stores.models import JobState
from stores.models.places import StoreKind
from stores.policy import define

MANY = define(
    "coupons.many_in_wallet", 10, _("Usable coupons from which on a wallet counts as crowded"), minimum=1, maximum=1000
)
LOOKED_INTO = 200_000  # wallets that are looked into; of a larger audience a sample of that size
COUNTS = """
    SELECT m.tier_id, s.kind, count(*) FILTER (WHERE {living} AND {free}),
           count(*) FILTER (WHERE {living} AND NOT {free}), count(*) FILTER (WHERE NOT {living})
      FROM members_member m LEFT JOIN stores_store s ON s.id = m.home_store_id WHERE {scope} GROUP BY 1, 2
"""
WALLETS = """
    SELECT count(*) FILTER (WHERE w.same), count(*) FILTER (WHERE w.usable >= %(many)s)
      FROM members_member m CROSS JOIN LATERAL (
           SELECT count(*) AS usable, bool_or(c.template_id = ANY(%(templates)s)) AS same
             FROM coupons_coupon c WHERE c.member_id = m.id AND c.state = 'issued' AND c.valid_until > %(now)s
      ) AS w WHERE {scope} AND m.bucket < %(buckets)s
"""


@dataclass(frozen=True)
class Preview:
    """What a bulk issue would do now. ``cost`` in yuan if every coupon is used; ``dropped`` counts by reason.

    ``by_tier`` and ``by_kind`` tell where those who may have one stand. ``warnings`` count what drops nobody, but ought
    to be known: a wallet with one already, a crowded one, a tier that cannot use it, a budget too small for all.
    ``others`` are bulk issues of the same thing that have not ended.
    """

    count: int
    cost: Decimal
    stock_left: int | None
    dropped: Mapping[str, int]
    by_tier: Sequence[tuple[str, int]] = ()
    by_kind: Sequence[tuple[str, int]] = ()
    warnings: Mapping[str, int] = field(default_factory=dict)
    others: Sequence[IssueRun] = ()


def preview(what: CouponTemplate | CouponPack, audience: Mapping[str, Any]) -> Preview:
    """Who would get the coupon or the pack, and who would not and why. Raises Refusal ``audience_gone``.

    For a pack ``count`` and ``stock_left`` are packs; a pack with a coupon of which too few are left is given without.
    """
    who = Audience.of(audience)
    rows = _counts(what, who)
    ready = sum(row[2] for row in rows)
    left = _stock_left(what)
    is_pack = isinstance(what, CouponPack)
    count = ready if left is None or is_pack else min(ready, left)
    dropped = {
        "limit_reached": sum(row[3] for row in rows),
        "merged_or_erased": sum(row[4] for row in rows),
        "out_of_stock": ready - count,
    }
    tiers = {tier.pk: tier.name for tier in Tier.objects.all()}
    return Preview(
        count,
        count * _face_value(what),
        left,
        _without_zeros(dropped),
        _parts((tiers.get(row[0], ""), row[2]) for row in rows),
        _parts((str(StoreKind(row[1]).label) if row[1] else "", row[2]) for row in rows),
        _without_zeros(_warnings(what, who, rows, ready, left)),
        _others(what),
    )


def _counts(what: CouponTemplate | CouponPack, who: Audience) -> list[tuple[Any, ...]]:
    """Tier, kind of home store, and how many of them are ready, had all they may have, or are no more."""
    binder, free, more = Binder(timezone.now()), "true", {}
    scope = who.scope(binder)
    if isinstance(what, CouponTemplate):
        more = limits.params_of(what, binder.at)
        free = batches.UNDER_LIMIT if limits.bounds(what) else "true"
    with connection.cursor() as cursor:
        cursor.execute(COUNTS.format(living=LIVING, free=free, scope=scope), {**binder.values, **more})
        return cursor.fetchall()


def _stock_left(what: CouponTemplate | CouponPack) -> int | None:
    """How many coupons, or whole packs, the stock allows; None without a limit."""
    if isinstance(what, CouponTemplate):
        return None if what.stock is None else max(what.stock - what.issued, 0)
    needed: Counter[int] = Counter()
    left: dict[int, int] = {}
    for item in what.items.select_related("template"):
        needed[item.template_id] += item.count
        if item.template.stock is not None:
            left[item.template_id] = max(item.template.stock - item.template.issued, 0)
    return min((stock // needed[template] for template, stock in left.items()), default=None)


def _face_value(what: CouponTemplate | CouponPack) -> Decimal:
    if isinstance(what, CouponPack):
        return packs.preview_cost(what)
    return kinds.face_value(what.terms) if what.terms else Decimal(0)


def _warnings(
    what: CouponTemplate | CouponPack, who: Audience, rows: list[tuple[Any, ...]], ready: int, left: int | None
) -> dict[str, int]:
    found = dict(zip(("hold_one", "crowded"), _wallets(what, who, ready), strict=True))
    if isinstance(what, CouponPack):
        return found | {"packs_incomplete": max(ready - left, 0) if left is not None else 0}
    terms, face = what.terms, _face_value(what)
    if terms and terms.tier_ids:
        found["tier_cannot_use"] = sum(row[2] for row in rows if row[0] not in terms.tier_ids)
    if what.budget is not None and face:
        found["over_budget"] = max(ready - int((what.budget - what.budget_used) / face), 0)
    return found


def _wallets(what: CouponTemplate | CouponPack, who: Audience, ready: int) -> list[int]:
    """How many hold a usable one already, and how many hold a lot; for a large audience estimated from a sample."""
    is_one = isinstance(what, CouponTemplate)
    templates = [what.pk] if is_one else list(PackItem.objects.filter(pack=what.pk).values_list("template", flat=True))
    buckets = BUCKETS if ready <= LOOKED_INTO else max(BUCKETS * LOOKED_INTO // ready, 1)
    binder = Binder(timezone.now())
    text = WALLETS.format(scope=who.living(binder))
    params = {**binder.values, "templates": templates, "now": binder.at, "many": MANY.value, "buckets": buckets}
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return [int(number) * BUCKETS // buckets for number in cursor.fetchone()]


def _others(what: CouponTemplate | CouponPack) -> list[IssueRun]:
    """Bulk issues of the same thing that have not ended: they take from the same stock and the same limits."""
    same = Q(template=what) if isinstance(what, CouponTemplate) else Q(pack=what)
    open_jobs = Q(job__state__in=[JobState.WAITING, JobState.RUNNING, JobState.PAUSED])
    rows = IssueRun.objects.filter(same).filter(Q(state=RunState.PENDING) | open_jobs)
    return list(rows.select_related("template", "pack", "job").order_by("-pk")[:10])


def _parts(rows: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Numbers added up by name, the largest first; without a name last."""
    counted: Counter[str] = Counter()
    for name, number in rows:
        counted[name] += number
    return sorted(((name, number) for name, number in counted.items() if number), key=lambda one: (not one[0], -one[1]))


def _without_zeros(counts: Mapping[str, int]) -> dict[str, int]:
    return {reason: number for reason, number in counts.items() if number}
