"""What may come off a cart: promotions, benefits of the tier and coupons, each as a deal or with why it is none."""

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.pricing.deals import Deal, Family
from stores.errors import Refusal


@dataclass(frozen=True)
class Offer:
    """One of them: its ``deal`` on the bill, or the ``refusal`` that says why it does not hold for this buyer now.

    ``name`` is what people call it, ``say`` tells what it gives in one phrase; ``id`` is what partners know it by: a
    public id, or the code of a coupon.
    """

    key: str
    id: str
    family: Family
    kind: str
    name: str
    say: Callable[[], str]
    deal: Deal | None = None
    refusal: Refusal | None = None
