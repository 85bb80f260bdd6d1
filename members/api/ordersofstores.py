"""Orders of stores that a key may not act for: neither rewritten nor, where headquarters say so, taken back."""

from collections.abc import Collection

from members import reach
from members.models import Order
from stores import partners
from stores.models import PartnerKey

Number = tuple[str, str]  # channel and number of an order


def kept_elsewhere(key: PartnerKey, numbers: Collection[Number]) -> set[Number]:
    """Those of the orders, named by channel and number, that belong to a store which the key may not act for."""
    limits = partners.store_ids(key)
    if not limits:
        return set()
    channels, order_nos = {channel for channel, _no in numbers}, {order_no for _channel, order_no in numbers}
    known = Order.objects.filter(channel__in=channels, order_no__in=order_nos).exclude(store__in=limits)
    return set(known.values_list("channel", "order_no")) & set(numbers)


def returned_elsewhere(key: PartnerKey, numbers: Collection[Number]) -> set[Number]:
    """Those of the orders that the key may not take back. "Return anywhere" is usual in a chain, so there are none
    unless headquarters have said otherwise."""
    return set() if reach.RETURN_ANYWHERE.value else kept_elsewhere(key, numbers)
