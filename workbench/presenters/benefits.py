"""The benefits of a member as a page shows them: what each gives, what is left, one tap to record a use."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coupons import gifts, kinds
from coupons.models import TierGift
from members import benefits, birthdays
from members.benefitkinds import Recorded, quota_text
from members.benefits import TAKE_BACK_HOURS, BenefitLeft
from members.models import BenefitKind, BenefitUse, Birthday, Member, Period
from stores.places import business_day
from workbench.presenters.cards import dotted
from workbench.templatetags.formats import clock, near_day


@dataclass(frozen=True)
class Recent:
    """A use that can still be taken back."""

    pk: int
    words: str


@dataclass(frozen=True)
class BenefitRow:
    """One benefit. ``key`` makes a tap that is sent twice count once; ``state`` is what is left, in words."""

    pk: int
    icon: str
    title: str
    note: str
    state: str
    is_spent: bool
    can_use: bool
    recent: list[Recent]
    key: str = field(default_factory=lambda: uuid.uuid4().hex)


def benefits_of(member: Member) -> dict[str, Any]:
    """The panel: the tier, and a row per benefit, what staff record first."""
    left = benefits.left_of(member)
    given = gifts.of_benefits([one.benefit.pk for one in left])
    recent = _recent(member)
    rows = [_row(one, member, given.get(one.benefit.pk, ()), recent.get(one.benefit.pk, [])) for one in left]
    return {"tier": member.tier, "rows": sorted(rows, key=lambda row: not row.can_use and not row.recent)}


def birthday_of(member: Member) -> str:
    """农历八月十五（09-25）, or 11-26; empty when it is not known."""
    feast = birthdays.feast_of(member)
    if feast is None or feast.calendar == Birthday.SOLAR:
        return str(feast or "")
    coming = birthdays.next_feast(feast, business_day(member.home_store, timezone.now()))
    return _("%(day)s (next on %(date)s)") % {"day": feast, "date": f"{coming.on:%m-%d}"}


def _row(left: BenefitLeft, member: Member, given: Sequence[TierGift], recent: list[Recent]) -> BenefitRow:
    by_hand = left.kind.recorded == Recorded.HAND and not given
    is_spent = left.left == 0
    return BenefitRow(
        left.benefit.pk,
        left.kind.icon,
        left.benefit.title,
        _note(left, member, given),
        _state(left),
        is_spent,
        by_hand and not is_spent,
        recent if by_hand else [],
    )


def _note(left: BenefitLeft, member: Member, given: Sequence[TierGift]) -> str:
    """What it gives and how often; for a gift the coupon, for a birthday the day."""
    if given:
        what = _("by itself: %(coupons)s") % {
            "coupons": " + ".join(kinds.offer_text(gift.template.terms) for gift in given if gift.template.terms)
        }
    elif left.kind.key == BenefitKind.DEDICATED_GUIDE and member.guide:
        what = member.guide.name
    else:
        what = left.kind.sentence(left.benefit)
    feast = birthdays.feast_of(member)
    day = ""
    if left.kind.key == BenefitKind.BIRTHDAY_GIFT and feast:
        coming = birthdays.next_feast(feast, business_day(member.home_store, timezone.now()))
        day = _("birthday %(date)s") % {"date": f"{coming.on:%m-%d}"}
    return dotted("" if what == left.benefit.title else what, quota_text(left.benefit), day)


def _state(left: BenefitLeft) -> str:
    """What is left and until when; nothing where nothing is counted."""
    if left.limit is None or left.left is None:
        often = ngettext("used %(count)s time", "used %(count)s times", left.used) % {"count": left.used}
        return often if left.used else ""
    if left.left:
        words = ngettext("%(count)s left", "%(count)s left", left.left) % {"count": left.left}
        is_short = left.until and left.benefit.period == Period.MONTH
        return _("%(left)s until %(date)s") % {"left": words, "date": f"{left.until:%m-%d}"} if is_short else words
    if left.again_on is None:
        return _("used")
    return _("used up, again from %(date)s") % {"date": f"{left.again_on:%Y-%m-%d}"}


def _recent(member: Member) -> dict[int, list[Recent]]:
    """What staff recorded so lately that they may still take it back."""
    since = timezone.now() - timedelta(hours=TAKE_BACK_HOURS.value)
    uses = BenefitUse.objects.filter(member=member, taken_back_at=None, recorded_at__gte=since, made_by__isnull=False)
    found: dict[int, list[Recent]] = {}
    for use in uses.select_related("made_by").order_by("-recorded_at"):
        by = use.made_by.name if use.made_by else ""
        found.setdefault(use.benefit_id, []).append(Recent(use.pk, dotted(_when(use.used_at), by)))
    return found


def _when(moment: datetime) -> str:
    return f"{near_day(moment)} {clock(moment)}"
