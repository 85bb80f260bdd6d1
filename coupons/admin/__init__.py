"""HQ's pages of the coupons band."""

from coupons.admin import issuing, offers, templates, wallets

__all__ = ["issuing", "offers", "templates", "wallets"]
