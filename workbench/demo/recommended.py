"""Recommendations of products in the demonstration: two that hold, one that is over and was counted, a draft."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.utils import timezone

from campaigns.models import Recommendation, RecommendationView
from campaigns.spreading import recommending, weighing
from members.models import Member, MemberState, Product
from stores.models import Role, Staff

SHOWN = 1200


class Season(NamedTuple):
    """What is recommended: from and until how many days from today, and how important it is."""

    name: str
    skus: tuple[str, ...]
    words: str
    starts: int
    ends: int
    priority: int


CHERRIES = Season("招牌车厘子", ("F011",), "今年头一批，果径 28 毫米以上。", -2, 12, 80)
CITRUS = Season("应季柑橘", ("F023",), "皮薄汁多，赣南当天发车。", -5, 9, 50)
BERRIES = Season("草莓尝鲜季", ("F013",), "红颜草莓头茬，当天摘当天到。", -45, -18, 60)
HAMPERS = Season("年货礼盒", ("F091", "F092"), "送长辈、送客户，提前三天预订。", 20, 45, 90)


def build_recommendations() -> None:
    """Cherries and citrus hold now and become tasks of guides; berries are over; hampers wait to be published."""
    marketer = Staff.objects.filter(role=Role.HQ_MARKETER).order_by("pk").first()
    for season in (BERRIES, CITRUS, CHERRIES, HAMPERS):
        _build(season, marketer)


def _build(season: Season, by: Staff | None) -> None:
    today = timezone.localdate()
    made = Recommendation.objects.create(
        name=season.name, skus=list(season.skus), words=season.words, priority=season.priority, created_by=by,
        starts_on=today + timedelta(days=season.starts), ends_on=today + timedelta(days=season.ends),
    )  # fmt: skip
    if season.starts > 0 or not recommending.products_of([made])[made.pk]:
        return
    recommending.publish(made, by=by)
    if season.ends < 0:
        recommending.end(made, by=by)
    _show(made)
    weighing.count(made)


def _show(made: Recommendation) -> None:
    """Whoever mostly buys such goods has opened the mini-program on one of its days; some were left alone."""
    categories = Product.objects.filter(sku__in=made.skus).values("category")
    mine = Member.objects.filter(state=MemberState.ACTIVE, facts__favourite_category__in=categories)
    days = (min(made.ends_on, timezone.localdate() - timedelta(days=1)) - made.starts_on).days + 1
    RecommendationView.objects.bulk_create(
        RecommendationView(
            recommendation=made, member=member, held_out=recommending.is_held_out(made, member),
            at=_moment(made, nth % max(days, 1), nth),
        )
        for nth, member in enumerate(mine.order_by("bucket", "pk")[:SHOWN])
    )  # fmt: skip


def _moment(made: Recommendation, day: int, nth: int) -> datetime:
    """Some time between nine and eight in the evening."""
    clock = time(9 + nth * 7 % 11, nth * 13 % 60)
    return timezone.make_aware(datetime.combine(made.starts_on + timedelta(days=day), clock))
