"""The final set of sales, and what came back of each."""

from collections.abc import Iterable
from decimal import Decimal

from tests.members.oracle.records import Event, Return, Sale

Key = tuple[str, str]  # channel, number


def key_of(sale: Sale) -> Key:
    """What a sale is known by."""
    return sale.channel, sale.number


def in_time(sales: Iterable[Sale]) -> list[Sale]:
    """Sales as they were paid; at the same moment by channel and number."""
    return sorted(sales, key=lambda sale: (sale.paid_at, sale.channel, sale.number))


def final_sales(events: Iterable[Event]) -> dict[Key, Sale]:
    """Each sale as its highest revision tells it; older ones are old news."""
    final: dict[Key, Sale] = {}
    for event in events:
        if isinstance(event, Sale):
            known = final.get(key_of(event))
            if known is None or event.revision > known.revision:
                final[key_of(event)] = event
    return final


def returned(events: Iterable[Event]) -> dict[Key, Decimal]:
    """What came back of each sale, never more than was paid for it.

    First by receipt; then what came back without one counts against the oldest earlier sales of the member that have
    not come back yet. What is left over then is ignored.
    """
    events = list(events)
    sales = final_sales(events)
    back = dict.fromkeys(sales, Decimal(0))
    loose = []
    for event in {(e.channel, e.number): e for e in events if isinstance(e, Return)}.values():
        known = sales.get((event.channel, event.sale_no))
        if not event.sale_no:
            loose.append(event)
        elif known:
            back[key_of(known)] = min(known.amount, back[key_of(known)] + event.amount)
    for event in sorted(loose, key=lambda event: event.returned_at):
        left = event.amount if event.member is not None else Decimal(0)
        for sale in in_time(sales.values()):
            if sale.member == event.member and sale.paid_at <= event.returned_at:
                part = min(left, sale.amount - back[key_of(sale)])
                back[key_of(sale)] += part
                left -= part
    return back
