"""Which coupons a guide may send to a member now, and for the others why not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from coupons import kinds, limits, quotas
from coupons.catalogue import validity
from coupons.errors import CouponRefused, refuse
from coupons.kinds.words import last_day, listed
from coupons.models import CouponTemplate, CouponTerms, TemplateState
from members.models import Member, Tier
from stores.models import Staff, Store
from stores.rowversions import noted

# What a guide can ask more of; everything else no request would mend.
ASKABLE = ("quota_spent", "guide_budget_spent", "guide_count_spent")


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

    @property
    def may_ask(self) -> bool:
        """Whether a request for more would let it through."""
        return self.refusal is not None and self.refusal.code in ASKABLE


@dataclass(frozen=True)
class _Bounds:
    """What bounds an offer, read once for all templates."""

    room: quotas.Room
    full: Mapping[int, CouponRefused]
    tiers: Mapping[int, str]
    now: datetime


def options_for(guide: Staff, member: Member, *, room: quotas.Room | None = None) -> list[OfferOption]:
    """The templates HQ opened to guides, those that may be sent first; at most three queries however many there are.

    ``room`` is what bounds the guide this month, if the caller knows it already.
    """
    opened = CouponTemplate.objects.filter(open_to_guides=True, state=TemplateState.ACTIVE, terms__isnull=False)
    templates = list(opened.select_related("terms").annotate(had=limits.had_by(member)).order_by("-pk"))
    had = {template.pk: noted(template, "had") for template in templates}
    options = options_among(guide, member, templates, room=room, had=had)
    return sorted(options, key=lambda option: option.refusal is not None)


def options_among(
    guide: Staff,
    member: Member,
    templates: Sequence[CouponTemplate],
    *,
    room: quotas.Room | None = None,
    had: Mapping[int, Sequence[datetime]] | None = None,
) -> list[OfferOption]:
    """One option per template, in the order given. ``had`` says when the member was given each, if the caller knows."""
    now = timezone.now()
    store = store_of(guide)
    bounds = _Bounds(
        room or quotas.room_of(guide, store, quotas.month_of(store, now)),
        limits.reached(templates, member, now, had),
        _tiers_of(templates, member),
        now,
    )
    return [_option(template, member, bounds) for template in templates]


def store_of(guide: Staff) -> Store:
    """The store that an offer of this person belongs to. Raises CouponRefused (no_store)."""
    if guide.store is None:
        raise refuse("no_store")
    return guide.store


def not_for(
    terms: CouponTerms, member: Member, now: datetime, *, tiers: Mapping[int, str] | None = None
) -> CouponRefused | None:
    """Why a coupon with these terms would be of no use to the member; None when it would be.

    ``tiers`` are the names of tiers by key, if the caller knows them already.
    """
    ends = validity(terms, now, member.home_store)[1]
    if ends <= now:
        return refuse("terms_ended", words={"date": last_day(ends)})
    if terms.tier_ids and member.tier_id not in terms.tier_ids:
        known = _names(terms.tier_ids) if tiers is None else tiers
        names = [known[pk] for pk in terms.tier_ids if pk in known]
        return refuse("tier_not_in_scope", words={"tiers": listed(names)})
    return None


def closed(template: CouponTemplate, promised: int = 0) -> CouponRefused | None:
    """Why no guide may send this coupon to anybody, ``promised`` of it being on their way; None when some may."""
    if template.state != TemplateState.ACTIVE:
        return refuse("template_not_active")
    if not template.open_to_guides:
        return refuse("not_open_to_guides")
    if template.stock is not None and template.issued + promised >= template.stock:
        return refuse("stock_spent")
    return None


def _option(template: CouponTemplate, member: Member, bounds: _Bounds) -> OfferOption:
    terms = template.terms
    if terms is None:
        raise refuse("template_not_active")
    left, limit = bounds.room.quota(template)
    face, condition = kinds.face_text(terms), kinds.condition_text(terms)
    return OfferOption(template, terms, face, condition, left, limit, _why_not(template, terms, member, bounds))


def _why_not(template: CouponTemplate, terms: CouponTerms, member: Member, bounds: _Bounds) -> CouponRefused | None:
    """First what nobody can change, then what one can ask more of."""
    return (
        closed(template)
        or bounds.full.get(template.pk)
        or not_for(terms, member, bounds.now, tiers=bounds.tiers)
        or bounds.room.refusal_for(template, kinds.face_value(terms))
    )


def _tiers_of(templates: Sequence[CouponTemplate], member: Member) -> dict[int, str]:
    """The names of the tiers that some of the coupons are for and the member does not have."""
    scopes = [template.terms.tier_ids for template in templates if template.terms]
    return _names({pk for scope in scopes if member.tier_id not in scope for pk in scope})


def _names(tiers: Collection[int]) -> dict[int, str]:
    return dict(Tier.objects.filter(pk__in=tiers).order_by("pk").values_list("pk", "name")) if tiers else {}
