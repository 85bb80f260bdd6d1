"""HQ's pages of the coupons band."""

from coupons.admin import counts, exchanges, gifts, issuing, log, offers, packs, templates, wallets

__all__ = ["counts", "exchanges", "gifts", "issuing", "log", "offers", "packs", "templates", "wallets"]
