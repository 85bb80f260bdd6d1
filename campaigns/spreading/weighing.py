"""What product recommendations brought, against those who were left alone on purpose. Loaded by jobs alone."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from campaigns.lift import arms, statistics
from campaigns.models import Recommendation, RecommendationState
from campaigns.spreading.recommending import BOUGHT_DAYS, products_of
from stores.models import Job

# Shown or left alone: who bought one of the products within the days after that moment.
COUNT = """
    SELECT v.held_out, count(*), count(*) FILTER (WHERE EXISTS (
        SELECT FROM members_order o JOIN members_orderline l ON l.order_id = o.id
        WHERE o.member_id = v.member_id AND o.paid_at >= v.at AND o.paid_at < v.at + make_interval(days => %(days)s)
          AND o.returned_amount < o.net_amount AND l.product_id = ANY(%(products)s)))
    FROM campaigns_recommendationview v WHERE v.recommendation_id = %(recommendation)s GROUP BY 1
"""


def count_chunk(job: Job) -> bool:
    """The nightly job: count anew what each recommendation brought, one per chunk. See stores.jobs."""
    after = int(job.cursor.get("after", 0)) if job.cursor else 0
    oldest = timezone.localdate() - timedelta(days=BOUGHT_DAYS.value + 2)
    rows = Recommendation.objects.exclude(state=RecommendationState.DRAFT).filter(ends_on__gte=oldest, pk__gt=after)
    one = rows.order_by("pk").first()
    if one is None:
        return True
    count(one)
    job.cursor, job.done = {"after": one.pk}, job.done + 1
    job.total = max(job.total, job.done)
    return False


def count(recommendation: Recommendation) -> Recommendation:
    """Count who was shown it, who bought, how those did who were left alone, and the interval of the difference."""
    products = [product.pk for product in products_of([recommendation])[recommendation.pk]]
    params = {"days": BOUGHT_DAYS.value, "products": products, "recommendation": recommendation.pk}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, params)
        found = {held: (members, bought) for held, members, bought in cursor.fetchall()}
    one = recommendation
    (one.shown, one.bought), (one.held, one.held_bought) = found.get(False, (0, 0)), found.get(True, (0, 0))
    told = statistics.of_shares(arms.Arm(one.shown, one.bought), arms.Arm(one.held, one.held_bought))
    one.low, one.high = (told.low, told.high) if told else (None, None)
    one.counted_at = timezone.now()
    one.save(update_fields=["shown", "bought", "held", "held_bought", "low", "high", "counted_at"])
    return one
