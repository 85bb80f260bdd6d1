"""What this app knows about a member, for the member to take along: the sections that config/personal.py names."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from coupons.models import Coupon, GivenGift, GivenPack, Offer, PointsExchange

Rows = list[Any]  # of dictionaries


def coupons(ids: Sequence[int]) -> Rows:
    """Every coupon and what became of it."""
    rows = Coupon.objects.filter(member__in=ids).order_by("issued_at", "pk")
    columns = ("code", "state", "origin", "issued_at", "valid_from", "valid_until", "used_at", "discount", "given_back")
    places = {"store_name": F("used_store__name"), "template_name": F("template__name")}
    return list(rows.values(*columns, "order_channel", "order_no", **places))


def offers(ids: Sequence[int]) -> Rows:
    """What guides wrote to the member."""
    rows = Offer.objects.filter(member__in=ids).order_by("created_at", "pk")
    people = {"guide_name": F("guide__name"), "store_name": F("store__name")}
    return list(rows.values("text", "channel", "reason", "state", "created_at", "sent_at", **people))


def exchanges(ids: Sequence[int]) -> Rows:
    """Points turned into coupons."""
    rows = PointsExchange.objects.filter(member__in=ids).order_by("made_at", "pk")
    return list(rows.values("points", "made_at", "returned_at", template_name=F("template__name")))


def gifts(ids: Sequence[int]) -> Rows:
    """Gifts of tiers, given or not, and why not."""
    rows = GivenGift.objects.filter(member__in=ids).order_by("due_at", "pk")
    return list(rows.values("period", "refusal", "due_at", template_name=F("gift__template__name")))


def packs(ids: Sequence[int]) -> Rows:
    """Coupons that came, come or did not come with packs."""
    rows = GivenPack.objects.filter(member__in=ids).order_by("given_at", "pk", "steps__nth")
    steps = {"due_at": F("steps__due_at"), "refusal": F("steps__refusal"), "code": F("steps__coupon__code")}
    names = {"pack_name": F("pack__name"), "template_name": F("steps__template__name")}
    return list(rows.values("given_at", "origin", **steps, **names))
