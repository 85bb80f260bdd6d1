"""A template before it is saved, or as it is: the coupon as its member sees it, the sentence, and what it may cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from coupons import approvals, kinds, limits
from coupons.catalogue import validity
from coupons.kinds.words import first_day, last_day, listed, validity_text, when
from coupons.models import CouponTemplate, CouponTerms
from members.models import Category, Product, Tier
from stores.models import Store

NAMED = 5  # of each list; the rest is counted


@dataclass(frozen=True)
class Card:
    """The coupon on a member's screen: large print, small print, name, and when it can be used."""

    face: str
    condition: str
    title: str
    terms: str
    origin: str = ""


@dataclass(frozen=True)
class Outlook:
    """All that can be said of a template. ``exposure`` in yuan is what it may give away at most, None without bound;
    ``asks_second`` says that somebody else lets it go."""

    card: Card
    sentence: str
    conditions: Sequence[str]
    exposure: Decimal | None
    asks_second: bool


def outlook_of(template: CouponTemplate, at: datetime | None = None) -> Outlook:
    """What a template with terms, saved or not, would be for a member who gets it now."""
    terms = template.terms
    if terms is None:
        raise ValueError("a template without terms")
    return Outlook(
        _card(template.name, terms, at or timezone.now()),
        kinds.sentence(terms),
        [*_scopes(terms), *limits.in_words(template)],
        approvals.exposure(template),
        approvals.asks_second(template),
    )


def _card(title: str, terms: CouponTerms, at: datetime) -> Card:
    begins, ends = validity(terms, at, None)
    given_now = _("given now: %(first)s to %(last)s") % {"first": first_day(begins), "last": last_day(ends)}
    told = given_now if terms.valid_days is not None else validity_text(terms)
    if ends <= at:
        told = _("ended on %(day)s") % {"day": f"{timezone.localtime(ends - timedelta(microseconds=1)):%Y-%m-%d}"}
    line = " · ".join(filter(None, [told, when(terms)]))
    return Card(kinds.face_text(terms), kinds.condition_text(terms), title, line)


def _scopes(terms: CouponTerms) -> list[str]:
    """Where, for whom and for what, each as far as it is restricted."""
    stores = _named(terms.store_ids, Store.objects.filter(pk__in=terms.store_ids).order_by("code"))
    tiers = _named(terms.tier_ids, Tier.objects.filter(pk__in=terms.tier_ids).order_by("threshold"))
    goods = listed([
        part for part in (
            _named(terms.category_ids, Category.objects.filter(pk__in=terms.category_ids)),
            _named(terms.skus, Product.objects.filter(sku__in=terms.skus).order_by("sku")),
        ) if part
    ])  # fmt: skip
    said = [
        (terms.store_ids, _("only in: %(names)s"), stores),
        (terms.channels, _("only through: %(names)s"), listed(terms.channels)),
        (terms.tier_ids, _("only for: %(names)s"), tiers),
        ([*terms.category_ids, *terms.skus], _("only for goods of: %(names)s"), goods),
        (terms.stack_group, _("not together with others of the group “%(names)s”"), terms.stack_group),
    ]
    return [sentence % {"names": names} for restricts, sentence, names in said if restricts]


def _named(keys: Sequence[object], rows: QuerySet[Any, Any]) -> str:
    """The first names of a list, and how many more there are; keys that nothing answers to are named as they are."""
    names = [str(row) for row in rows[:NAMED]] or [str(key) for key in keys[:NAMED]]
    more = len(keys) - len(names)
    return listed(names) + (_(" and %(count)s more") % {"count": more} if more > 0 else "")
