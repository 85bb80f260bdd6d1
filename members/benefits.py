"""Benefits: what a member's tier gives, in the order in which a page shows them."""

from django.utils.translation import gettext, ngettext

from members.models import Benefit, Member, Period


def benefits_of(member: Member) -> list[Benefit]:
    """The active benefits of the member's tier."""
    return list(Benefit.objects.filter(tier=member.tier_id, is_active=True).order_by("kind", "title"))


def quota_text(benefit: Benefit) -> str:
    """How often, in words: "2 times a month", "once", or "" without a limit."""
    count = benefit.quota or 0
    match benefit.period:
        case Period.MONTH if count:
            return ngettext("%(count)s time a month", "%(count)s times a month", count) % {"count": count}
        case Period.YEAR if count:
            return ngettext("%(count)s time a year", "%(count)s times a year", count) % {"count": count}
        case Period.ONCE:
            return gettext("once")
    return ""
