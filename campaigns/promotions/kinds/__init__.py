"""Kinds of promotion: what one gives, how it is worded, how sales are told. A new kind is a module and a line here."""

from collections.abc import Mapping
from typing import Any

from campaigns.models import PromotionKind
from campaigns.promotions.kinds.base import Frame, Kind, Names, Problem, PromotionContradicts
from campaigns.promotions.kinds.bundle import BundleKind
from campaigns.promotions.kinds.flash_price import FlashPriceKind
from campaigns.promotions.kinds.full_reduction import FullReductionKind
from campaigns.promotions.kinds.gift import GiftKind
from campaigns.promotions.kinds.nth_item import NthItemKind
from campaigns.promotions.kinds.tier_percent import TierPercentKind

__all__ = ["REGISTRY", "Frame", "Kind", "Names", "Problem", "PromotionContradicts"]

REGISTRY: Mapping[str, Kind[Any]] = {
    PromotionKind.FULL_REDUCTION: FullReductionKind(),
    PromotionKind.NTH_ITEM: NthItemKind(),
    PromotionKind.BUNDLE: BundleKind(),
    PromotionKind.FLASH_PRICE: FlashPriceKind(),
    PromotionKind.TIER_PERCENT: TierPercentKind(),
    PromotionKind.GIFT: GiftKind(),
}
