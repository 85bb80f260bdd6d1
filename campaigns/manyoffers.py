"""One coupon and a few words from a guide to several members: exactly once, within all that bounds a single offer.

All of them leave together or, when the process dies, none: one transaction holds the members, looks at everybody once
more and queues an offer for each who passes. A second press with the same key finds those offers and makes none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import scripts
from coupons import offers
from coupons.models import CouponTemplate, Offer, OfferState
from coupons.presendmany import ManyCheck, Recipient, check_many
from members.locks import lock_members
from members.models import Member
from stores.errors import Refusal
from stores.models import Staff

MOST = 50
KEY_ENDS = "-"  # between the key of the whole and the member's number


@dataclass(frozen=True)
class Dropped:
    """Somebody who got nothing, and why: a sentence for the guide. ``member`` is None for who is not the guide's."""

    member: Member | None
    why: str


@dataclass(frozen=True)
class Sent:
    """What became of the whole: the queued offers, and those who were left out."""

    offers: list[Offer]
    dropped: list[Dropped]


def send_many(
    guide: Staff,
    member_ids: Iterable[int],
    template: CouponTemplate,
    *,
    text: str,
    request_key: str,
    at: datetime | None = None,
) -> Sent:
    """Queue an offer for each of these members who may get one, words filled in for each; at most MOST members.

    The same ``request_key`` of a guide sends nothing twice. Raises Refusal ``bad_choice`` for none or too many members,
    CouponRefused (no_store).
    """
    ids, now = list(dict.fromkeys(member_ids)), at or timezone.now()
    if not ids or len(ids) > MOST:
        raise Refusal(_("Choose 1 to %(most)s members.") % {"most": MOST}, code="bad_choice")
    with transaction.atomic():
        lock_members(ids)
        before = {offer.member_id: offer for offer in _of_key(guide, request_key, ids)}
        # the template's row is read after the locks: what others took of it meanwhile counts
        fresh = CouponTemplate.objects.select_related("terms").get(pk=template.pk)
        check = check_many(guide, [pk for pk in ids if pk not in before], fresh, at=now)
        made, dropped = list(before.values()), _left_out(check)
        for one in check.going:
            try:
                made.append(_queue(guide, one, fresh, text, request_key, now))
            except Refusal as refusal:  # taken by somebody else in the same moment
                dropped.append(Dropped(one.member, str(refusal)))
    return Sent(made, dropped)


def take_back_many(guide: Staff, request_key: str, *, at: datetime | None = None) -> tuple[int, int]:
    """Stop the offers of one press that have not left; returns how many were stopped and how many had left."""
    stopped, left = 0, 0
    for offer in _of_key(guide, request_key):
        try:
            offers.take_back(offer, by=guide)
            stopped += 1
        except Refusal:
            left += 1
    return stopped, left


def leaving(sent: Iterable[Offer]) -> bool:
    """Whether any of these can still be taken back."""
    return any(offer.state == OfferState.QUEUED for offer in sent)


def _queue(guide: Staff, one: Recipient, template: CouponTemplate, text: str, key: str, now: datetime) -> Offer:
    words = scripts.render(text, one.member, guide, template.terms, at=now)
    with transaction.atomic():
        return offers.send(
            guide, one.member, template=template, text=words, channel=one.channel,
            request_key=_key_of(key, one.member.pk), at=now,
        )  # fmt: skip


def _of_key(guide: Staff, key: str, member_ids: Iterable[int] | None = None) -> list[Offer]:
    rows = Offer.objects.visible_to(guide).filter(guide=guide)
    if member_ids is not None:
        rows = rows.filter(request_key__in=[_key_of(key, pk) for pk in member_ids])
    else:
        rows = rows.filter(request_key__startswith=f"{key}{KEY_ENDS}")
    return list(rows.select_related("member", "template").order_by("pk"))


def _key_of(key: str, member_id: int) -> str:
    return f"{key}{KEY_ENDS}{member_id}"


def _left_out(check: ManyCheck) -> list[Dropped]:
    found = [Dropped(one.member, str(one.refusal)) for one in check.dropped]
    stranger = _("Not among those you look after (any more)")
    return found + [Dropped(None, stranger) for _one in range(check.strangers)]
