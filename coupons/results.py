"""What a template brought about: the coupons given in some days, how many were used, for how much, where and by whom.

All figures are of the coupons GIVEN in those days, as they stand now: their rate can still rise while some can be used.
One statement counts them in every way at once, over the index by template and day of issue; for large templates over
what coupons.resultcounts has counted.
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
from coupons.models import CountState, CouponTemplate
from stores.errors import Refusal
from stores.models import Staff, Store
from stores.places import end_of_day, start_of_day, zone_of

LONGEST = 366  # days of one page
FRESH_FOR = 300  # seconds
COST = kinds.cost_sql("(coupon.discount - coalesce(coupon.given_back, 0))")

GIVEN = f"""
    given AS (
        SELECT coupon.id, (coupon.issued_at AT TIME ZONE %(zone)s)::date AS day, coupon.member_id, coupon.guide_id,
               coupon.state, coupon.valid_until, coupon.order_channel, coupon.order_no,
               CASE WHEN coupon.state = 'used' THEN {COST} END AS cost
          FROM coupons_coupon coupon JOIN coupons_couponterms terms ON terms.id = coupon.terms_id
         WHERE coupon.template_id = %(template)s AND coupon.issued_at >= %(since)s AND coupon.issued_at < %(until)s
    ), sold AS (
        SELECT given.id, o.net_amount - o.returned_amount AS sales
          FROM given JOIN members_order o ON (o.channel, o.order_no) = (given.order_channel, given.order_no)
         WHERE given.state = 'used' AND NOT EXISTS (
               SELECT FROM coupons_coupon other
                WHERE other.order_no = given.order_no AND other.order_channel = given.order_channel
                  AND other.order_no <> '' AND other.template_id = %(template)s AND other.state = 'used'
                  AND other.id < given.id)
    )
"""
"""Coupons given in a window, and what was paid for each order, told of the first coupon used on it."""
FIGURES = """
           count(*) AS issued, count(*) FILTER (WHERE given.state = 'used') AS used,
           count(*) FILTER (WHERE given.state = 'voided') AS voided,
           count(*) FILTER (WHERE given.state IN ('issued', 'locked') AND given.valid_until > %(now)s) AS live,
           coalesce(sum(given.cost), 0) AS cost, coalesce(sum(sold.sales), 0) AS sales, count(sold.id) AS orders
      FROM given JOIN members_member m ON m.id = given.member_id LEFT JOIN sold ON sold.id = given.id
"""
COUNTED = f"""
    WITH {GIVEN}
    SELECT grouping(given.day), grouping(m.home_store_id), grouping(given.guide_id),
           given.day, m.home_store_id, given.guide_id, {FIGURES}
     GROUP BY GROUPING SETS ((), (given.day), (m.home_store_id), (given.guide_id))
"""
SUMMED = """
    SELECT grouping(day), grouping(store_id), grouping(guide_id), day, store_id, guide_id, sum(issued)::bigint,
           sum(used)::bigint, sum(voided)::bigint, sum(live)::bigint, sum(cost), sum(sales), sum(orders)::bigint
      FROM coupons_couponcount WHERE template_id = %(template)s AND day BETWEEN %(first)s AND %(last)s
     GROUP BY GROUPING SETS ((), (day), (store_id), (guide_id))
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
    ``is_summed`` says that they come from a count made beforehand (coupons.resultcounts), not from the coupons now.
    """

    first: date
    last: date
    as_of: datetime
    total: Row
    days: Sequence[tuple[date, Row]]
    stores: Sequence[tuple[str, Row]]
    guides: Sequence[tuple[str, Row]]
    is_summed: bool = False


def results_of(template: CouponTemplate, first: date, last: date) -> Results:
    """The figures of some days of issue (of the chain's calendar): of a template whose coupons were counted beforehand
    as of then, of any other counted now and kept for some minutes.

    Raises Refusal ``range_wrong`` when they are in the wrong order or more than a year.
    """
    if not first <= last < first + timedelta(days=LONGEST):
        raise Refusal(_("Choose from one day to %(days)s days.") % {"days": LONGEST}, code="range_wrong")
    as_of = CountState.objects.filter(template=template).values_list("as_of", flat=True).first()
    key = f"coupons.results:{template.pk}:{first}:{last}:{as_of.timestamp() if as_of else ''}"
    found = cache.get(key)
    if found is None:
        found = _summed(template, first, last, as_of) if as_of else _counted(template, first, last)
        cache.set(key, found, FRESH_FOR)
    return found


def window_of(template_id: int, first: date, last: date, now: datetime) -> dict[str, Any]:
    """The parameters of GIVEN and FIGURES for some days of issue."""
    return {
        "template": template_id,
        "zone": str(zone_of(None)),
        "since": start_of_day(None, first),
        "until": end_of_day(None, last),
        "now": now,
    }


def _counted(template: CouponTemplate, first: date, last: date) -> Results:
    now = timezone.now()
    return _told(_asked(COUNTED, window_of(template.pk, first, last, now)), first, last, now, False)


def _summed(template: CouponTemplate, first: date, last: date, as_of: datetime) -> Results:
    return _told(_asked(SUMMED, {"template": template.pk, "first": first, "last": last}), first, last, as_of, True)


def _asked(sql: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _told(rows: list[Any], first: date, last: date, as_of: datetime, is_summed: bool) -> Results:
    """The rows of COUNTED or SUMMED with names and without gaps."""
    parts: dict[tuple[int, int, int], list[tuple[Any, Row]]] = {}
    for row in rows:
        key = next((one for one in row[3:6] if one is not None), None)
        parts.setdefault(row[:3], []).append((key, Row(*row[6:]) if row[6] else NOTHING))
    days = dict(parts.get((0, 1, 1), ()))
    span = [first + timedelta(days=nth) for nth in range((last - first).days + 1)]
    return Results(
        first,
        last,
        as_of,
        parts.get((1, 1, 1), [(None, NOTHING)])[0][1],
        [(day, days.get(day, NOTHING)) for day in span],
        _named(parts.get((1, 0, 1), ()), dict(Store.objects.values_list("pk", "name"))),
        _named(parts.get((1, 1, 0), ()), _guides(parts.get((1, 1, 0), ()))),
        is_summed,
    )


def _guides(rows: Sequence[tuple[Any, Row]]) -> dict[int, str]:
    return dict(Staff.objects.filter(pk__in=[key for key, _row in rows if key]).values_list("pk", "name"))


def _named(rows: Sequence[tuple[Any, Row]], names: dict[int, str]) -> list[tuple[str, Row]]:
    """The rows with the names of their keys, most coupons first; nobody's at the end."""
    told = [(names.get(key, ""), row) for key, row in rows]
    return sorted(told, key=lambda pair: (not pair[0], -pair[1].issued, pair[0]))
