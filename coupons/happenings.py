"""The words for what happens to a member's coupons and offers. See ``members.chronicle`` for how they are used."""

from collections.abc import Mapping, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from coupons import kinds
from coupons.kinds.words import last_day
from coupons.models import Coupon, GivenPack, Offer
from members.chronicle import Category, Words, tells
from members.happenings import yuan
from members.models import Consent, TimelineFact

Facts = Sequence[TimelineFact]
Told = Mapping[int, Words]
CHANNELS = dict(Consent.Channel.choices)


@tells(
    "coupon.issued", "coupon.redeemed", "coupon.given_back", "coupon.reversed", "coupon.expired", "coupon.voided",
    "coupon.expiring",
    category=Category.COUPON, icon="ticket",
)  # fmt: skip
def _coupons(facts: Facts) -> Told:
    rows = Coupon.objects.select_related("template", "terms", "used_store", "guide")
    coupons = rows.in_bulk([fact.subject for fact in facts])
    return {fact.pk: _about(fact, coupons[fact.subject]) for fact in facts if fact.subject in coupons}


def _about(fact: TimelineFact, coupon: Coupon) -> Words:
    given = {"coupon": kinds.offer_text(coupon.terms)}
    match fact.kind:
        case "coupon.issued":
            by = coupon.guide.name if coupon.guide else coupon.get_origin_display()
            note = _("until %(day)s · %(by)s") % {"day": last_day(coupon.valid_until), "by": by}
            return Words(_("Got %(coupon)s") % given, note)
        case "coupon.redeemed":
            saved = [_("saved %(amount)s") % {"amount": yuan(coupon.discount)}] if coupon.discount else []
            where = [coupon.used_store.name] if coupon.used_store else []
            return Words(_("Used %(coupon)s") % given, " · ".join([*saved, *where]), icon="check")
        case "coupon.given_back":
            part = _("¥%(amount)s of the discount taken back") % {"amount": fact.data["amount"]}
            short = "" if fact.data["threshold_holds"] else _("what was kept is below the threshold")
            return Words(_("%(coupon)s: some of it returned") % given, " · ".join(filter(None, [part, short])), "undo")
        case "coupon.reversed":
            return Words(_("%(coupon)s: use taken back") % given, icon="undo")
        case "coupon.expiring":
            day = {"day": last_day(coupon.valid_until)}
            return Words(_("%(coupon)s is about to end") % given, _("usable until %(day)s") % day, icon="hourglass")
        case "coupon.expired":
            return Words(_("%(coupon)s ended unused") % given, coupon.template.name, icon="hourglass")
        case _:
            return Words(_("%(coupon)s withdrawn") % given, coupon.template.name, icon="x")


@tells("offer.sent", "offer.taken_back", "offer.recalled", category=Category.TOUCH, icon="message")
def _offers(facts: Facts) -> Told:
    offers = Offer.objects.select_related("guide", "terms").in_bulk([fact.subject for fact in facts])
    return {fact.pk: _sent(fact.kind, offers[fact.subject]) for fact in facts if fact.subject in offers}


def _sent(kind: str, offer: Offer) -> Words:
    who = {"guide": offer.guide.name}
    channel = str(CHANNELS.get(offer.channel, offer.channel))
    note = " · ".join([channel, kinds.offer_text(offer.terms)] if offer.terms else [channel])
    match kind:
        case "offer.sent":
            return Words(_("%(guide)s wrote") % who, note)
        case "offer.taken_back":
            return Words(_("%(guide)s took a message back before it left") % who, note, icon="undo")
        case _:
            when = timezone.localtime(offer.ended_at).strftime("%H:%M") if offer.ended_at else ""
            return Words(_("%(guide)s recalled an offer") % who, " · ".join(filter(None, [note, when])), icon="undo")


@tells("pack.given", category=Category.COUPON, icon="gift")
def _packs(facts: Facts) -> Told:
    given = GivenPack.objects.select_related("pack", "guide").in_bulk([fact.subject for fact in facts])
    return {fact.pk: _with_pack(given[fact.subject]) for fact in facts if fact.subject in given}


def _with_pack(given: GivenPack) -> Words:
    by = given.guide.name if given.guide else given.get_origin_display()
    return Words(_("Got the pack %(pack)s") % {"pack": given.pack.name}, by)
