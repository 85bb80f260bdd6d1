"""Benefits in use: what a tier gives, what of it is left in this period, a use recorded and taken back.

What each kind of benefit means stands in ``members.benefitkinds``. Periods are those of the calendar of the member's
home store. A use counts once per (member, benefit, reference), however often it is reported.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.benefitkinds import BenefitType, Recorded, Span, quota_text, type_of
from members.locks import lock_member
from members.models import Benefit, BenefitUse, Member, TierChange
from members.timeline import NewFact
from stores.errors import Conflict, NotFound, Refusal
from stores.models import Staff, Store
from stores.places import business_day
from stores.policy import define

__all__ = ["BenefitLeft", "benefits_of", "left_of", "quota_text", "take_back", "use"]

TAKE_BACK_HOURS = define(
    "benefits.take_back_hours", 24, _("Hours in which a store may take back a recorded benefit"), minimum=0, maximum=720
)
AHEAD = timedelta(minutes=5)  # clocks of tills
REFERENCE = 80
GIFT = "gift"
RECORD_GIFTS = """
    INSERT INTO members_benefituse (member_id, benefit_id, period, reference, store_id, used_at)
    SELECT m.id, %(benefit)s, g.period, %(word)s || ':' || g.period, m.home_store_id, %(at)s
    FROM unnest(%(members)s::bigint[], %(periods)s::date[]) AS g(member_id, period)
    JOIN members_member m ON m.id = g.member_id
    ON CONFLICT DO NOTHING
"""

LIVE_USES = """
    SELECT u.member_id, b.id, b.kind, b.tier_id, u.period, u.used_at
    FROM members_benefituse u JOIN members_benefit b ON b.id = u.benefit_id
    WHERE u.member_id = ANY (%s) AND u.taken_back_at IS NULL
"""


@dataclass(frozen=True)
class BenefitLeft:
    """A benefit and what is left of it now. ``left`` is None without a limit.

    ``until`` is the last day of the period, ``again_on`` the first day on which there is more; None for ever.
    """

    benefit: Benefit
    kind: BenefitType
    used: int
    limit: int | None
    again_on: date | None

    @property
    def left(self) -> int | None:
        """How many uses remain."""
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def until(self) -> date | None:
        """The last day of the period."""
        return self.again_on - timedelta(days=1) if self.again_on else None


@dataclass(frozen=True)
class Used:
    """What counting needs of one live use."""

    benefit_id: int
    kind: str
    tier_id: int
    period: date
    day: date


def benefits_of(member: Member) -> list[Benefit]:
    """The active benefits of the member's tier."""
    return list(Benefit.objects.filter(tier=member.tier_id, is_active=True).order_by("kind", "title"))


def left_of(member: Member, *, at: datetime | None = None) -> list[BenefitLeft]:
    """Every active benefit of the member's tier with what is left of it, in two queries."""
    day = business_day(member.home_store, at or timezone.now())
    used = uses_of([member])[member.pk]
    return [remaining(benefit, member, day, used) for benefit in benefits_of(member)]


def use(
    member: Member,
    benefit: Benefit,
    *,
    reference: str,
    store: Store | None = None,
    by: Staff | None = None,
    at: datetime | None = None,
) -> BenefitUse:
    """Record that a member used a benefit for ``reference`` (a receipt, a visit); the same again is the same use.

    Raises Refusal: benefit_works_by_itself, benefit_not_held (tier, or switched off), benefit_used_up (extra
    ``again_on``), reference_missing, future_date; NotFound for a member whom ``by`` may not see.
    """
    now, reference = timezone.now(), reference.strip()[:REFERENCE]
    moment = at or now
    _check(benefit, reference, moment, now)
    with transaction.atomic():
        held = lock_member(member, by=by)
        before = BenefitUse.objects.filter(member=held, benefit=benefit, reference=reference).first()
        if before and before.taken_back_at is None:
            return before
        if not benefit.is_active or benefit.tier_id not in _tiers_at(held, moment):
            raise Refusal(_("This member's tier does not give this benefit."), code="benefit_not_held")
        span = _span_left(benefit, held, moment)
        made = before or BenefitUse(member=held, benefit=benefit, reference=reference)
        made.period, made.store, made.used_at, made.made_by = span.key, store or held.home_store, moment, by
        made.recorded_at, made.taken_back_at = now, None
        made.save()
        data = {"benefit": benefit.pk, **timeline.actor(by)}
        timeline.record(NewFact("benefit.used", held.pk, made.pk, moment, data))
    return made


