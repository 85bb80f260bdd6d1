"""Which coupons a guide may send to a member now, and for the others why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count
from django.utils import timezone

from coupons import kinds, quotas
from coupons.catalogue import validity
from coupons.errors import CouponRefused, refuse
from coupons.kinds.words import last_day, listed
from coupons.models import Coupon, CouponState, CouponTemplate, CouponTerms, TemplateState
from members.models import Member, Tier
from stores.models import Staff, Store


@dataclass(frozen=True)
class OfferOption:
    """A coupon on the offer page. ``left`` of ``limit`` is the guide's quota of the month; ``refusal`` says why not."""

    template: CouponTemplate
    terms: CouponTerms
    face: str
    condition: str
    left: int
    limit: int
    refusal: CouponRefused | None

    @property
    def face_value(self) -> Decimal:
        """What it costs at most, in yuan."""
        return kinds.face_value(self.terms)


@dataclass(frozen=True)
class _Room:
    """What bounds an offer, read once for all templates."""

    quotas: dict[int, tuple[int, int]]
    budget: Decimal
    held: dict[int, int]
    month_ends: str
    now: datetime


def options_for(guide: Staff, member: Member, *, budget: Decimal | None = None) -> list[OfferOption]:
    """The templates HQ opened to guides, those that may be sent first; some queries however many there are.

    ``budget`` is what the store may still give away, if the caller knows it already.
    """
    opened = CouponTemplate.objects.filter(open_to_guides=True, state=TemplateState.ACTIVE, terms__isnull=False)
    templates = list(opened.select_related("terms").order_by("-pk"))
    options = options_among(guide, member, templates, budget=budget)
    return sorted(options, key=lambda option: option.refusal is not None)


def options_among(
    guide: Staff, member: Member, templates: Sequence[CouponTemplate], *, budget: Decimal | None = None
) -> list[OfferOption]:
    """One option per template, in the order given."""
    store = store_of(guide)
    now = timezone.now()
    month = quotas.month_of(store, now)
    limited = [template for template in templates if template.member_limit is not None]
    counted = Coupon.objects.filter(member=member, template__in=limited).exclude(state=CouponState.VOIDED)
    room = _Room(
        quotas.quotas_left(guide, templates, month),
        quotas.budget_left(store, month) if budget is None else budget,
        dict(counted.values_list("template").annotate(Count("pk")).order_by()) if limited else {},
        f"{quotas.next_month(month):%m-%d}",
        now,
    )
    return [_option(template, member, room) for template in templates]


def store_of(guide: Staff) -> Store:
    """The store that an offer of this person belongs to. Raises CouponRefused (no_store)."""
    if guide.store is None:
        raise refuse("no_store")
    return guide.store


def _option(template: CouponTemplate, member: Member, room: _Room) -> OfferOption:
    terms = template.terms
    if terms is None:
        raise refuse("template_not_active")
    left, limit = room.quotas[template.pk]
    face, condition = kinds.face_text(terms), kinds.condition_text(terms)
    return OfferOption(template, terms, face, condition, left, limit, _why_not(template, terms, member, room))


def _why_not(template: CouponTemplate, terms: CouponTerms, member: Member, room: _Room) -> CouponRefused | None:
    if template.state != TemplateState.ACTIVE:
        return refuse("template_not_active")
    if not template.open_to_guides:
        return refuse("not_open_to_guides")
    if room.quotas[template.pk][0] <= 0:
        return refuse("quota_spent", words={"date": room.month_ends})
    if kinds.face_value(terms) > room.budget:
        return refuse("store_budget_spent", words={"date": room.month_ends}, left=room.budget)
    if template.stock is not None and template.issued >= template.stock:
        return refuse("stock_spent")
    if template.member_limit is not None and room.held.get(template.pk, 0) >= template.member_limit:
        return refuse("member_limit_reached", words={"limit": template.member_limit}, limit=template.member_limit)
    return not_for(terms, member, room.now)


def not_for(terms: CouponTerms, member: Member, now: datetime) -> CouponRefused | None:
    """Why a coupon with these terms would be of no use to the member; None when it would be."""
    ends = validity(terms, now, member.home_store)[1]
    if ends <= now:
        return refuse("terms_ended", words={"date": last_day(ends)})
    if terms.tier_ids and member.tier_id not in terms.tier_ids:
        names = Tier.objects.filter(pk__in=terms.tier_ids).values_list("name", flat=True)
        return refuse("tier_not_in_scope", words={"tiers": listed(list(names))})
    return None
