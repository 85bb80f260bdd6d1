"""A small house whose coupons live: what tills, headquarters, guides and nights may do to them at the same moment."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from coupons import bulk, expiry, issuing, offers, packs, redemption, refunds, voiding
from coupons.audience import leaf, together
from coupons.models import Coupon, CouponTemplate, Offer
from members.models import Consent, Order
from members.orders.intake import record_order, record_return
from members.segments.facts.choices import IN
from members.segments.facts.people import PEOPLE
from stores import jobs, policy
from tests.makers import days_ago, make_draft, make_guide, make_member, make_pack, make_store, make_template, number
from tests.torture.couponreturns import draft_of_return

D = Decimal
RECEIPTS, DAYS_AHEAD = 4, (0, 0, 3, 9)


class House:
    """A store, a guide, four members, two templates with every limit there is, and a pack of both."""

    def __init__(self) -> None:
        policy.forget()
        policy.change("offers.member_weekly_cap", 50, by=None)
        policy.change("contacts.per_day", 50, by=None)
        policy.change("contacts.per_month", 50, by=None)
        self.nth, self.opened = number(), timezone.now()
        self.store = make_store(f"店{self.nth}")
        self.guide = make_guide(store=self.store)
        self.members = [make_member(f"会员{nth}", guide=self.guide) for nth in range(4)]
        for member in self.members:
            Consent.objects.create(member=member, channel="wecom", granted=True, wording_version="1", at=days_ago(1))
        self.templates = [
            make_template("满60减10", stock=18, member_limit=6, budget=D(45), open_to_guides=True, guide_month_quota=3),
            make_template("每周三张", stock=14, member_period_limit=3, member_period="week"),
        ]
        self.pack = make_pack((self.templates[0], 1), (self.templates[1], 1))
        self.codes: list[str] = []

    def look(self) -> None:
        """Which coupons there are now, for the next ones who want one."""
        rows = Coupon.objects.filter(template__in=self.templates).order_by("pk")
        self.codes = list(rows.values_list("code", flat=True))

    def coupon(self, which: int) -> str:
        """The code of one of the coupons; one that does not exist while there is none."""
        return self.codes[which % len(self.codes)] if self.codes else "0"

    def template(self, which: int) -> CouponTemplate:
        """One of the templates."""
        return self.templates[which % len(self.templates)]

    def receipt(self, which: int) -> dict[str, str]:
        """One of a few receipts, over which everybody falls."""
        return {"channel": "pos", "order_no": f"H{self.nth}-{which % RECEIPTS}"}


def issue(house: House, what: int, who: int) -> None:
    """Headquarters give one coupon to one member."""
    issuing.issue_coupon(house.template(what), house.members[who % 4], origin="staff")


def issue_to_all(house: House, what: int, _who: int) -> None:
    """A bulk issue of its own to all four."""
    members = [member.pk for member in house.members]
    jobs.run(bulk.start(house.template(what), together(*leaf(PEOPLE, IN, members)), by=None).job_id)


def give_pack(house: House, what: int, who: int) -> None:
    """A pack, asked for twice at most with the same key."""
    packs.give_pack(house.pack, house.members[who % 4], origin="staff", request_key=f"{house.nth}:{what % 3}")


def lock(house: House, what: int, who: int) -> None:
    """A till holds a coupon."""
    redemption.lock(house.coupon(what), amount=D(100), store=house.store, **house.receipt(who))


def redeem(house: House, what: int, who: int) -> None:
    """A till takes a coupon."""
    redemption.redeem(house.coupon(what), amount=D(100), store=house.store, **house.receipt(who))


def release(house: House, what: int, who: int) -> None:
    """A till gives a lock back."""
    redemption.release(house.coupon(what), **house.receipt(who))


def reverse(house: House, what: int, who: int) -> None:
    """A till takes a redemption back."""
    redemption.reverse(house.coupon(what), **house.receipt(who))


def bring_back(house: House, what: int, who: int) -> None:
    """The receipt arrives as an order, a part of its goods comes back, and the coupons on it give their part back."""
    receipt = house.receipt(what)
    order = record_order(
        make_draft(store=house.store, member=house.members[0], paid_at=house.opened, **receipt)
    ).order_id
    record_return(draft_of_return(Order.objects.get(pk=order), who))
    refunds.give_back([order])


def expire(_house: House, what: int, _who: int) -> None:
    """A night, today or some days ahead."""
    with transaction.atomic():
        expiry.expire_some(timezone.now() + timedelta(days=DAYS_AHEAD[what % len(DAYS_AHEAD)]), 2)


def sweep(_house: House, _what: int, _who: int) -> None:
    """Locks that nobody came back for."""
    expiry.release_lapsed_locks()


def void(house: House, what: int, _who: int) -> None:
    """Headquarters withdraw a coupon."""
    coupon = Coupon.objects.select_related("member").filter(code=house.coupon(what)).first()
    if coupon:
        voiding.void(coupon, by=None)


def send(house: House, what: int, who: int) -> None:
    """The guide sends an offer, and it leaves."""
    key = f"{house.nth}:{what % 6}"
    offer = offers.send(
        house.guide, house.members[who % 4], template=house.templates[0], text="您好", channel="wecom", request_key=key
    )
    Offer.objects.filter(pk=offer.pk).update(leaves_at=days_ago(0.001))
    offers.leave(offer.pk)


def recall(house: House, what: int, _who: int) -> None:
    """The guide thinks better of an offer."""
    offer = Offer.objects.filter(guide=house.guide, request_key=f"{house.nth}:{what % 6}").first()
    if offer:
        offers.recall(offer, by=house.guide)


Act = Callable[[House, int, int], None]
ACTS: Mapping[str, Act] = {
    act.__name__: act
    for act in (
        *(issue, issue_to_all, give_pack, lock, redeem, release, reverse),
        *(bring_back, expire, sweep, void, send, recall),
    )
}
