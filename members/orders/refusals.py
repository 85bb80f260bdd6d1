"""Why an order or return is turned away: one stable code and one sentence each."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from stores.errors import Conflict, NotFound, Refusal

SENTENCES: dict[str, Any] = {
    "bad_channel": _("The channel must be 1 to 20 lower-case letters, digits, - or _."),
    "bad_order_no": _("The number must have 1 to 64 characters."),
    "bad_sku": _("Each line needs an SKU of at most 60 characters."),
    "bad_quantity": _("Each quantity must be more than zero."),
    "bad_amount": _("Prices and amounts must not be negative; amounts have at most two decimals."),
    "bad_revision": _("The revision must be a whole number from 0."),
    "bad_time": _("The time must say its offset from UTC."),
    "bad_coupon": _("A coupon code has at most 32 characters."),
    "bad_share_code": _("The code of a share link has at most 32 characters."),
    "bad_identity": _("This identity cannot lead to a member."),
    "no_lines": _("An order needs at least one line, a return a line or an amount."),
    "mixed_header": _("The lines of one order must agree on time, store, member, guide, coupons and share code."),
    "unknown_store": _("There is no store with this code."),
    "unknown_member": _("There is no such member."),
    "future_date": _("The time lies in the future."),
    "total_mismatch": _("The lines do not add up to the total."),
    "amount_too_large": _("The amount is larger than any order can be."),
    "order_conflict": _("This order is known with different content. Send a higher revision to change it."),
    "return_conflict": _("This return is known with different content."),
    "member_changed": _("This order belongs to another member. It cannot change hands."),
    "refund_above_order": _("More would come back than was paid for the order."),
    "bad_line": _("A line of this order could not be read."),
}
CONFLICTS = frozenset({"order_conflict", "return_conflict", "member_changed"})
MISSING = frozenset({"unknown_member"})


def sentence(code: str) -> Any:
    """The words for a code; a code of somebody else's (a line turned away before) gets the general ones."""
    return SENTENCES.get(code, SENTENCES["bad_line"])


def refusal(code: str) -> Refusal:
    """The error a single order is refused with."""
    family = Conflict if code in CONFLICTS else NotFound if code in MISSING else Refusal
    return family(sentence(code), code=code)
