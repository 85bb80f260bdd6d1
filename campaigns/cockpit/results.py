"""What campaigns did in some days, as far as it is known.

An effect is the difference to members who were left out by chance (campaigns.lift). As long as nobody was, the page
says what was used and what it cost, and that one cannot tell whether it brought anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Sum

from campaigns.cockpit.effects import by_template
from campaigns.models import Attribution, Effect, GuideTask, TaskState
from coupons.models import CouponTemplate
from members.insight.scope import Range, Scope
from stores.places import end_of_day, start_of_day

SHOWN = 6

USED = """
    SELECT c.template_id, count(*), coalesce(sum(c.discount - coalesce(c.given_back, 0)), 0)
    FROM coupons_coupon c {place}
    WHERE c.state = 'used' AND c.used_at >= %(since)s AND c.used_at < %(until)s{where}
    GROUP BY c.template_id ORDER BY count(*) DESC, c.template_id
"""


@dataclass(frozen=True)
class CouponResult:
    """The coupons of a template that were used in the days: how many, and what they gave away in yuan.

    ``measured`` is what the campaign or journey that gave them changed; None where nobody was left out.
    """

    template: CouponTemplate
    used: int
    cost: Decimal
    measured: Effect | None = None

    @property
    def effect(self) -> tuple[float, float, float] | None:
        """(low, estimate, high) in percentage points against members left out by chance."""
        one = self.measured
        if one is None or one.low is None or one.effect is None or one.high is None:
            return None
        return one.low * 100, one.effect * 100, one.high * 100


@dataclass(frozen=True)
class Results:
    """The coupons used most, all that were used, sales that followed a guide's touch, and tasks that ended."""

    rows: Sequence[CouponResult]
    templates: int
    used: int
    cost: Decimal
    guided_sales: Decimal
    tasks_done: int
    tasks_ended: int

    @property
    def task_rate(self) -> float | None:
        """The share of ended tasks that were done and did not lapse, in percent."""
        return self.tasks_done * 100 / self.tasks_ended if self.tasks_ended else None


def results(scope: Scope, span: Range) -> Results:
    """What was used, cost and done in a place (the home stores of members, the stores of guides) and some days."""
    since, until = start_of_day(None, span.first), end_of_day(None, span.last)
    used = _used(scope, span.first, span.last)
    known = CouponTemplate.objects.in_bulk([key for key, _used, _cost in used[:SHOWN]])
    measured = by_template(known, scope)
    guided = Attribution.objects.filter(guide__isnull=False, ordered_at__gte=since, ordered_at__lt=until)
    owed = scope.narrow(guided, "guide__store")
    ended = scope.narrow(GuideTask.objects.exclude(state=TaskState.OPEN), "store")
    states = list(ended.filter(closed_at__gte=since, closed_at__lt=until).values_list("state").annotate(n=Count("pk")))
    return Results(
        rows=[CouponResult(known[key], many, cost, measured.get(key)) for key, many, cost in used[:SHOWN]],
        templates=len(used),
        used=sum(many for _key, many, _cost in used),
        cost=sum((cost for _key, _many, cost in used), Decimal(0)),
        guided_sales=owed.aggregate(sales=Sum("amount"))["sales"] or Decimal(0),
        tasks_done=dict(states).get(TaskState.DONE, 0),
        tasks_ended=sum(many for _state, many in states),
    )


def _used(scope: Scope, first: date, last: date) -> list[tuple[int, int, Decimal]]:
    """Template, number used, yuan given away; those used most come first."""
    place = "" if scope.stores is None else "JOIN members_member m ON m.id = c.member_id"
    where = "" if scope.stores is None else " AND m.home_store_id = ANY(%(stores)s)"
    params = {"since": start_of_day(None, first), "until": end_of_day(None, last), **scope.values}
    with connection.cursor() as cursor:
        cursor.execute(USED.format(place=place, where=where), params)
        return list(cursor.fetchall())