def take_back(use: BenefitUse, *, by: Staff | None = None) -> BenefitUse:
    """Undo a recorded use: it counts no more. Twice is once.

    Stores may do so for benefits.take_back_hours, headquarters and partners always. Raises Conflict
    ``take_back_too_late``, NotFound when ``by`` may not see the member.
    """
    with transaction.atomic():
        member = lock_member(use.member_id, by=by)
        held = BenefitUse.objects.get(pk=use.pk)
        if held.taken_back_at is not None:
            return held
        hours, now = TAKE_BACK_HOURS.value, timezone.now()
        if by and not by.sees_all and now > held.recorded_at + timedelta(hours=hours):
            raise Conflict(
                _("After %(hours)s hours only headquarters takes this back.") % {"hours": hours},
                code="take_back_too_late",
            )
        held.taken_back_at = now
        held.save(update_fields=["taken_back_at"])
        data = {"benefit": held.benefit_id, **timeline.actor(by)}
        timeline.record(NewFact("benefit.taken_back", member.pk, held.pk, now, data))
    return held


def record_gifts(benefit: Benefit, gifts: Mapping[int, date], *, at: datetime) -> None:
    """Gifts that followed by themselves (member -> period), as uses of their benefit: they count like any other.

    In the transaction of what was given, whose own news tells it; a gift recorded before is left as it is.
    """
    given: dict[str, Any] = {
        "benefit": benefit.pk,
        "at": at,
        "members": list(gifts),
        "periods": list(gifts.values()),
        "word": GIFT,
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD_GIFTS, given)


def find_use(member: Member, benefit_id: int, reference: str) -> BenefitUse:
    """The use that a reference names. Raises NotFound ``benefit_use_not_found``."""
    rows = BenefitUse.objects.filter(member=member, benefit=benefit_id, reference=reference[:REFERENCE])
    found = rows.select_related("benefit").first()
    if found is None:
        raise NotFound(_("There is no use under this reference."), code="benefit_use_not_found")
    return found


def uses_of(members: Iterable[Member]) -> Mapping[int, Sequence[Used]]:
    """What these members have used and not taken back, by member: one query for all."""
    rows = {member.pk: member for member in members}
    found: dict[int, list[Used]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LIVE_USES, [list(rows)])
        live = cursor.fetchall()
    for pk, benefit, kind, tier, period, used_at in live:
        found[pk].append(Used(benefit, kind, tier, period, business_day(rows[pk].home_store, used_at)))
    return found


def remaining(benefit: Benefit, member: Member, day: date, used: Iterable[Used]) -> BenefitLeft:
    """What is left of a benefit on a business day, given what the member has used."""
    kind = type_of(benefit)
    span = kind.span(benefit, member, day)
    count = sum(_counts(one, benefit, member, span) for one in used)
    return BenefitLeft(benefit, kind, count, kind.limit(benefit), span.again_on)


def _counts(one: Used, benefit: Benefit, member: Member, span: Span) -> bool:
    """Whether a use counts against the benefit's present period; uses under other tiers are dated by its calendar."""
    if one.benefit_id == benefit.pk:
        return one.period == span.key
    kind = type_of(benefit)
    if not kind.carries_over or one.kind != benefit.kind or one.tier_id == benefit.tier_id:
        return False
    return kind.span(benefit, member, one.day).key == span.key


def _check(benefit: Benefit, reference: str, moment: datetime, now: datetime) -> None:
    if type_of(benefit).recorded == Recorded.ITSELF:
        raise Refusal(_("This benefit works by itself; there is nothing to record."), code="benefit_works_by_itself")
    if not reference:
        raise Refusal(_("Say what the benefit was used for."), code="reference_missing")
    if moment > now + AHEAD:
        raise Refusal(_("This time lies in the future."), code="future_date")


def _tiers_at(member: Member, moment: datetime) -> set[int]:
    """The tier held now, and the one held at the moment of the use, which a till may report late."""
    changes = TierChange.objects.filter(member=member)
    then = changes.filter(at__lte=moment).order_by("-at", "-pk").values_list("after", flat=True).first()
    if then is None:
        then = changes.order_by("at", "pk").values_list("before", flat=True).first()
    return {member.tier_id, then or member.tier_id}


def _span_left(benefit: Benefit, member: Member, moment: datetime) -> Span:
    """The period that a use at a moment falls into. Raises Refusal ``benefit_used_up`` when nothing of it is left."""
    day = business_day(member.home_store, moment)
    left = remaining(benefit, member, day, uses_of([member])[member.pk])
    if left.left == 0:
        raise used_up(left)
    return left.kind.span(benefit, member, day)


def used_up(left: BenefitLeft) -> Refusal:
    """The refusal for a benefit of which nothing is left, for the caller to raise."""
    data = {"used": left.used, "limit": left.limit, "again_on": left.again_on}
    if left.again_on is None:
        return Refusal(_("This benefit has been used; it is given once."), code="benefit_used_up", extra=data)
    sentence = _("Used up: %(used)s of %(limit)s. Again from %(date)s.")
    words = {"used": left.used, "limit": left.limit, "date": f"{left.again_on:%Y-%m-%d}"}
    return Refusal(sentence % words, code="benefit_used_up", extra=data)
