"""From a promotion to the deal it is on a bill."""

from typing import Any

from campaigns.models import Promotion
from campaigns.pricing.bill import Bill
from campaigns.pricing.deals import Deal, Family
from campaigns.promotions.kinds import REGISTRY, Frame

EVERYTHING = frozenset(Family)


def key_of(promotion: Promotion) -> str:
    """What its deal is called."""
    return f"promotion:{promotion.pk or 0}"


def deal_of(
    promotion: Promotion, bill: Bill, *, tier_id: int | None = None, room: int | None = None, given: Any = None
) -> Deal | None:
    """The deal a promotion is on a bill for a buyer of a tier; None when nothing on the bill is in its scope.

    ``room`` is how many pieces stock and the member's limit still allow, None without a limit; ``given`` what its
    params say, for whoever has read them before.
    """
    lines = lines_in_scope(promotion, bill)
    if not lines:
        return None
    kind = REGISTRY[promotion.kind]
    given = kind.read(promotion.params) if given is None else given
    return kind.deal(given, Frame(bill, lines, _head(promotion), tier_id, room))


def lines_in_scope(promotion: Promotion, bill: Bill) -> tuple[int, ...]:
    """The lines with the products that a promotion is about."""
    if not promotion.skus and not promotion.category_ids:
        return tuple(range(len(bill.items)))
    skus, categories = set(promotion.skus), set(promotion.category_ids)
    return tuple(line for line, item in enumerate(bill.items) if item.sku in skus or item.category_id in categories)


def _head(promotion: Promotion) -> dict[str, Any]:
    return {
        "key": key_of(promotion),
        "family": Family.PROMOTION,
        "beside": EVERYTHING - {Family(one) for one in promotion.excludes},
        "groups": frozenset([f"promotion:{promotion.stack_group}"] if promotion.stack_group else []),
        "place": (promotion.pk or 0,),
    }
