"""What the work of guides brought: coupons sent and redeemed, sales owed to touches, tasks done. Never a ranking."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Count, DecimalField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from pypinyin import lazy_pinyin

from campaigns.models import Attribution, GuideTask, TaskState, Touch, TouchState
from coupons.models import CouponState, Offer, OfferState
from members.models import Member, MemberState
from stores.models import IN_STORE, Staff, Store

# What was recalled unused was never a chance to redeem.
SENT = (OfferState.SENT,)
REDEEMED = Q(coupon__state=CouponState.USED)
NOTHING: Mapping[str, Any] = {
    "sent": 0, "redeemed": 0, "sales": Decimal(0), "tasks_done": 0, "tasks_total": 0, "reached": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Results:
    """What came of the coupons sent in a period, and the sales (yuan), tasks and members reached that fell into it.

    ``redeemed`` counts those of the ``sent`` that were used until now; the rate is None as long as nothing was sent.
    """

    sent: int
    redeemed: int
    sales: Decimal
    tasks_done: int
    tasks_total: int
    reached: int = 0

    @property
    def redemption_rate(self) -> float | None:
        """The share of the sent coupons that were used, 0 to 1."""
        return self.redeemed / self.sent if self.sent else None


@dataclass(frozen=True, kw_only=True)
class GuideRow(Results):
    """One guide of a team board; ``new_members`` of the ``members`` joined in the period."""

    guide: Staff
    members: int
    new_members: int


def results_of(guide: Staff, since: datetime, until: datetime) -> Results:
    """A guide's own results for [since, until)."""
    return Results(**_figures(Q(guide=guide), since, until, [guide])[guide.pk])


def results_by_kind(guide: Staff, since: datetime, until: datetime) -> tuple[Results, dict[str, tuple[int, Decimal]]]:
    """The same without members reached, and its sales by how sure the link is: in three queries."""
    kinds = sales_by_kind(guide, since, until)
    found = _figures(Q(guide=guide), since, until, None)[guide.pk]
    return Results(**{**found, "sales": sum((amount for _orders, amount in kinds.values()), Decimal(0))}), kinds


def sales_by_kind(guide: Staff, since: datetime, until: datetime) -> dict[str, tuple[int, Decimal]]:
    """Orders and their sum (yuan) that a guide is owed for [since, until), by how sure the link is."""
    rows = Attribution.objects.visible_to(guide).filter(guide=guide, ordered_at__gte=since, ordered_at__lt=until)
    counts = rows.order_by().values_list("kind").annotate(orders=Count("pk"), sum=Sum("amount"))
    return {kind: (orders, amount) for kind, orders, amount in counts}


def last_offers(guide: Staff, n: int = 10, *, reason: str | None = None) -> tuple[int, int, Decimal]:
    """Of the last ``n`` coupons a guide sent (for a reason): how many there were, how many were used, their sales."""
    sent = Offer.objects.filter(guide=guide, state__in=SENT, coupon__isnull=False)
    if reason is not None:
        sent = sent.filter(reason=reason)
    owed = Attribution.objects.filter(guide=guide, coupon_id=OuterRef("coupon_id")).order_by().values("coupon_id")
    latest = sent.annotate(sales=Subquery(owed.annotate(sum=Sum("amount")).values("sum")))
    found = list(latest.order_by("-created_at", "-pk").values_list("coupon__state", "sales")[:n])
    used = [sales or Decimal(0) for state, sales in found if state == CouponState.USED]
    return len(found), len(used), sum(used, Decimal(0))


@dataclass(frozen=True)
class Board:
    """A store together, people who have left included, and its guides from A to Z by name."""

    whole: Results
    guides: list[GuideRow]


def team_board(store: Store, since: datetime, until: datetime) -> Board:
    """What was done in a store: together and by guide, A to Z by name (pinyin), never by sales. In five queries."""
    team = list(Staff.objects.filter(store=store, role__in=IN_STORE, is_active=True))
    living = Member.objects.filter(guide__in=team, state=MemberState.ACTIVE).values("guide").order_by()
    fresh = Count("pk", filter=Q(joined_at__gte=since, joined_at__lt=until))
    counts = living.annotate(members=Count("pk"), new_members=fresh).values_list("guide", "members", "new_members")
    members: dict[int, dict[str, Any]] = {guide: {"members": count, "new_members": new} for guide, count, new in counts}
    figures = _figures(Q(store=store), since, until, team)
    nobody: dict[str, Any] = {"members": 0, "new_members": 0}
    rows = [GuideRow(guide=one, **members.get(one.pk, nobody), **figures.get(one.pk, NOTHING)) for one in team]
    whole = {name: sum((row[name] for row in figures.values()), start) for name, start in NOTHING.items()}
    return Board(Results(**whole), sorted(rows, key=lambda row: (alphabetical(row.guide.name), row.guide.pk)))


