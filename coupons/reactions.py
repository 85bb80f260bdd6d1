"""What coupons do when something happened. Each gets the facts of one batch, is set-based, and may run twice."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.utils import timezone

from coupons import exchange, forgetting, gifts, packsteps, reconciliation, refunds
from coupons.gifts import Due
from coupons.models import Coupon, GivenPack, Offer
from members.models import BenefitKind, Tier, TierChange, TimelineFact
from members.oneid import following, homecoming, lineage
from members.privacy import erasure

COUPON_NEWS = tuple(
    f"coupon.{what}" for what in ("issued", "redeemed", "given_back", "reversed", "expiring", "expired", "voided")
)
OFFER_NEWS = ("offer.sent", "offer.taken_back", "offer.recalled")
PACK_NEWS = ("pack.given",)


def reconcile_orders(facts: Sequence[TimelineFact]) -> None:
    """Orders became known: the coupons they name are used, and returns that were there before them count."""
    orders = sorted({fact.subject for fact in facts if fact.subject is not None})
    reconciliation.reconcile(orders)
    refunds.give_back(orders)


def give_back_returns(facts: Sequence[TimelineFact]) -> None:
    """Goods came back: their parts of the coupons go back, or the whole coupon does."""
    refunds.give_back({fact.data["order"] for fact in facts if fact.data.get("order") is not None})


def give_back_redeemed(facts: Sequence[TimelineFact]) -> None:
    """Coupons were redeemed, perhaps later than their goods came back."""
    refunds.give_back_redeemed({fact.subject for fact in facts if fact.subject is not None})


def follow_merges(facts: Sequence[TimelineFact]) -> None:
    """Members were merged: their coupons, offers, exchanges, gifts and packs go along."""
    following.go_along("coupons", following.merges_in(facts))


def follow_partings(facts: Sequence[TimelineFact]) -> None:
    """Members were parted again: what was theirs comes home, with what the timeline tells of it."""
    for parting in following.come_home("coupons", following.merges_in(facts)):
        homecoming.bring_news(parting.descent, COUPON_NEWS, parting.returned[Coupon])
        homecoming.bring_news(parting.descent, OFFER_NEWS, parting.returned[Offer])
        homecoming.bring_news(parting.descent, PACK_NEWS, parting.returned[GivenPack])
        since = packsteps.bring_home(parting.descent, parting.returned[GivenPack])
        homecoming.bring_news(parting.descent, COUPON_NEWS, since)


def forget_erased(facts: Sequence[TimelineFact]) -> None:
    """Members were erased: what is theirs here goes too, and the proof says so."""
    for fact in facts:
        if fact.member_id is not None and fact.subject is not None:
            erasure.add_to_proof(fact.subject, forgetting.forget(lineage.beneath(fact.member_id)))


def give_gifts(facts: Sequence[TimelineFact]) -> None:
    """A higher tier was reached, or a birthday is near: the gifts of the tier go into the wallets."""
    gifts.give(_due(facts))


def give_points_back(facts: Sequence[TimelineFact]) -> None:
    """Coupons were withdrawn, or ended where HQ decided so: points paid for them come back."""
    gone = {"coupon.voided", "coupon.expired"} if exchange.BACK_WHEN_EXPIRED.value else {"coupon.voided"}
    ids = {fact.subject for fact in facts if fact.kind in gone and fact.subject is not None}
    if ids:
        exchange.points_back(ids)


def _due(facts: Sequence[TimelineFact]) -> Iterator[Due]:
    """Who is due a gift. Two members becoming one, or one two again, is no new tier."""
    needed = {pk: need or 0 for pk, need in Tier.objects.exclude(threshold=None).values_list("pk", "threshold")}
    for fact in facts:
        if fact.member_id is None:
            continue
        if fact.kind == "member.birthday_near":
            yield Due(fact.member_id, BenefitKind.BIRTHDAY_GIFT.value, date.fromisoformat(fact.data["on"]))
        elif fact.data.get("why") != TierChange.Why.MERGE:
            reached, before = fact.data.get("to"), fact.data.get("from")
            if needed.get(reached, -1) > needed.get(before, -1):
                day = timezone.localdate(fact.at)
                yield Due(fact.member_id, BenefitKind.UPGRADE_GIFT.value, day, reached)
