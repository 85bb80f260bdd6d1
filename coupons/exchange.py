"""Points for coupons: what a member may take and for how much, the exchange itself, and points that come back.

An exchange is one transaction: the points go, the coupon comes. Points come back when the coupon is withdrawn unused;
one that merely ended keeps them, unless HQ decided otherwise (exchange.points_back_when_expired).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import colleagues, kinds, limits
from coupons.errors import refuse
from coupons.issuing import issue_coupon
from coupons.models import CouponTemplate, CouponTerms, Origin, PointsExchange, TemplateState
from coupons.offeroptions import not_for
from members.ledgers import points
from members.locks import lock_member, lock_members
from members.models import EntryKind, Member, MemberState, PointsEntry
from stores.errors import Refusal
from stores.models import Partner, Staff
from stores.policy import define

BACK_WHEN_EXPIRED = define(
    "exchange.points_back_when_expired", False, _("Points come back when a coupon taken for them ends unused")
)
KEY = 60


@dataclass(frozen=True)
class ExchangeOption:
    """A coupon that can be had for ``price`` points, and what stands against it for this member."""

    template: CouponTemplate
    terms: CouponTerms
    price: int
    refusal: Refusal | None

    @property
    def is_open(self) -> bool:
        """Whether the member may take it now."""
        return self.refusal is None


def options_for(member: Member | None = None, *, at: datetime | None = None) -> list[ExchangeOption]:
    """Every coupon that is given for points, the cheapest first; for a member with what stands against each."""
    now = at or timezone.now()
    opened = CouponTemplate.objects.filter(state=TemplateState.ACTIVE, points_price__isnull=False, terms__isnull=False)
    templates = list(opened.select_related("terms").order_by("points_price", "-pk"))
    spendable = points.spendable(member, now) if member and templates else 0
    full = limits.reached(templates, member, now) if member else {}
    found = []
    for template in templates:
        terms, price = _sold(template)
        is_gone = template.stock is not None and template.issued >= template.stock
        why: Refusal | None = refuse("stock_spent") if is_gone else full.get(template.pk)
        if member and why is None:
            why = not_for(terms, member, now) or _short(price, spendable)
        found.append(ExchangeOption(template, terms, price, why))
    return found


def exchange(
    member: Member,
    template: CouponTemplate,
    *,
    request_key: str,
    by: Staff | None = None,
    partner: Partner | None = None,
    at: datetime | None = None,
) -> PointsExchange:
    """Take the price from the member's points and put the coupon into the wallet; the same request is done once.

    Raises CouponRefused (not_for_points, template_not_active, stock_spent, limit_reached, tier_not_in_scope,
    terms_ended, request_key_reused, own_exchange: nobody serves themselves), Refusal ``points_short``, NotFound for a
    member whom ``by`` may not see. A refused exchange changed nothing.
    """
    now = at or timezone.now()
    with transaction.atomic():
        held = lock_member(member, by=by)
        before = PointsExchange.objects.filter(request_key=request_key[:KEY]).select_related("coupon__terms").first()
        if before:
            return _same(before, held, template)
        if colleagues.is_oneself(by, held):
            raise refuse("own_exchange")
        template = CouponTemplate.objects.select_related("terms").get(pk=template.pk)
        terms, price = _sold(template)
        if useless := not_for(terms, held, now):
            raise useless
        made = PointsExchange(member=held, template=template, points=price, request_key=request_key[:KEY], made_at=now)
        made.made_by, made.partner = by, partner
        points.spend(held, price, reference=made.reference, note=kinds.offer_text(terms), by=by, at=at)
        made.coupon = issue_coupon(template, held, origin=Origin.EXCHANGE, terms=terms, at=now)
        made.save()
    return made


def points_back(coupon_ids: Collection[int], *, by: Staff | None = None) -> int:
    """Give back what these coupons were taken for, once; returns for how many. In the caller's transaction.

    Members who are no longer one have nothing to give back to.
    """
    rows = PointsExchange.objects.filter(coupon__in=coupon_ids, returned_at=None)
    named = {row.reference: row.pk for row in rows}
    spent = PointsEntry.objects.filter(kind=EntryKind.SPENT, reference__in=named, member__state=MemberState.ACTIVE)
    lock_members(spent.values_list("member", flat=True))
    entries = list(spent.order_by("member", "pk"))
    for entry in entries:
        points.give_back(entry, by=by)
    PointsExchange.objects.filter(pk__in=[named[entry.reference] for entry in entries]).update(
        returned_at=timezone.now()
    )
    return len(entries)


def _sold(template: CouponTemplate) -> tuple[CouponTerms, int]:
    if template.points_price is None or template.terms is None:
        raise refuse("not_for_points")
    return template.terms, template.points_price


def _short(price: int, spendable: int) -> Refusal | None:
    if spendable >= price:
        return None
    missing = price - spendable
    return Refusal(
        _("%(missing)s points short") % {"missing": missing}, code="points_short", extra={"missing": missing}
    )


def _same(before: PointsExchange, member: Member, template: CouponTemplate) -> PointsExchange:
    """The exchange that this request already made; a request for something else is a mistake."""
    if (before.member_id, before.template_id) != (member.pk, template.pk):
        raise refuse("request_key_reused")
    return before
