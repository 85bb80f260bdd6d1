"""Headquarters recommends products, and this member is one to tell about them."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from campaigns.models import GuideTask, Reason
from campaigns.reasons.base import TaskReason, rhythm
from members.buckets import SHARE_SQL, SHARES
from stores.policy import define

PAUSE = define(
    "tasks.recommended_pause_days",
    14,
    gettext_lazy("Days between two recommendations of products to a member by their guide"),
    minimum=1,
)
RECENT = 90
HELD_OUT = SHARE_SQL.format(salt="'recommendation:' || r.id || ':holdout'", bucket="mine.bucket")


class RecommendedReason(TaskReason):
    """A product recommendation that holds and was not acted on yet; once per recommendation, with days between two.

    One for a segment is for its members, one for everybody for those whose favourite category it is of and who still
    come: new fruit does not bring back whoever stays away. Whoever has
    bought one of the products since it began needs no telling, and who is left alone on purpose is not told
    (campaigns.spreading.recommending). Of several the most important one counts.
    """

    key = Reason.RECOMMENDATION
    priority = 7
    icon = "star"
    uplift_percent = 4
    candidates = f"""
        SELECT DISTINCT ON (mine.member_id) mine.member_id, mine.guide_id, mine.store_id, r.id::text AS occurrence,
               least(r.ends_on, %(day)s::date + %(days)s - 1) AS due_on, mine.basket,
               jsonb_build_object(
                   'name', r.name, 'products', sold.names[:2], 'last', mine.last_on, 'gap', mine.gap,
                   'usual', (SELECT c.name FROM members_category c
                              WHERE c.id = mine.favourite AND c.id = ANY(sold.categories))) AS why
        FROM campaigns_recommendation r
        CROSS JOIN LATERAL (
            SELECT array_agg(p.id) AS ids, array_agg(p.category_id) AS categories,
                   array_agg(p.name ORDER BY array_position(r.skus, p.sku)) AS names
            FROM members_product p WHERE p.sku = ANY(r.skus)
        ) sold
        JOIN mine ON CASE WHEN r.segment_id IS NULL
            THEN mine.favourite = ANY(sold.categories) AND mine.last_on >= %(day)s::date - %(recommended_recent)s
            ELSE EXISTS (
            SELECT FROM members_segmentspan i
            WHERE i.segment_id = r.segment_id AND i.member_id = mine.member_id AND i.until IS NULL) END
        WHERE r.state = 'published' AND %(day)s BETWEEN r.starts_on AND r.ends_on AND sold.ids IS NOT NULL
          AND {HELD_OUT} >= r.holdout * {SHARES // 100}
          AND NOT EXISTS (
              SELECT FROM campaigns_guidetask t
              WHERE t.member_id = mine.member_id AND t.reason = 'recommendation'
                AND (t.occurrence = r.id::text OR t.created_at >= %(day)s::date - %(recommended_pause)s))
          AND NOT EXISTS (
              SELECT FROM members_order o JOIN members_orderline l ON l.order_id = o.id
              WHERE o.member_id = mine.member_id AND o.paid_at >= r.starts_on AND l.product_id = ANY(sold.ids))
        ORDER BY mine.member_id, r.priority DESC, r.id DESC
    """

    @property
    def days(self) -> int:
        """How long a task stays open, as long as the recommendation holds."""
        return 7

    def parameters(self, day: date) -> dict[str, int]:
        """The days between two tasks of this reason for one member; how recently they must have bought."""
        return {"recommended_pause": PAUSE.value, "recommended_recent": RECENT}

    def words(self, task: GuideTask, today: date) -> str:
        """Which products, that the member usually buys such, and their rhythm."""
        usual = task.why.get("usual")
        theirs = _("Usually buys %(what)s") % {"what": usual} if usual else ""
        return " · ".join(part for part in (goods_of(task.why), theirs, rhythm(task.why, today)) if part)

    def proposal(self, task: GuideTask) -> str:
        """What to recommend."""
        return _("Recommend %(products)s") % {"products": goods_of(task.why)}


def goods_of(why: dict[str, Any]) -> str:
    """The products by name; after an erasure nothing is known any more."""
    named = pgettext("between words in a list", ", ").join(why.get("products") or ())
    return named or str(why.get("name") or _("Headquarters"))
