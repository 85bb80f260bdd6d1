"""The kinds of deal. A new one is a module here, and a kind of promotion or coupon that makes it."""

from campaigns.pricing.deals.amounts import FullReduction, Percentage, Step
from campaigns.pricing.deals.base import Deal, Family, Missing, Turn
from campaigns.pricing.deals.bundles import Bundle, Part
from campaigns.pricing.deals.extras import FreeDelivery, GiftWithPurchase
from campaigns.pricing.deals.pieces import FixedPrice, FlashPrice, NthItem

__all__ = [
    "Bundle",
    "Deal",
    "Family",
    "FixedPrice",
    "FlashPrice",
    "FreeDelivery",
    "FullReduction",
    "GiftWithPurchase",
    "Missing",
    "NthItem",
    "Part",
    "Percentage",
    "Step",
    "Turn",
]
