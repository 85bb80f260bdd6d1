"""Kinds of coupon: what one takes off, what it costs, how it is worded. A new kind is one module and one line here."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import get_language

from coupons.errors import CouponRefused
from coupons.kinds.amount_off import AmountOff
from coupons.kinds.base import Basis, Goods, Kind, Problem, Terms
from coupons.kinds.fixed_price import FixedPrice
from coupons.kinds.free_shipping import FreeShipping
from coupons.kinds.gift import Gift
from coupons.kinds.percent_off import PercentOff
from coupons.kinds.words import joined, validity_text, when

REGISTRY: Mapping[str, Kind] = {
    "amount_off": AmountOff(),
    "percent_off": PercentOff(),
    "gift": Gift(),
    "fixed_price": FixedPrice(),
    "free_shipping": FreeShipping(),
}
OWNED = frozenset(name for kind in REGISTRY.values() for name in kind.fields)
"""The fields of the terms that belong to some kinds and not to others, and the threshold."""


def _by_kind(expressions: Mapping[str, str]) -> str:
    return "CASE terms.kind " + " ".join(f"WHEN '{key}' THEN {sql}" for key, sql in expressions.items()) + " END"


DISCOUNT_SQL = _by_kind({key: kind.discount_sql for key, kind in REGISTRY.items()})
"""The discount of any kind, over ``terms`` and ``bill`` (amount, piece, delivery)."""


def cost_sql(off: str) -> str:
    """What a redemption of any kind costs the budget, over ``terms``; the SQL ``off`` is what came off the bill."""
    return _by_kind({key: kind.cost_sql.format(off=off) for key, kind in REGISTRY.items()})


def problems(terms: Terms) -> list[Problem]:
    """What contradicts itself in the part of the terms that the kind owns: (field, sentence)."""
    return REGISTRY[terms.kind].problems(terms)


def discount(terms: Terms, basis: Basis) -> Decimal:
    """What comes off a bill, in yuan."""
    return REGISTRY[terms.kind].discount(terms, basis)


def refusal(terms: Terms, basis: Basis) -> CouponRefused | None:
    """Why it gives nothing on a bill that its scope and threshold allow; None when it does."""
    return REGISTRY[terms.kind].refusal(terms, basis)


def bearers(terms: Terms, goods: Sequence[Goods]) -> Sequence[int]:
    """Which of the qualifying lines, by position, the discount is spread over."""
    return REGISTRY[terms.kind].bearers(terms, goods)


def cost(terms: Terms, off: Decimal) -> Decimal:
    """What a redemption that took ``off`` yuan from the bill costs the budget, in yuan."""
    return REGISTRY[terms.kind].cost(terms, off)


def face_value(terms: Terms) -> Decimal:
    """The most that one coupon can cost, in yuan; what quotas and budgets of offers count."""
    return REGISTRY[terms.kind].face_value(terms)


def face_text(terms: Terms) -> str:
    """The large print: ¥10, 8.5折, 试吃."""
    return REGISTRY[terms.kind].face_text(terms)


def condition_text(terms: Terms) -> str:
    """The small print: 满60可用."""
    return REGISTRY[terms.kind].condition_text(terms)


def offer_text(terms: Terms) -> str:
    """What it gives in one phrase: 满60减10."""
    return REGISTRY[terms.kind].offer_text(terms)


def words(terms: Terms) -> tuple[str, str, str]:
    """Large print, small print and sentence in the present language, put together once for each object."""
    said: dict[str | None, tuple[str, str, str]] = terms.__dict__.setdefault("words", {})
    language = get_language()
    if language not in said:
        said[language] = face_text(terms), condition_text(terms), sentence(terms)
    return said[language]


def sentence(terms: Terms) -> str:
    """Everything in one sentence: 满60减10，周末不可用，领取后 3 天起 7 天有效."""
    return joined([offer_text(terms), when(terms), validity_text(terms)])
