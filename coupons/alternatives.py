"""When a coupon is refused at the till: which other coupon in the member's wallet would do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from coupons import kinds
from coupons.errors import CouponRefused
from coupons.models import Coupon, CouponState
from coupons.receipts import Receipt
from coupons.verdicts import Known, judge

LOOKED_AT = 8  # coupons; a till is waiting for the answer
NAMELESS = Known((), ())  # nobody reads why these are refused


@dataclass(frozen=True)
class Alternative:
    """A coupon that may be used on the receipt, and what would come off, in yuan."""

    coupon: Coupon
    discount: Decimal

    @property
    def sentence(self) -> str:
        """What a cashier may say about it."""
        return _("Instead, another coupon works: %(offer)s, code %(code)s.") % {
            "offer": kinds.offer_text(self.coupon.terms),
            "code": self.coupon.code,
        }


def better_coupon(
    member_id: int, receipt: Receipt, *, refused: str = "", at: datetime | None = None
) -> Alternative | None:
    """The coupon of the member that takes most off this receipt, of those that end next; ``refused`` is left out."""
    now = timezone.now()
    rows = Coupon.objects.filter(member=member_id, state=CouponState.ISSUED, valid_until__gt=now)
    rows = rows.exclude(code=refused).select_related("terms", "template", "member__home_store")
    usable = list(_usable(rows.order_by("valid_until", "pk")[:LOOKED_AT], receipt, at or now, now))
    return max(usable, key=lambda found: found.discount, default=None)


def _usable(coupons: Iterable[Coupon], receipt: Receipt, at: datetime, now: datetime) -> Iterator[Alternative]:
    for coupon in coupons:
        try:
            yield Alternative(coupon, judge(coupon, receipt, at=at, now=now, known=NAMELESS))
        except CouponRefused:
            continue
