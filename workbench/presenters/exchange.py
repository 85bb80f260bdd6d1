"""Coupons for points as a dialog shows them: what may be had, what is missing, what was just taken."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from coupons import exchange, kinds
from coupons.exchange import ExchangeOption
from coupons.models import CouponState, PointsExchange
from coupons.voiding import UNDO_MINUTES
from members.ledgers.pointlots import purse_of
from members.models import Member
from workbench.presenters.cards import card_of_terms, dotted
from workbench.templatetags.formats import clock, number


@dataclass(frozen=True)
class Offered:
    """A coupon that is given for points, as components/coupon_pick.html shows it."""

    id: int
    face: str
    condition: str
    title: str
    terms: str
    is_off: bool
    why_off: str


@dataclass(frozen=True)
class Taken:
    """An exchange that can still be undone."""

    pk: int
    words: str


def choice(member: Member, *, chosen: int | None = None) -> dict[str, Any]:
    """The first step: the purse, every coupon with its price, and what was taken in the last minutes."""
    purse = purse_of(member)
    options = exchange.options_for(member)
    open_ones = [option.template.pk for option in options if option.is_open]
    frozen = _("%(points)s more are frozen while goods may come back") % {"points": number(purse.frozen)}
    return {
        "member": member,
        "cards": [_offered(option) for option in sorted(options, key=lambda one: not one.is_open)],
        "chosen": chosen if chosen in open_ones else next(iter(open_ones), None),
        "spendable": purse.spendable,
        "frozen": frozen if purse.frozen else "",
        "taken": _taken(member),
    }


def confirmation(member: Member, option: ExchangeOption, key: str) -> dict[str, Any]:
    """The second step: exactly what goes and what comes."""
    card = card_of_terms(option.template.name, option.terms)
    return {
        "member": member,
        "card": card,
        "template": option.template.pk,
        "price": option.price,
        "left": purse_of(member).spendable - option.price,
        "request_key": key,
    }


def _offered(option: ExchangeOption) -> Offered:
    price = _("%(points)s points") % {"points": number(option.price)}
    terms = option.terms
    why = dotted(price, str(option.refusal)) if option.refusal else ""
    return Offered(
        option.template.pk,
        kinds.face_text(terms),
        kinds.condition_text(terms),
        option.template.name,
        dotted(price, card_of_terms("", terms).terms),
        not option.is_open,
        why,
    )


def _taken(member: Member) -> list[Taken]:
    since = timezone.now() - timedelta(minutes=UNDO_MINUTES.value)
    rows = PointsExchange.objects.filter(
        member=member, returned_at=None, made_at__gt=since, coupon__state=CouponState.ISSUED
    )
    return [
        Taken(row.pk, dotted(clock(row.made_at), row.template.name, _("%(points)s points") % {"points": row.points}))
        for row in rows.select_related("template")[:5]
    ]
