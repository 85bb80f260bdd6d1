"""One-to-one offers: sent by a guide, leave after some seconds in which they can be taken back, recalled while unused.

Sending takes quota and budget at once; the coupon is issued when the offer leaves. Whatever then stands against it
fails the offer with a sentence for the guide and returns both.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import colleagues, kinds, quotas
from coupons.errors import refuse
from coupons.issuing import issue_coupon
from coupons.models import Coupon, CouponState, CouponTemplate, Offer, OfferState, Origin
from coupons.moves import Move, move_one
from coupons.offeroptions import OfferOption, options_for, store_of
from coupons.presend import CHANNELS, TO_STAFF, PreSendCheck, pre_send_check
from members.locks import lock_member
from members.models import Member, MemberState
from members.oneid.lineage import living
from members.oneid.phones import without_own
from members.privacy.consents import may_contact
from members.timeline import NewFact, record
from stores import bell
from stores.errors import NotFound, Refusal
from stores.models import Staff
from stores.policy import define

__all__ = ["OfferOption", "PreSendCheck", "leave", "leave_due", "options_for", "pre_send_check", "recall", "send",
           "take_back"]  # fmt: skip

logger = logging.getLogger(__name__)

LEAVE_TASK = "coupons.leave"
UNDO_SECONDS = define(
    "offers.undo_seconds", 10, _("Seconds in which an offer can be taken back"), minimum=0, maximum=60
)
RECALL_MINUTES = define("offers.recall_minutes", 5, _("Minutes in which an unused offer can be recalled"), minimum=0)
LONGEST_TEXT = 500
AT_ONCE = 200


def send(
    guide: Staff,
    member: Member,
    *,
    template: CouponTemplate | None,
    text: str,
    channel: str,
    request_key: str,
    reason: str = "",
    task_id: int | None = None,
    at: datetime | None = None,
) -> Offer:
    """Queue an offer, or words alone without a template. ``text`` is what the member will read, exactly, but
    for a phone number of their own.

    The same ``request_key`` of a guide gives the same offer. Raises NotFound for a member the guide does not look
    after, CouponRefused for everything that pre_send_check refuses, an unknown channel, and missing words.
    """
    now, store, text = at or timezone.now(), store_of(guide), text.strip()[:LONGEST_TEXT]
    if channel not in CHANNELS:
        raise refuse("channel_unknown")
    if template is None and not text:
        raise refuse("text_missing")
    with transaction.atomic():
        held = lock_member(member, by=guide)
        text = without_own(held, text)
        before = Offer.objects.filter(guide=guide, request_key=request_key).first()
        if before:
            return _same(before, held)
        if template:
            template = CouponTemplate.objects.select_related("terms").get(pk=template.pk)
        refusal = pre_send_check(guide, held, template, channel, at=now).refusal
        if refusal:
            raise refusal
        terms = template.terms if template else None
        face = kinds.face_value(terms) if terms else Decimal(0)
        if template:
            quotas.take(guide, store, template, face, quotas.month_of(store, now))
        wait = UNDO_SECONDS.value
        offer = _queued(Offer(
            member=held, guide=guide, store=store, template=template, terms=terms, text=text, channel=channel,
            reason=reason, task_id=task_id, face_value=face, request_key=request_key, created_at=now,
            leaves_at=now + timedelta(seconds=wait),
        ))  # fmt: skip
        bell.ring(LEAVE_TASK, offer.pk, delay=ceil(wait))
    return offer


def take_back(offer: Offer, *, by: Staff) -> Offer:
    """Stop an offer before it leaves; quota and budget come back. Twice is once. Raises CouponRefused (offer_left)."""
    with transaction.atomic():
        held = _held(offer, by)
        if held.state == OfferState.QUEUED:
            _end(held, OfferState.TAKEN_BACK)
            record(NewFact("offer.taken_back", held.member_id, held.pk, held.ended_at, _data(held)))
        elif held.state != OfferState.TAKEN_BACK:
            raise refuse("offer_left")
    return held


def recall(offer: Offer, *, by: Staff) -> Offer:
    """Withdraw the coupon of an offer that has left, within offers.recall_minutes and while it is unused.

    Quota and budget come back. Raises CouponRefused: recall_too_late, recall_used, nothing_to_recall, offer_not_sent.
    """
    now = timezone.now()
    with transaction.atomic():
        held = _held(offer, by)
        if held.state == OfferState.RECALLED:
            return held
        coupon = _coupon_to_recall(held, now)
        move_one(coupon, Move.VOIDED, CouponState.VOIDED, at=now, actor=by.name, note="recalled")
        _end(held, OfferState.RECALLED)
        data = {"template": coupon.template_id}
        record(
            NewFact("coupon.voided", held.member_id, coupon.pk, now, data),
            NewFact("offer.recalled", held.member_id, held.pk, now, _data(held)),
        )
    return held


def leave(offer_id: int) -> Offer | None:
    """Let a queued offer that is due go: issue its coupon and record offer.sent, or fail it with the reason.

    None when somebody else has it, it was taken back, or its seconds are not over.
    """
    with transaction.atomic():
        queued = Offer.objects.select_for_update(of=("self",), skip_locked=True)
        offer = queued.select_related("guide", "store", "member", "template__terms", "terms").filter(
            pk=offer_id, state=OfferState.QUEUED, leaves_at__lte=Now()
        ).first()  # fmt: skip
        if offer is None:
            return None
        offer.member = living(offer.member)  # merged while the offer waited
        try:
            with transaction.atomic():
                _send_now(offer)
        except Refusal as refusal:
            offer.coupon = None
            _end(offer, OfferState.FAILED, refusal=str(refusal))
    return offer


def leave_due(limit: int = AT_ONCE) -> int:
    """Let everything go whose bell was lost; returns how many left. One that fails does not hold up the others."""
    due = Offer.objects.filter(state=OfferState.QUEUED, leaves_at__lte=Now()).order_by("leaves_at", "pk")
    left = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            left += leave(pk) is not None
        except Exception:  # kept in the log and tried again by the next sweep
            logger.exception("offer %s does not leave", pk)
    return left


def _send_now(offer: Offer) -> None:
    """Issue and record; raises Refusal when meanwhile something stands against it."""
    mine = Member.objects.visible_to(offer.guide).filter(pk=offer.member_id, state=MemberState.ACTIVE)
    if not mine.exists():
        raise refuse("member_not_yours")
    if not TO_STAFF.value and colleagues.colleague_behind(offer.member):
        raise refuse("member_is_staff")  # marked, hired or merged while the offer waited
    if not may_contact(offer.member, offer.channel):
        raise refuse("consent_missing", words={"channel": _channel_name(offer.channel)})
    now = timezone.now()
    if offer.template:
        offer.coupon = issue_coupon(
            offer.template, offer.member, origin=Origin.OFFER, origin_id=offer.pk, guide=offer.guide,
            terms=offer.terms, at=now,
        )  # fmt: skip
    offer.state, offer.sent_at = OfferState.SENT, now
    offer.save(update_fields=["state", "sent_at", "coupon"])
    record(NewFact("offer.sent", offer.member_id, offer.pk, now, _data(offer)))


def _end(offer: Offer, state: OfferState, *, refusal: str = "") -> None:
    """Close an offer whose row is locked and return what it took."""
    offer.state, offer.ended_at, offer.refusal = state, timezone.now(), refusal[:200]
    offer.save(update_fields=["state", "ended_at", "refusal"])
    quotas.give_back(offer)


def _held(offer: Offer, by: Staff) -> Offer:
    rows = Offer.objects.visible_to(by).select_for_update(of=("self",)).select_related("store", "member")
    held = rows.filter(pk=offer.pk).first()
    if held is None:
        raise NotFound(_("There is no such offer."))
    return held


def _coupon_to_recall(offer: Offer, now: datetime) -> Coupon:
    if offer.state != OfferState.SENT or offer.sent_at is None:
        raise refuse("offer_not_sent")
    if offer.coupon_id is None:
        raise refuse("nothing_to_recall")
    minutes = RECALL_MINUTES.value
    if now > offer.sent_at + timedelta(minutes=minutes):
        raise refuse("recall_too_late", words={"minutes": minutes})
    coupon = Coupon.objects.select_for_update(no_key=True).get(pk=offer.coupon_id)
    if coupon.state != CouponState.ISSUED:
        raise refuse("recall_used")
    return coupon


def _queued(offer: Offer) -> Offer:
    """The offer, written down; its form may have been sent for another member at the very same moment, whose lock is
    not ours."""
    try:
        with transaction.atomic():
            offer.save(force_insert=True)
    except IntegrityError:
        if Offer.objects.filter(guide=offer.guide, request_key=offer.request_key).exists():
            raise refuse("request_key_reused") from None
        raise
    return offer


def _same(before: Offer, member: Member) -> Offer:
    """The offer that this form already made; a form filled for another member is a mistake."""
    if before.member_id != member.pk:
        raise refuse("request_key_reused")
    return before


def _channel_name(key: str) -> str:
    return next((str(channel.label) for channel in CHANNELS if channel.value == key), key)


def _data(offer: Offer) -> dict[str, object]:
    return {"template": offer.template_id, "coupon": offer.coupon_id, "channel": offer.channel, "task": offer.task_id}
