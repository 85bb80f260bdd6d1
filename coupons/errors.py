"""Why a coupon is refused: one sentence per code, which a cashier can read aloud."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from stores.errors import Refusal

SENTENCES = {
    "coupon_not_found": _("There is no coupon with this code. Check it and try again."),
    "coupon_voided": _("This coupon was withdrawn."),
    "coupon_used": _("This coupon was used on %(date)s."),
    "coupon_locked": _("Another receipt is holding this coupon until %(time)s."),
    "not_coupon_owner": _("This coupon belongs to another member."),
    "coupon_not_started": _("This coupon can be used from %(date)s."),
    "coupon_expired": _("This coupon ended on %(date)s."),
    "channel_not_in_scope": _("This coupon cannot be used here, only in: %(channels)s."),
    "store_not_in_scope": _("This coupon is not for this store. It can be used in: %(stores)s."),
    "tier_not_in_scope": _("This coupon is for %(tiers)s only."),
    "outside_hours": _("This coupon cannot be used at this time. When: %(when)s."),
    "product_not_in_scope": _("Nothing on this receipt belongs to this coupon."),
    "threshold_not_met": _("¥%(short)s short: this coupon works from ¥%(threshold)s."),
    "stack_conflict": _("This coupon does not go together with another one on this receipt."),
    "limit_reached": _("A receipt takes at most %(limit)s coupons."),
    "budget_spent": _("The budget of this coupon is spent."),
    "member_limit_reached": _("This member has had all %(limit)s of this coupon."),
    "stock_spent": _("None of this coupon is left."),
    "template_not_active": _("This coupon is not being issued."),
    "terms_ended": _("This coupon ended on %(date)s and is no longer issued."),
    "order_no_missing": _("Say which receipt the coupon is for."),
    "coupon_not_held": _("This receipt does not hold this coupon."),
    "coupon_not_used": _("This coupon was not used on this receipt."),
}
STATUS = {
    "coupon_not_found": 404,
    "coupon_used": 409,
    "coupon_locked": 409,
    "coupon_not_held": 409,
    "coupon_not_used": 409,
}
PUBLIC_CODE = {"member_limit_reached": "limit_reached"}


class CouponRefused(Refusal):
    """A coupon may not be issued, locked, redeemed or given back. ``code`` says why, ``extra`` what is missing."""

    code = "coupon_refused"


def refuse(reason: str, *, words: dict[str, Any] | None = None, **extra: Any) -> CouponRefused:
    """The refusal for ``reason``; ``words`` fill the sentence, ``extra`` goes to the caller as data."""
    sentence = SENTENCES[reason]
    refusal = CouponRefused(sentence % words if words else sentence, code=PUBLIC_CODE.get(reason, reason), extra=extra)
    refusal.status = STATUS.get(reason, CouponRefused.status)
    return refusal
