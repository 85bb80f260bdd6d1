"""Sales that count for a guide: which, why, and how they run from week to week."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Attribution
from coupons.models import Coupon
from members.models import Member
from stores.models import Staff
from stores.places import zone_of
from workbench.presenters.periods import Period
from workbench.templatetags.formats import day

SHOWN, WEEKS = 50, 8


@dataclass(frozen=True)
class Sale:
    """One order that is owed to a guide's work, and why."""

    member: Member
    why: str
    amount: Decimal
    at: datetime


def sales(guide: Staff, period: Period) -> list[Sale]:
    """The latest orders of the period that count for the guide, in two queries."""
    within = {"ordered_at__gte": period.since, "ordered_at__lt": period.until}
    rows = Attribution.objects.visible_to(guide).filter(guide=guide, **within).select_related("member", "touch")
    found = list(rows.order_by("-ordered_at", "-pk")[:SHOWN])
    wanted = [row.coupon_id for row in found if row.coupon_id]
    names = dict(Coupon.objects.filter(pk__in=wanted).values_list("pk", "template__name")) if wanted else {}
    return [Sale(row.member, _why(row, names), row.amount, row.ordered_at) for row in found]


def weeks(guide: Staff) -> list[Decimal]:
    """The sales of the last eight weeks, the present one last; nothing at all without any sale."""
    zone = zone_of(guide.store)
    monday = timezone.localtime(timezone=zone).date()
    monday -= timedelta(days=monday.weekday())
    since = timezone.now() - timedelta(weeks=WEEKS)
    rows = Attribution.objects.visible_to(guide).filter(guide=guide, ordered_at__gte=since)
    by_week = rows.annotate(week=TruncWeek("ordered_at", tzinfo=zone)).order_by().values_list("week")
    sums = {week.date(): total for week, total in by_week.annotate(Sum("amount"))}
    found = [sums.get(monday - timedelta(weeks=back), Decimal(0)) for back in reversed(range(WEEKS))]
    return found if any(found) else []


def _why(row: Attribution, names: dict[int, str]) -> str:
    if row.kind == Attribution.Kind.DIRECT:
        return _("used: %(coupon)s") % {"coupon": names.get(row.coupon_id or 0, "")}
    if row.touch is None:
        return _("after your message")
    return _("after your message of %(date)s") % {"date": day(row.touch.at)}
