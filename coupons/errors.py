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
    "products_wanted": _("Nothing on this receipt belongs to this coupon. It is for: %(items)s."),
    "no_piece": _("This coupon is for one piece, and nothing on this receipt that belongs to it is sold by the piece."),
    "threshold_not_met": _("¥%(short)s short: this coupon works from ¥%(threshold)s."),
    "threshold_of_products": _("¥%(short)s short: this coupon works from ¥%(threshold)s of: %(items)s."),
    "no_delivery": _("There is no delivery to pay on this receipt."),
    "piece_is_cheaper": _("One piece costs ¥%(piece)s already; with this coupon it would cost ¥%(price)s."),
    "stack_conflict": _("This coupon does not go together with another one on this receipt."),
    "limit_reached": _("A receipt takes at most %(limit)s coupons."),
    "budget_spent": _("The budget of this coupon is spent."),
    "member_limit_reached": _("This member has had all %(limit)s of this coupon."),
    "day_limit_reached": _("This member has had %(limit)s of this coupon today. Again from %(date)s."),
    "week_limit_reached": _("This member has had %(limit)s of this coupon this week. Again from %(date)s."),
    "month_limit_reached": _("This member has had %(limit)s of this coupon this month. Again from %(date)s."),
    "year_limit_reached": _("This member has had %(limit)s of this coupon this year. Again from %(date)s."),
    "stock_spent": _("None of this coupon is left."),
    "template_not_active": _("This coupon is not being issued."),
    "terms_ended": _("This coupon ended on %(date)s and is no longer issued."),
    "order_no_missing": _("Say which receipt the coupon is for."),
    "coupon_not_held": _("This receipt does not hold this coupon."),
    "coupon_not_used": _("This coupon was not used on this receipt."),
    "not_open_to_guides": _("Headquarters has not opened this coupon to guides."),
    "quota_spent": _("Quota used up, back on %(date)s"),
    "guide_budget_spent": _("Your budget has ¥%(left)s left, back on %(date)s"),
    "guide_count_spent": _("All your coupons of the month are sent, back on %(date)s"),
    "store_budget_spent": _("The store's budget has ¥%(left)s left, back on %(date)s"),
    "store_count_spent": _("All the store's coupons of the month are sent, back on %(date)s"),
    "top_up_amount": _("Ask for %(least)s to %(most)s."),
    "top_up_decided": _("This request was answered already."),
    "top_up_not_yours": _("Your own request is answered by the area manager or by headquarters."),
    "top_up_of_another": _("Only who asked can withdraw a request."),
    "top_up_not_for_you": _("Only whoever leads the store answers requests."),
    "top_up_reason_missing": _("Say in a few words why not."),
    "beyond_store_budget": _("The store itself has only %(left)s left this month. Beyond that nothing can be sent."),
    "text_missing": _("Write a few words, or choose a coupon."),
    "channel_unknown": _("Choose where to send it from."),
    "consent_missing": _("This member has not agreed to %(channel)s."),
    "contact_cap": _("Reached this week's limit of messages (%(used)s/%(cap)s). Next one from %(date)s."),
    "contact_budget": _("Others have written to this member as often as may be. The next message from %(date)s."),
    "already_holds": _("Has one of these unused, until %(date)s."),
    "no_channel": _("This member has not agreed to any channel."),
    "member_is_staff": _("This is a colleague. Offers go to members only."),
    "own_exchange": _("This is you. Let a colleague do it."),
    "no_store": _("Only somebody who works in a store sends offers."),
    "member_not_yours": _("Not sent: you no longer look after this member."),
    "offer_left": _("It has left already and cannot be taken back."),
    "offer_not_sent": _("This offer was not sent."),
    "recall_too_late": _("It can be recalled for %(minutes)s minutes only."),
    "recall_used": _("The coupon is no longer unused, so it cannot be recalled."),
    "nothing_to_recall": _("A message without a coupon cannot be recalled."),
    "not_for_points": _("This coupon is not given for points."),
    "coupon_not_unused": _("Only an unused coupon can be withdrawn."),
    "exchange_undo_too_late": _("Within %(minutes)s minutes only; headquarters can still withdraw it."),
    "pack_not_active": _("This pack is not being given."),
    "request_key_reused": _("This form was already used for another member. Open it again."),
}
STATUS = {
    "coupon_not_found": 404,
    "coupon_used": 409,
    "coupon_locked": 409,
    "coupon_not_held": 409,
    "coupon_not_used": 409,
    "offer_left": 409,
    "offer_not_sent": 409,
    "recall_too_late": 409,
    "recall_used": 409,
    "nothing_to_recall": 409,
    "coupon_not_unused": 409,
    "exchange_undo_too_late": 409,
    "request_key_reused": 409,
    "top_up_decided": 409,
    "beyond_store_budget": 409,
}
# Reasons that need words of their own and are the same to a machine.
PUBLIC_CODE = {f"{what}_limit_reached": "limit_reached" for what in ("member", "day", "week", "month", "year")} | {
    "products_wanted": "product_not_in_scope",
    "no_piece": "product_not_in_scope",
    "threshold_of_products": "threshold_not_met",
    "no_delivery": "nothing_to_gain",
    "piece_is_cheaper": "nothing_to_gain",
}


class CouponRefused(Refusal):
    """A coupon may not be issued, locked, redeemed or given back. ``code`` says why, ``extra`` what is missing."""

    code = "coupon_refused"


def refuse(reason: str, *, words: dict[str, Any] | None = None, **extra: Any) -> CouponRefused:
    """The refusal for ``reason``; ``words`` fill the sentence, ``extra`` goes to the caller as data."""
    sentence = SENTENCES[reason]
    refusal = CouponRefused(sentence % words if words else sentence, code=PUBLIC_CODE.get(reason, reason), extra=extra)
    refusal.status = STATUS.get(reason, CouponRefused.status)
    return refusal
