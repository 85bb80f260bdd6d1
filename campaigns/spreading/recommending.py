"""Product recommendations: which ones a member is shown, who was left alone on purpose, and what they brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import BooleanField, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import GuideTask, Reason, Recommendation, RecommendationState, TaskState
from members.buckets import SHARES, share
from members.models import Member, Product, SegmentSpan
from stores.errors import Conflict, Refusal
from stores.models import Staff
from stores.places import business_day
from stores.policy import define

MOST = 5
BOUGHT_DAYS = define(
    "recommendations.bought_days", 14, _("Days in which an order counts for a recommendation"), minimum=1, maximum=90
)
SHOW = """
    INSERT INTO campaigns_recommendationview (recommendation_id, member_id, held_out, at)
    SELECT one.id, %(member)s, one.held, %(at)s FROM unnest(%(ids)s::bigint[], %(held)s::boolean[]) AS one(id, held)
    ORDER BY one.id ON CONFLICT (recommendation_id, member_id) DO NOTHING
"""


class AmongAll(Func):
    """A value that is one of an array; by the index of the value."""

    template, arg_joiner, output_field = "(%(expressions)s))", " = ANY(", BooleanField()


@dataclass(frozen=True)
class Suggestion:
    """A recommendation for one member in words: the names of those of its products that are sold."""

    recommendation: Recommendation
    names: Sequence[str]


@dataclass(frozen=True)
class Recommended:
    """A recommendation for one member, with those of its products that are sold."""

    recommendation: Recommendation
    products: list[Product]


def publish(recommendation: Recommendation, *, by: Staff | None) -> Recommendation:
    """Let a draft hold in its window. Raises Conflict ``recommendation_state``, Refusal ``products_missing``."""
    if not products_of([recommendation]).get(recommendation.pk):
        raise Refusal(_("None of these products is known."), code="products_missing")
    return _move(recommendation, RecommendationState.DRAFT, RecommendationState.PUBLISHED)


def end(recommendation: Recommendation, *, by: Staff | None) -> Recommendation:
    """Take a published one back before its time; guides are not asked for it any more.

    Raises Conflict ``recommendation_state``.
    """
    with transaction.atomic():
        ended = _move(recommendation, RecommendationState.PUBLISHED, RecommendationState.ENDED)
        asked = GuideTask.objects.filter(reason=Reason.RECOMMENDATION, occurrence=str(ended.pk), state=TaskState.OPEN)
        asked.filter(due_on__lte=ended.ends_on).update(
            state=TaskState.LAPSED, closed_at=timezone.now(), snoozed_until=None
        )
    return ended


def show_to(member: Member, *, at: datetime | None = None) -> list[Recommended]:
    """What the member is shown now, the most important first. That is kept, as is who is left alone on purpose."""
    at = at or timezone.now()
    live = live_for(member, at)
    held = {one.pk: is_held_out(one, member) for one in live}
    if live:
        with transaction.atomic(), connection.cursor() as cursor:
            ids = list(held)
            cursor.execute(SHOW, {"member": member.pk, "at": at, "ids": ids, "held": [held[pk] for pk in ids]})
    return _with_products([one for one in live if not held[one.pk]])


def suggested(member: Member, *, at: datetime | None = None) -> list[Suggestion]:
    """What a guide may recommend to a member, in one query; nothing that they are left alone with. Nothing is kept."""
    place = Func(OuterRef("skus"), F("sku"), function="array_position", output_field=IntegerField())
    sold = Product.objects.filter(AmongAll(F("sku"), OuterRef("skus"))).annotate(place=place).order_by("place")
    rows = _live(member, at or timezone.now()).annotate(names=ArraySubquery(sold.values("name")))
    return [Suggestion(one, one.names) for one in rows[:MOST] if one.names and not is_held_out(one, member)]


def live_for(member: Member, at: datetime) -> list[Recommendation]:
    """The recommendations that hold at a moment and are for a member, in one query."""
    return list(_live(member, at)[:MOST])


def is_held_out(recommendation: Recommendation, member: Member) -> bool:
    """Whether the member is left alone, by their bucket: for ever the same."""
    return share(salt_of(recommendation), member.bucket) < recommendation.holdout * SHARES // 100


def salt_of(recommendation: Recommendation) -> str:
    """The salt that parts those who are left alone from the others (members.buckets)."""
    return f"recommendation:{recommendation.pk}:holdout"


def products_of(rows: Sequence[Recommendation]) -> dict[int, list[Product]]:
    """Recommendation -> its products in their order, in one query."""
    wanted = {sku for one in rows for sku in one.skus}
    known = {product.sku: product for product in Product.objects.filter(sku__in=wanted).select_related("category")}
    return {one.pk: [known[sku] for sku in one.skus if sku in known] for one in rows}


def _live(member: Member, at: datetime) -> QuerySet[Recommendation]:
    day = business_day(member.home_store, at)
    inside = SegmentSpan.objects.filter(segment=OuterRef("segment"), member=member, until=None)
    rows = Recommendation.objects.filter(state=RecommendationState.PUBLISHED, starts_on__lte=day, ends_on__gte=day)
    rows = rows.filter(Q(segment=None) | Q(Exists(inside))).select_related("segment")
    return rows.order_by("-priority", "-pk")


def _with_products(rows: list[Recommendation]) -> list[Recommended]:
    products = products_of(rows) if rows else {}
    return [Recommended(one, products[one.pk]) for one in rows if products[one.pk]]


def _move(one: Recommendation, before: RecommendationState, after: RecommendationState) -> Recommendation:
    if not Recommendation.objects.filter(pk=one.pk, state=before).update(state=after):
        raise Conflict(_("It is not in a state that allows this."), code="recommendation_state")
    one.refresh_from_db()
    return one
