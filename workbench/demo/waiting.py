"""A coupon so large that somebody else has to approve it, so that headquarters has one to decide about."""

from decimal import Decimal

from coupons import catalogue
from coupons.drafts import TermsDraft
from coupons.models import CouponKind, LimitPeriod
from stores.models import Staff


def build_waiting() -> None:
    """Entered and submitted by the marketer of the demonstration; the administrator can approve it."""
    marketer = Staff.objects.get(username="hq")
    terms = TermsDraft(kind=CouponKind.AMOUNT_OFF, threshold=Decimal(199), amount_off=Decimal(60), valid_days=14)
    template = catalogue.create_template(
        name="周年庆满199减60",
        terms=terms,
        stock=5000,
        member_limit=3,
        member_period_limit=1,
        member_period=LimitPeriod.WEEK,
        cost_owner="总部营销",
        by=marketer,
    )
    catalogue.publish(template, by=marketer)
