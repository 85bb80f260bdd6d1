"""What a template brought about: the coupons given in some days, how many were used, for how much, where and by whom.

All figures are of the coupons GIVEN in those days, as they stand now: their rate can still rise while some can be used.
One statement counts them in every way at once, over the index by template and day of issue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import kinds
from coupons.models import CouponTemplate
from stores.errors import Refusal
from stores.models import Staff, Store
from stores.places import end_of_day, start_of_day, zone_of

LONGEST = 366  # days of one page
FRESH_FOR = 300  # seconds
COST = kinds.cost_sql("(coupon.discount - coalesce(coupon.given_back, 0))")

COUNTED = f"""
    WITH given AS (
        SELECT coupon.id, (coupon.issued_at AT TIME ZONE %(zone)s)::date AS day, coupon.member_id, coupon.guide_id,
               coupon.state, coupon.valid_until, coupon.order_channel, coupon.order_no,
               CASE WHEN coupon.state = 'used' THEN {COST} END AS cost
          FROM coupons_coupon coupon JOIN coupons_couponterms terms ON terms.id = coupon.terms_id
         WHERE coupon.template_id = %(template)s AND coupon.issued_at >= %(since)s AND coupon.issued_at < %(until)s
    ), sold AS (
        SELECT DISTINCT ON (o.id) given.id, o.net_amount - o.returned_amount AS sales
          FROM given JOIN members_order o ON (o.channel, o.order_no) = (given.order_channel, given.order_no)
         WHERE given.state = 'used' ORDER BY o.id, given.id
    )
    SELECT grouping(given.day), grouping(m.home_store_id), grouping(given.guide_id),
           given.day, m.home_store_id, given.guide_id, count(*),
           count(*) FILTER (WHERE given.state = 'used'), count(*) FILTER (WHERE given.state = 'voided'),
           count(*) FILTER (WHERE given.state IN ('issued', 'locked') AND given.valid_until > %(now)s),
           coalesce(sum(given.cost), 0), coalesce(sum(sold.sales), 0), count(sold.id)
      FROM given JOIN members_member m ON m.id = given.member_id LEFT JOIN sold ON sold.id = given.id
     GROUP BY GROUPING SETS ((), (given.day), (m.home_store_id), (given.guide_id))
"""


@dataclass(frozen=True)
class Row:
    """Coupons given: of a day, a store, a guide, or all. In yuan, ``cost`` is what redemptions gave away, and ``sales``
    what was paid for the ``orders`` with the coupon, less what came back."""

    issued: int
    used: int
    voided: int
    live: int
    cost: Decimal
    sales: Decimal
    orders: int

    @property
    def rate(self) -> float | None:
        """Used of those that were not withdrawn, in percent; None when there are none."""
        kept = self.issued - self.voided
        return self.used * 100 / kept if kept else None

    @property
    def over(self) -> int:
        """Ended without being used."""
        return self.issued - self.used - self.voided - self.live


NOTHING = Row(0, 0, 0, 0, Decimal(0), Decimal(0), 0)


@dataclass(frozen=True)
class Results:
    """A template's figures for coupons given from ``first`` to ``last``, both included, as of a moment.

    ``stores`` are the members' home stores, ``guides`` who sent them; the one without a name comes last. Most first.
    """

    first: date
    last: date
    as_of: datetime
    total: Row
    days: Sequence[tuple[date, Row]]
    stores: Sequence[tuple[str, Row]]
    guides: Sequence[tuple[str, Row]]


def results_of(template: CouponTemplate, first: date, last: date) -> Results:
    """The figures of some days of issue (of the chain's calendar), kept for some minutes.

    Raises Refusal ``range_wrong`` when they are in the wrong order or more than a year.
    """
    if not first <= last < first + timedelta(days=LONGEST):
        raise Refusal(_("Choose from one day to %(days)s days.") % {"days": LONGEST}, code="range_wrong")
    key = f"coupons.results:{template.pk}:{first}:{last}"
    found = cache.get(key)
    if found is None:
        found = _counted(template, first, last)
        cache.set(key, found, FRESH_FOR)
    return found


def _counted(template: CouponTemplate, first: date, last: date) -> Results:
    now = timezone.now()
    params: dict[str, Any] = {
        "template": template.pk,
        "zone": str(zone_of(None)),
        "since": start_of_day(None, first),
        "until": end_of_day(None, last),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, params)
        rows = cursor.fetchall()
    parts: dict[tuple[int, int, int], list[tuple[Any, Row]]] = {}
    for row in rows:
        key = next((one for one in row[3:6] if one is not None), None)
        parts.setdefault(row[:3], []).append((key, Row(*row[6:])))
    days = dict(parts.get((0, 1, 1), ()))
    span = [first + timedelta(days=nth) for nth in range((last - first).days + 1)]
    return Results(
        first,
        last,
        now,
        parts.get((1, 1, 1), [(None, NOTHING)])[0][1],
        [(day, days.get(day, NOTHING)) for day in span],
        _named(parts.get((1, 0, 1), ()), dict(Store.objects.values_list("pk", "name"))),
        _named(parts.get((1, 1, 0), ()), _guides(parts.get((1, 1, 0), ()))),
    )


def _guides(rows: Sequence[tuple[Any, Row]]) -> dict[int, str]:
    return dict(Staff.objects.filter(pk__in=[key for key, _row in rows if key]).values_list("pk", "name"))


def _named(rows: Sequence[tuple[Any, Row]], names: dict[int, str]) -> list[tuple[str, Row]]:
    """The rows with the names of their keys, most coupons first; nobody's at the end."""
    told = [(names.get(key, ""), row) for key, row in rows]
    return sorted(told, key=lambda pair: (not pair[0], -pair[1].issued, pair[0]))
