"""A promotion in words: 满200减30，满300减60，周末不可用，不与券同享."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from campaigns.models import Beside, Promotion
from campaigns.promotions.kinds import REGISTRY, Names
from coupons.kinds.words import in_hours, joined, listed, on_weekdays
from members.models import Category, Product, Tier


def names_for(promotions: Iterable[Promotion], *, skus: Iterable[str] = ()) -> Names:
    """The names of all that these promotions name, and of further products; three queries at most."""
    wanted = {*skus, *(sku for one in promotions for sku in (*one.skus, *kind_skus(one)))}
    known = dict(Product.objects.filter(sku__in=wanted).values_list("sku", "name")) if wanted else {}
    return Names(known, category_names(), tier_names())


def category_names() -> Mapping[int, str]:
    """The names of all categories, looked up when first asked for one."""
    return cast("Mapping[int, str]", SimpleLazyObject(lambda: dict(Category.objects.values_list("pk", "name"))))


def tier_names() -> Mapping[int, str]:
    """The names of all tiers, looked up when first asked for one."""
    return cast("Mapping[int, str]", SimpleLazyObject(lambda: dict(Tier.objects.values_list("pk", "name"))))


def kind_skus(promotion: Promotion) -> list[str]:
    """The products that the params of a promotion name."""
    kind = REGISTRY[promotion.kind]
    return list(kind.skus(kind.read(promotion.params)))


def offer_text(promotion: Promotion, names: Names, given: Any = None) -> str:
    """What it gives in one phrase: 满200减30，满300减60. ``given`` is what its params say, if they were read before."""
    kind = REGISTRY[promotion.kind]
    return kind.sentence(kind.read(promotion.params) if given is None else given, names)


def sentence(promotion: Promotion, names: Names) -> str:
    """What it gives, to whom, when, how much of it, and what it does not go with."""
    return joined(
        [
            offer_text(promotion, names),
            scope_text(promotion, names),
            on_weekdays(promotion.weekdays),
            in_hours(promotion.hour_from, promotion.hour_until),
            limits_text(promotion),
            excludes_text(promotion),
        ]
    )


def scope_text(promotion: Promotion, names: Names) -> str:
    """On which products, and for which tiers; nothing where it is for all."""
    what = [*(names.sku(sku) for sku in promotion.skus), *(names.category(one) for one in promotion.category_ids)]
    who = [names.tier(one) for one in promotion.tier_ids]
    return joined(
        [
            _("on %(products)s") % {"products": listed(what)} if what else "",
            _("for %(tiers)s only") % {"tiers": listed(who)} if who else "",
            _("for members only") if promotion.members_only and not who else "",
        ]
    )


def limits_text(promotion: Promotion) -> str:
    """How many pieces a member may buy, and how many there are."""
    return joined(
        [
            _("%(limit)s pieces a member") % {"limit": promotion.member_limit} if promotion.member_limit else "",
            _("%(stock)s pieces in all") % {"stock": promotion.stock} if promotion.stock else "",
        ]
    )


def excludes_text(promotion: Promotion) -> str:
    """What it does not go with: 不与券同享."""
    words = {
        Beside.PROMOTION: pgettext("not together with", "other promotions"),
        Beside.BENEFIT: pgettext("not together with", "benefits of the tier"),
        Beside.COUPON: pgettext("not together with", "coupons"),
    }
    named = [words[Beside(one)] for one in Beside.values if one in promotion.excludes]
    return _("not together with %(what)s") % {"what": listed(named)} if named else ""
