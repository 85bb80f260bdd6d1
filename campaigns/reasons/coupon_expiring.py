"""A coupon in the wallet is about to expire unused."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from campaigns.models import GuideTask, Reason
from campaigns.reasons.base import TaskReason, rhythm
from coupons import kinds
from coupons.models import CouponTerms

FIGURES = sorted(kinds.OWNED - {"gift_name"})
"""The amounts that the words of any kind of coupon need; kept on the task as text."""
KEPT = ", ".join(f"'{name}', t.{name}::text" for name in FIGURES)


class CouponExpiringReason(TaskReason):
    """A usable coupon whose last day is within ``days`` days; once per coupon."""

    key = Reason.COUPON_EXPIRING
    priority = 1
    icon = "hourglass"
    urgent = True
    uplift_percent = 12
    candidates = f"""
        SELECT mine.member_id, mine.guide_id, mine.store_id, c.id::text AS occurrence,
               ((c.valid_until - interval '1 microsecond') AT TIME ZONE mine.time_zone)::date AS due_on, mine.basket,
               jsonb_build_object(
                   'coupon', c.id, 'kind', t.kind, {KEPT}, 'gift_name', t.gift_name,
                   'last', mine.last_on, 'gap', mine.gap) AS why
        FROM mine
        JOIN coupons_coupon c ON c.member_id = mine.member_id AND c.state = 'issued'
        JOIN coupons_couponterms t ON t.id = c.terms_id
        WHERE c.valid_until > %(day)s::date::timestamp AT TIME ZONE mine.time_zone
          AND c.valid_until <= (%(day)s::date + %(days)s + 1)::timestamp AT TIME ZONE mine.time_zone
    """

    @property
    def days(self) -> int:
        """How many days ahead an expiry is seen."""
        return 3

    def words(self, task: GuideTask, today: date) -> str:
        """Which coupon, and how the member's rhythm stands to its end."""
        told = rhythm(task.why, today)
        if not told:
            return _("%(coupon)s not used yet") % {"coupon": self.coupon_words(task)}
        return _("%(coupon)s not used yet, %(rhythm)s") % {"coupon": self.coupon_words(task), "rhythm": told}

    def due_words(self, task: GuideTask, today: date) -> str:
        """When it expires."""
        days = (task.due_on - today).days
        if days <= 0:
            return _("Expires tonight")
        if days == 1:
            return _("Expires tomorrow")
        return _("%(days)s days left") % {"days": days}

    def proposal(self, task: GuideTask) -> str:
        """What to do."""
        return _("Remind of %(coupon)s before it expires") % {"coupon": self.coupon_words(task)}

    def coupon_words(self, task: GuideTask) -> str:
        """满60减10, from the figures kept on the task."""
        why = task.why
        amounts = {name: Decimal(why[name]) for name in FIGURES if why.get(name)}
        return kinds.offer_text(CouponTerms(kind=why["kind"], gift_name=why.get("gift_name") or "", **amounts))
