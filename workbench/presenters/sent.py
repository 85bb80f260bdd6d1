"""Offers that were sent: the one just now, and the list of mine with what became of each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import guidetasks
from campaigns.models import Attribution, GuideTask
from coupons import kinds
from coupons.catalogue import validity
from coupons.models import CouponState, CouponTemplate, Offer, OfferState, TemplateState
from coupons.offers import RECALL_MINUTES
from coupons.quotas import month_of, room_of
from members import cursors
from members.models import Consent, Member
from stores.models import Staff
from workbench.context import Shell
from workbench.presenters import purses, tasks, topups
from workbench.presenters.cards import last_day
from workbench.presenters.links import Choice, address
from workbench.presenters.results import of_day
from workbench.templatetags.formats import money

PAGE = 20
STATES = ("", "live", "used", "ended")
_LIVE = (CouponState.ISSUED, CouponState.LOCKED)
ENDED = (OfferState.TAKEN_BACK, OfferState.RECALLED, OfferState.FAILED)


@dataclass(frozen=True)
class SentNow:
    """The offer just queued."""

    pk: int
    member: Member
    summary: str
    facts: list[tuple[str, str]]


@dataclass(frozen=True)
class SentRow:
    """One offer of the list."""

    pk: int
    member: Member
    face: str
    title: str
    state: str
    tone: str
    note: str
    sent_at: datetime
    recall_url: str


def queued(offer: Offer, guide: Staff, task: GuideTask | None) -> dict[str, Any]:
    """What was queued, the seconds in which it can be taken back, the next task, and what changes beside the pane."""
    going = guidetasks.day_of(guide)
    seconds = max(1, round((offer.leaves_at - timezone.now()).total_seconds()))
    following = going.open[0] if going.open else None
    return {
        "offer": SentNow(offer.pk, offer.member, _summary(offer), _facts(offer, guide)),
        "undo_url": reverse("workbench:offer-undo", args=[offer.pk]) if offer.state == OfferState.QUEUED else "",
        "seconds": seconds,
        "open_tasks": len(going.open),
        "shell": Shell(guide, len(going.open)),
        "next": {"name": str(following.member), "url": address("task", following.pk)} if following else None,
        "task": task,
        "progress": of_day(going.progress),
        "done": tasks.done_rows(going.done),
    }


def page_of(guide: Staff, state: str, before: str) -> tuple[list[SentRow], str]:
    """Some of the offers somebody sent, and where the older ones are. Raises Refusal ``bad_cursor``."""
    rows = mine(guide, state)
    if before:
        text, pk = cursors.decode(before, (str, int))
        try:
            at = cursors.moment(text)
        except ValueError:
            raise cursors.lost() from None
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk))
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    if len(found) <= PAGE:
        return [_row(offer) for offer in shown], ""
    last = cursors.encode([shown[-1].created_at.isoformat(), shown[-1].pk])
    return [_row(offer) for offer in shown], address("offers", query={"state": state, "before": last})


def last(guide: Staff, count: int = 10) -> list[SentRow]:
    """The last coupons somebody sent, newest first: those that "your last 10 offers" speaks of."""
    rows = mine(guide).filter(state=OfferState.SENT, coupon__isnull=False)
    return [_row(offer) for offer in rows[:count]]


def mine(guide: Staff, state: str = "") -> QuerySet[Offer]:
    """The offers somebody sent, newest first, each with the sales owed to its coupon."""
    rows = Offer.objects.visible_to(guide).filter(guide=guide)
    if state == "live":
        rows = rows.filter(Q(state=OfferState.QUEUED) | Q(state=OfferState.SENT, coupon__state__in=_LIVE))
    elif state == "used":
        rows = rows.filter(coupon__state=CouponState.USED)
    elif state == "ended":
        rows = rows.filter(Q(state__in=ENDED) | Q(coupon__state__in=(CouponState.EXPIRED, CouponState.VOIDED)))
    owed = Attribution.objects.filter(coupon_id=OuterRef("coupon_id")).order_by().values("coupon_id")
    sales = Subquery(owed.annotate(sum=Sum("amount")).values("sum"))
    related = ("member__tier", "template", "terms", "coupon")
    return rows.select_related(*related).annotate(sales=sales).order_by("-created_at", "-pk")


def states(current: str) -> list[Choice]:
    """The choices above the list."""
    words = {"": _("All"), "live": _("Under way"), "used": _("Used"), "ended": _("Ended")}
    return [Choice(words[key], address("offers", query={"state": key}), key == current) for key in STATES]


def quota(guide: Staff) -> dict[str, Any]:
    """What may still be sent this month, per coupon, and of the budgets of the guide and the store."""
    if guide.store is None:
        return {"rows": [], "purses": [], "asked": []}
    room = room_of(guide, guide.store, month_of(guide.store, timezone.now()))
    opened = CouponTemplate.objects.filter(open_to_guides=True, state=TemplateState.ACTIVE, terms__isnull=False)
    templates = {one.pk: one for one in opened.order_by("-pk")}
    rows = [(one.name, *room.quota(one)) for one in templates.values()]
    return {
        "rows": [{"title": title, "left": left, "total": total} for title, left, total in rows],
        "asked": [
            {
                "words": f"{topups.what_of(templates.get(pk or 0))} {topups.amount(asked.count, asked.value)}",
                "withdraw_url": address("top-up-withdraw", asked.pk),
            }
            for pk, asked in room.asked.items()
        ],
        "purses": purses.lines(_("My budget"), room.guide) + purses.lines(_("The store's budget"), room.store),
    }


def _summary(offer: Offer) -> str:
    channel = Consent.Channel(offer.channel).label
    words = {"name": offer.member, "channel": channel}
    if offer.template is None:
        return _("%(name)s gets your message by %(channel)s.") % words
    return _("%(name)s gets your message and %(coupon)s by %(channel)s.") % (words | {"coupon": offer.template.name})


def _facts(offer: Offer, guide: Staff) -> list[tuple[str, str]]:
    """The coupon, what is left, where the result will show."""
    found = []
    if offer.template and offer.terms:
        until = last_day(validity(offer.terms, offer.created_at, offer.member.home_store)[1])
        coupon = _("%(coupon)s, until %(date)s") % {"coupon": kinds.offer_text(offer.terms), "date": until}
        left, limit = room_of(guide, offer.store, month_of(offer.store, offer.created_at)).quota(offer.template)
        quota = _("%(left)s of %(limit)s left") % {"left": left, "limit": limit}
        found = [(_("Coupon"), coupon), (_("Your quota"), quota)]
    return [*found, (_("Where to see what came of it"), _("under Results, once it is used at the till"))]


def _row(offer: Offer) -> SentRow:
    state, tone, note = _standing(offer)
    face = kinds.face_text(offer.terms) if offer.terms else _("Text")
    title = offer.template.name if offer.template else _("Message only")
    at = offer.sent_at or offer.created_at
    return SentRow(offer.pk, offer.member, face, title, state, tone, note, at, _way_back(offer))


def _standing(offer: Offer) -> tuple[str, str, str]:
    """The state in a word, its tone, and a note."""
    coupon = offer.coupon
    if offer.state == OfferState.FAILED:
        return str(OfferState.FAILED.label), "danger", offer.refusal
    if offer.state != OfferState.SENT or coupon is None:
        return str(OfferState(offer.state).label), "", ""
    if coupon.state == CouponState.USED:
        sales: Decimal | None = getattr(offer, "sales", None)
        return str(CouponState.USED.label), "accent", money(sales) if sales else ""
    if coupon.state in _LIVE and coupon.valid_until > timezone.now():
        soon = coupon.valid_until - timezone.now() < timedelta(days=2)
        return _("Not used yet"), "warn" if soon else "", _("ends %(date)s") % {"date": last_day(coupon.valid_until)}
    ended = CouponState.VOIDED if coupon.state == CouponState.VOIDED else CouponState.EXPIRED
    return str(ended.label), "", ""


def _way_back(offer: Offer) -> str:
    """Where it can still be taken back or recalled."""
    if offer.state == OfferState.QUEUED:
        return reverse("workbench:offer-undo", args=[offer.pk])
    if offer.state != OfferState.SENT or offer.sent_at is None or offer.coupon is None:
        return ""
    fresh = timezone.now() - offer.sent_at < timedelta(minutes=RECALL_MINUTES.value)
    return reverse("workbench:offer-recall", args=[offer.pk]) if fresh and offer.coupon.state == "issued" else ""
