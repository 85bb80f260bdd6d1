"""Promotions: what carts get by themselves: kinds, publication, where they hold, what they brought about."""

from campaigns.promotions.contradictions import contradictions, require_sound
from campaigns.promotions.dealing import deal_of, key_of, lines_in_scope
from campaigns.promotions.kinds import REGISTRY, Names, PromotionContradicts
from campaigns.promotions.live import live_promotions
from campaigns.promotions.publishing import copy, end, publish, save_draft
from campaigns.promotions.wording import names_for, offer_text, sentence

__all__ = [
    "REGISTRY",
    "Names",
    "PromotionContradicts",
    "contradictions",
    "copy",
    "deal_of",
    "end",
    "key_of",
    "lines_in_scope",
    "live_promotions",
    "names_for",
    "offer_text",
    "publish",
    "require_sound",
    "save_draft",
    "sentence",
]
