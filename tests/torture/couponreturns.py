"""Some of the goods of a receipt that come back."""

from decimal import Decimal

from members.models import Order
from members.orders.drafts import ReturnDraft


def draft_of_return(order: Order, which: int) -> ReturnDraft:
    """One of three returns of ¥20 each, of a receipt over ¥100."""
    return ReturnDraft(
        channel=order.channel,
        return_no=f"{order.order_no}-{which % 3}",
        returned_at=order.paid_at,
        store_code=order.store.code,
        sale_no=order.order_no,
        amount=Decimal(20),
    )
