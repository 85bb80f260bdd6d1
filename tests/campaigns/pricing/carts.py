"""Carts and deals for the tests of pricing: a short way to write one down, and random ones for properties."""

from decimal import Decimal
from itertools import combinations
from random import Random
from typing import Any

from campaigns.pricing.bill import Bill, Gift, Item
from campaigns.pricing.combining import Combination, asked_for
from campaigns.pricing.deals import (
    Bundle,
    Deal,
    Family,
    FixedPrice,
    FlashPrice,
    FreeDelivery,
    FullReduction,
    GiftWithPurchase,
    NthItem,
    Part,
    Percentage,
    Step,
)

EVERYBODY = frozenset(Family)


def cart(*lines: tuple[str, int, int], delivery: int = 0) -> Bill:
    """A bill of (SKU, pieces, cents a piece); its lines lie in the order of their SKUs."""
    items = [Item(str(nth), sku, None, pieces, price, pieces * price) for nth, (sku, pieces, price) in enumerate(lines)]
    return Bill.of(items, delivery)


def made(kind: type[Deal], bill: Bill, key: str = "promotion:1", **fields: Any) -> Any:
    """A promotion of this kind on the whole bill, unless told otherwise."""
    fields.setdefault("lines", tuple(range(len(bill.items))))
    return kind(key=key, family=fields.pop("family", Family(key.partition(":")[0])), **fields)


def steps(*pairs: tuple[int, int]) -> tuple[Step, ...]:
    """Steps of (threshold, off) in cents."""
    return tuple(Step(*pair) for pair in pairs)


def random_cart(dice: Random, lines: int) -> Bill:
    """A cart of so many lines, some by weight, some of the same goods."""
    items = []
    for nth in range(lines):
        pieces, price = dice.randrange(0, 5), dice.randrange(100, 9000)
        amount = pieces * price or price * dice.randrange(200, 3000) // 1000
        items.append(Item(str(nth), f"s{dice.randrange(lines)}", dice.randrange(4), pieces, price, amount))
    return Bill.of(items, dice.choice([0, 800]))


def random_deal(dice: Random, bill: Bill, number: int) -> Deal:
    """A deal of any kind on some lines of the bill."""
    count = len(bill.items)
    lines = tuple(sorted(dice.sample(range(count), dice.randrange(1, count + 1))))
    family = dice.choice(list(Family))
    beside = EVERYBODY if dice.random() < 0.8 else frozenset(dice.sample(list(Family), 2))
    groups = frozenset([dice.choice("abcd")]) if dice.random() < 0.6 else frozenset[str]()
    common: dict[str, Any] = {
        "key": f"{family}:{number}", "family": family, "lines": lines, "beside": beside, "groups": groups,
    }  # fmt: skip
    one, some = dice.randrange(count), [step * 100 for step in sorted(dice.sample(range(10, 400), 3))]
    makers = (
        lambda: FullReduction(steps=steps(*((at, at // 10 + dice.randrange(500)) for at in some)), **common),
        lambda: FullReduction(steps=steps((10000, 1000)), repeats=True, most=5000, **common),
        lambda: Percentage(
            paid=Decimal(dice.randrange(50, 99)), most=dice.choice([None, 3000]), threshold=dice.choice([0, 5000]),
            **common,
        ),
        lambda: NthItem(
            count=dice.choice([2, 3]), paid=Decimal(dice.choice([0, 50])), same_item=dice.random() < 0.5,
            most=dice.choice([None, 1]), **common,
        ),
        lambda: Bundle(
            parts=(Part(lines, 2), Part((one,), 1)), price=dice.randrange(100, 9000), most=dice.choice([None, 1]),
            **(common | {"lines": tuple(sorted({*lines, one}))}),
        ),
        lambda: FlashPrice(
            prices={line: bill.items[line].price * 7 // 10 for line in lines},
            limit=dice.choice([None, 2, 3]), **common,
        ),
        lambda: FixedPrice(price=500, **common),
        lambda: GiftWithPurchase(gifts=(Gift("试吃", 1, dice.choice([0, 500])),), threshold=3000, **common),
        lambda: FreeDelivery(threshold=dice.choice([0, 5000]), **common),
    )  # fmt: skip
    return dice.choice(makers)()


def exhaustive(bill: Bill, deals: list[Deal], **how: Any) -> Combination:
    """The best of all subsets, by trying each."""
    wanted = how.pop("wanted", ())
    subsets = (part for size in range(len(deals) + 1) for part in combinations(deals, size))
    return min((asked_for(bill, part, **how)[0] for part in subsets), key=lambda found: found.rank(wanted))
