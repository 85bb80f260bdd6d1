"""Tiers given by hand: from a business day until another, with a reason. Growth goes on counting beneath them.

Headquarters give and take back. While a grant is active the member holds the better of it and the tier by growth; it
ends by itself, and the member is back where growth has brought them meanwhile.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_member
from members.models import Member, Tier, TierChange, TierGrant
from members.orders.settlement import settle
from members.timeline import NewFact
from members.windows import windows
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from stores.models import Staff

LONGEST = timedelta(days=3653)
LONGEST_REASON = 200


def grant(
    member: Member, tier: Tier, *, starts_on: date | None = None, ends_on: date, reason: str, by: Staff
) -> TierGrant:
    """Give a member a tier from ``starts_on`` (None: today) until and with ``ends_on``; it holds at once.

    Raises NotAllowed for people of stores, NotFound without such a member, and Refusal when the tier is not above the
    lowest, a day lies in the past or too far ahead, or the reason is missing.
    """
    today = windows().today
    starts_on = starts_on or today
    _check(by, tier, today, starts_on, ends_on, reason)
    with transaction.atomic():
        locked = lock_member(member, by=by)
        row = TierGrant.objects.create(
            member=locked, tier=tier, starts_on=starts_on, ends_on=ends_on, reason=reason.strip(), made_by=by
        )
        data = {"tier": tier.pk, "until": f"{ends_on}", **timeline.actor(by)}
        timeline.record(NewFact("member.tier_granted", locked.pk, row.pk, data=data))
        settle([locked.pk], why=TierChange.Why.GRANT)
    return row


def revoke(grant: TierGrant, *, by: Staff) -> TierGrant:
    """Take a grant back: from today on it no longer counts; what was earned under it until yesterday stays.

    Raises NotAllowed for people of stores, NotFound without such a grant, Conflict when it has ended already.
    """
    _must_be_headquarters(by)
    today = windows().today
    with transaction.atomic():
        found = TierGrant.objects.visible_to(by).filter(pk=grant.pk).first()
        if found is None:
            raise NotFound(_("There is no such grant."))
        locked = lock_member(found.member_id, by=by)
        row = TierGrant.objects.select_for_update().get(pk=found.pk)
        if row.revoked_on or row.ends_on < today:
            raise Conflict(_("This grant has ended already."), code="grant_ended")
        row.revoked_on, row.revoked_by = today, by
        row.save(update_fields=["revoked_on", "revoked_by"])
        data = {"tier": row.tier_id, **timeline.actor(by)}
        timeline.record(NewFact("member.tier_grant_revoked", locked.pk, row.pk, data=data))
        settle([locked.pk], why=TierChange.Why.GRANT_ENDED)
    return row


def grants_of(member: Member, day: date) -> Sequence[TierGrant]:
    """The grants that count on a day or will later, the first to begin first, with tier and who made them."""
    rows = TierGrant.objects.filter(member=member, revoked_on=None, ends_on__gte=day)
    return list(rows.select_related("tier", "made_by").order_by("starts_on", "pk"))


def _check(by: Staff, tier: Tier, today: date, starts_on: date, ends_on: date, reason: str) -> None:
    _must_be_headquarters(by)
    if not tier.threshold:
        raise Refusal(_("Choose a tier above the lowest that is in force."), code="not_to_grant")
    if starts_on < today:
        raise Refusal(_("A grant cannot begin in the past."), code="grant_in_the_past")
    if not starts_on <= ends_on <= today + LONGEST:
        raise Refusal(_("A grant ends on or after its first day, and within ten years."), code="bad_grant_end")
    if not reason.strip() or len(reason.strip()) > LONGEST_REASON:
        raise Refusal(_("Say why, in 1 to 200 characters."), code="reason_missing")


def _must_be_headquarters(by: Staff) -> None:
    if not by.sees_all:
        raise NotAllowed(_("Only headquarters give tiers by hand."), code="headquarters_only")
