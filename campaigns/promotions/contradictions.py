"""What contradicts itself in a promotion, before it is saved and again before it is published."""

from datetime import timedelta

from django.utils.translation import gettext as _

from campaigns.models import Promotion, PromotionKind
from campaigns.promotions.kinds import REGISTRY, Problem, PromotionContradicts

Problems = list[Problem]


def contradictions(promotion: Promotion) -> Problems:
    """Everything that cannot be meant, as (field, sentence); empty when the promotion is sound."""
    kind = REGISTRY.get(promotion.kind)
    if kind is None:
        return [("kind", _("Choose what the promotion gives."))]
    try:
        given = kind.read(promotion.params)
    except PromotionContradicts as refusal:
        return list(refusal.extra["errors"])
    return [*kind.problems(given), *_window(promotion), *_scope(promotion), *_limits(promotion)]


def require_sound(promotion: Promotion) -> None:
    """Raise PromotionContradicts when anything contradicts itself."""
    problems = contradictions(promotion)
    if problems:
        raise PromotionContradicts(problems)


def _window(promotion: Promotion) -> Problems:
    found: Problems = []
    start, end = promotion.starts_at, promotion.ends_at
    if end is not None and end <= start:
        return [("ends_at", _("It would end before it begins."))]
    if any(day not in range(1, 8) for day in promotion.weekdays):
        found.append(("weekdays", _("Weekdays go from 1, Monday, to 7, Sunday.")))
    elif promotion.weekdays and end is not None and end - start < timedelta(days=7):
        days = {(start + timedelta(days=day)).isoweekday() for day in range((end - start).days + 1)}
        if not days & set(promotion.weekdays):
            found.append(("weekdays", _("None of these weekdays lies between the two dates.")))
    if promotion.hour_from and promotion.hour_until and promotion.hour_until <= promotion.hour_from:
        found.append(("hour_until", _("The last hour lies before the first.")))
    return found


def _scope(promotion: Promotion) -> Problems:
    found: Problems = []
    said = {
        "skus": _("The kind itself says which products it is about."),
        "category_ids": _("The kind itself says which products it is about."),
        "tier_ids": _("The kind itself says which tiers it is for."),
    }
    found += [(name, said[name]) for name in REGISTRY[promotion.kind].own_fields if getattr(promotion, name)]
    both = set(promotion.store_ids) & set(promotion.excluded_store_ids)
    if both:
        found.append(("excluded_store_ids", _("A store is either chosen or left out.")))
    return found


def _limits(promotion: Promotion) -> Problems:
    found: Problems = []
    kind = REGISTRY[promotion.kind]
    limits = {"stock": promotion.stock, "member_limit": promotion.member_limit}
    given = [name for name, value in limits.items() if value is not None]
    if not kind.counts_pieces:
        return [(name, _("Only flash prices and gifts are counted in pieces.")) for name in given]
    found += [(name, _("A limit is more than zero, or empty for none.")) for name in given if not limits[name]]
    if promotion.kind == PromotionKind.GIFT and given and not kind.skus(kind.read(promotion.params)):
        found.append((given[0], _("Gifts are counted by their products: give each an SKU.")))
    if promotion.stock and promotion.member_limit and promotion.member_limit > promotion.stock:
        found.append(("member_limit", _("A member may not have more than there is.")))
    return found