def offers_board(store: Store, since: datetime, until: datetime) -> list[tuple[Staff, Results]]:
    """The guides of a store from A to Z by name, with what came of their coupons and no more; in three queries."""
    team = Staff.objects.filter(store=store, role__in=IN_STORE, is_active=True)
    found: dict[int, dict[str, Any]] = defaultdict(lambda: dict(NOTHING))
    sent = _offers(Offer.objects.filter(store=store), since, until)
    coupons = sent.order_by().values_list("guide").annotate(sent=Count("pk"), redeemed=Count("pk", filter=REDEEMED))
    for guide, count, redeemed in coupons:
        found[guide] |= {"sent": count, "redeemed": redeemed}
    owed = Attribution.objects.filter(store=store, guide__isnull=False, ordered_at__gte=since, ordered_at__lt=until)
    for guide, sales in owed.order_by().values_list("guide").annotate(Sum("amount")):
        found[guide]["sales"] = sales
    by_name = sorted(team, key=lambda one: (alphabetical(one.name), one.pk))
    return [(one, Results(**found[one.pk])) for one in by_name]


@lru_cache(4096)
def alphabetical(name: str) -> tuple[str, ...]:
    """The key by which names run A to Z: Chinese by pinyin."""
    return tuple(syllable.lower() for syllable in lazy_pinyin(name))


def _figures(whose: Q, since: datetime, until: datetime, team: Sequence[Staff] | None) -> dict[int, dict[str, Any]]:
    """The fields of Results per guide who did anything, in three queries however many guides.

    Whom they reached is asked of the ``team``, since the ledger of touches is found by guide and moment; without a
    team neither that nor sales are asked for.
    """
    found: dict[int, dict[str, Any]] = defaultdict(lambda: dict(NOTHING))
    offers = _offers(Offer.objects.filter(whose), since, until)
    tasks = _tasks(GuideTask.objects.filter(whose), since, until)
    orders = Attribution.objects.filter(whose, guide__isnull=False, ordered_at__gte=since, ordered_at__lt=until)
    touches = Touch.objects.filter(guide__in=team or [], at__gte=since, at__lt=until, state=TouchState.ACCEPTED)
    done = Count("pk", filter=Q(state=TaskState.DONE))
    groups: tuple[Iterable[Mapping[str, Any]], ...] = (
        offers.values("guide").annotate(sent=Count("pk"), redeemed=Count("pk", filter=REDEEMED)).order_by(),
        tasks.values("guide").annotate(tasks_done=done, tasks_total=Count("pk")).order_by(),
    )
    if team is not None:  # both in one query
        sales = orders.order_by().values("guide").annotate(sales=Sum("amount"), reached=Value(0))
        money = Value(Decimal(0), output_field=DecimalField(max_digits=14, decimal_places=2))
        reached = touches.order_by().values("guide").annotate(sales=money, reached=Count("member", distinct=True))
        groups += (sales.union(reached, all=True),)
    for row in (row for rows in groups for row in rows):
        found[row["guide"]].update({name: value for name, value in row.items() if name != "guide" and value})
    return found


def _offers(offers: QuerySet[Offer], since: datetime, until: datetime) -> QuerySet[Offer]:
    """Offers with a coupon that left in the period."""
    return offers.filter(state__in=SENT, coupon__isnull=False, sent_at__gte=since, sent_at__lt=until)


def _tasks(tasks: QuerySet[GuideTask], since: datetime, until: datetime) -> QuerySet[GuideTask]:
    """Tasks that a period has to answer for: done or lapsed in it, or planned by its end and still open."""
    ended = Q(state__in=(TaskState.DONE, TaskState.LAPSED), closed_at__gte=since, closed_at__lt=until)
    return tasks.filter(ended | Q(state=TaskState.OPEN, created_at__lt=until))
