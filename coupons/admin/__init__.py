"""HQ's pages of the coupons band."""

from coupons.admin import exchanges, gifts, issuing, log, offers, packs, templates, wallets

__all__ = ["exchanges", "gifts", "issuing", "log", "offers", "packs", "templates", "wallets"]
