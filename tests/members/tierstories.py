"""What stories about tiers share: days of one year, orders at noon, nights, and where a member stands."""

from datetime import date, datetime, timedelta

from members.models import Member, TierChange, TierStanding
from members.refresh import refresh
from members.windows import first_moment, windows
from tests.makers import make_order

START = date(2025, 6, 1)


def day(after: int) -> date:
    """The day so many days after the first."""
    return START + timedelta(days=after)


def noon(after: int) -> datetime:
    """Noon of that day, where the chain is."""
    return first_moment(day(after), 1) + timedelta(hours=12)


def bought(member: Member, amount: int, after: int, **fields):
    """An order over whole yuan at noon of that day, recorded at once."""
    return make_order(f"{amount}.00", member=member, paid_at=noon(after), at=noon(after), **fields)


def night(member: Member, after: int) -> None:
    """The nightly job of that day, one hour after midnight."""
    refresh([member.pk], windows(first_moment(day(after), 1) + timedelta(hours=1)))


def tier_of(member: Member) -> str:
    """The code of the tier the member holds now."""
    return Member.objects.get(pk=member.pk).tier.code


def standing_of(member: Member) -> tuple[str, date | None, date | None]:
    """Tier by growth, review date and end of grace; the lowest tier has no row."""
    row = TierStanding.objects.filter(member=member).select_related("tier").first()
    return (row.tier.code, row.review_on, row.grace_until) if row else ("plain", None, None)


def history_of(member: Member) -> list[tuple[str, str, str]]:
    """From, to and why of each change, oldest first."""
    rows = TierChange.objects.filter(member=member).order_by("pk")
    return list(rows.values_list("before__code", "after__code", "why"))
