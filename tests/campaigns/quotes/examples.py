"""Worked examples: what is in the cart, what is on offer, what comes off each line, and what is to pay; by hand.

Amounts in yuan. Lines are listed as the cart names them; ``delivery`` is 0 and the tier plain unless told otherwise.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from members.models import BenefitKind
from tests.campaigns.quotes.shop import Offer, benefit, bundle, cut, each, flash, full, gift, nth, off, percent, tasting


@dataclass(frozen=True)
class Example:
    """One of them. ``gifts`` are the pieces handed over."""

    says: str
    cart: str
    offers: list[Offer]
    off: str
    to_pay: str
    tier: str = "plain"
    delivery: str = "0"
    gifts: int = 0
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def line_off(self) -> list[Decimal]:
        """What comes off each line."""
        return [Decimal(part) for part in self.off.split()]


E = Example
STEPS = full("200-30 300-60")

FULL_REDUCTIONS = [
    E("a cent below the first step", "10 grape 19.90", [STEPS], "0", "199.00"),
    E("the first step", "10 grape 20", [STEPS], "30", "170.00"),
    E("the second step, shared 140 to 160", "7 grape 20, 4 cherry 40", [STEPS], "28 32", "240.00"),
    # 60 x 300 / 399.99 = 45.0011, 60 x 99.99 / 399.99 = 14.9989: the cent goes to the larger remainder
    E("the cent left over", "15 grape 20, 3 melon 33.33", [STEPS], "45 15", "339.99"),
    E(
        "in one category: 30 on 150 and 60",
        "5 grape 30, 5 kyoho 12, 2 cherry 50",
        [full("200-30", on="葡萄")],
        "21.43 8.57 0",
        "280.00",
    ),
    E("on one product", "2 cherry 100, 1 grape 500", [full("200-30", on="cherry")], "30 0", "670.00"),
    E("each full 100", "7 grape 50", [each("100-10")], "30", "320.00"),
    E("each full 100, 50 at most", "13 grape 50", [each("100-10", most="50")], "50", "600.00"),
    E("two of them, one after the other", "10 grape 25", [full("100-10"), full("200-30")], "40", "210.00"),
    E(
        "the small one would cost the large one its step",
        "1 grape 255",
        [full("100-10"), full("250-30")],
        "30",
        "225.00",
    ),
    E(
        "one of a group",
        "10 grape 25",
        [full("100-10", stack_group="满减"), full("200-30", stack_group="满减")],
        "30",
        "220.00",
    ),
    E(
        "one that goes with no other",
        "10 grape 25",
        [full("100-10"), full("200-30", excludes=["promotion"])],
        "30",
        "220.00",
    ),
    E("goods by weight count: 26.70 and 176", "1.5 apple 17.80, 8 grape 22", [STEPS], "3.95 26.05", "172.70"),
    E("down to nothing", "1 banana 0.01", [full("0.01-0.01")], "0.01", "0.00"),
]
NTH_ITEMS = [
    E("the second at half", "2 grape 20", [nth(2, "50")], "10", "30.00"),
    E("a third pays in full", "3 grape 20", [nth(2, "50")], "10", "50.00"),
    E("not of two products", "1 grape 20, 1 cherry 40", [nth(2, "50")], "0 0", "60.00"),
    E("of two products, the cheaper one", "1 grape 20, 1 cherry 40", [nth(2, "50", same=False)], "10 0", "50.00"),
    E(
        "two pairs: 40 with 40, 20 with 5",
        "2 cherry 40, 1 grape 20, 1 banana 5",
        [nth(2, "50", same=False)],
        "20 0 2.5",
        "82.50",
    ),
    E("every third for nothing", "7 grape 9.90", [nth(3, "0")], "19.80", "49.50"),
    E("30 % of 15.55 is 4.665, half up", "2 berry 15.55", [nth(2, "70")], "4.67", "26.43"),
    E("once only: the best pair", "2 cherry 40, 2 grape 20", [nth(2, "50", most=1)], "20 0", "100.00"),
    E(
        "in one category",
        "1 grape 20, 1 cherry 40, 1 kyoho 10",
        [nth(2, "50", same=False, on="葡萄")],
        "0 0 5",
        "65.00",
    ),
    E("what is weighed is no second piece", "2.5 apple 10, 1 apple 10", [nth(2, "50")], "0 0", "35.00"),
]
BUNDLES = [
    E(
        "35 for 30: 5 shared 20 to 15",
        "1 grape 20, 1 apple 15",
        [bundle("1 grape, 1 apple", "30")],
        "2.86 2.14",
        "30.00",
    ),
    E("one piece is left over", "2 grape 20, 1 apple 15", [bundle("1 grape, 1 apple", "30")], "2.86 2.14", "50.00"),
    E("twice: 10 shared 40 to 30", "3 grape 20, 2 apple 15", [bundle("1 grape, 1 apple", "30")], "5.71 4.29", "80.00"),
    E("any three berries: the dearest", "2 cherry 40, 2 berry 30", [bundle("3 浆果", "99")], "8 3", "129.00"),
    E("dearer than its parts", "1 grape 20, 1 apple 15", [bundle("1 grape, 1 apple", "40")], "0 0", "35.00"),
    E("once only", "2 grape 20, 2 apple 15", [bundle("1 grape, 1 apple", "30", most=1)], "2.86 2.14", "65.00"),
]
FLASH_PRICES = [
    E("all pieces", "2 cherry 39.90", [flash("cherry 29.90")], "20", "59.80"),
    E("two a member", "3 cherry 39.90", [flash("cherry 29.90", limit=2)], "20", "99.70"),
    E("one in stock", "3 cherry 39.90", [flash("cherry 29.90", stock=1)], "10", "109.70"),
    E("by weight: 22.43 for 29.93", "0.75 cherry 39.90", [flash("cherry 29.90")], "7.50", "22.43"),
    E(
        "two pieces in all: where most comes off",
        "1 cherry 39.90, 3 grape 20",
        [flash("cherry 29.90, grape 15", limit=2)],
        "10 5",
        "84.90",
    ),
    E("better than the second at half", "2 cherry 40", [flash("cherry 29.90"), nth(2, "50")], "20.20", "59.80"),
    E(
        "one piece; of the other two the second at half",
        "3 cherry 40",
        [flash("cherry 29.90", limit=1), nth(2, "50")],
        "30.10",
        "89.90",
    ),
    E(
        "below the step then, and still better",
        "3 cherry 40",
        [flash("cherry 29.90"), full("100-20")],
        "30.30",
        "89.70",
    ),
    E(
        "one piece, and the step is still reached",
        "3 cherry 40",
        [flash("cherry 29.90", limit=1), full("100-20")],
        "30.10",
        "89.90",
    ),
    E("left out, since it would cost the step", "10 grape 20", [flash("grape 19"), full("200-30")], "30", "170.00"),
]
TIERS_AND_GIFTS = [
    E("gold pays 90: 9.999 half up", "3 grape 33.33", [percent({"gold": "90"})], "10", "89.99", tier="gold"),
    E("not for others", "3 grape 33.33", [percent({"gold": "90"})], "0", "99.99", tier="silver"),
    E("from 100 on", "3 grape 33.33", [percent({"gold": "90"}, start="100")], "0", "99.99", tier="gold"),
    E("20 off at most", "10 grape 20", [percent({"gold": "80"}, most="20")], "20", "180.00", tier="gold"),
    E(
        "198 after the percentage: the reduction is better",
        "11 grape 20",
        [percent({"gold": "90"}), full("200-30")],
        "30",
        "190.00",
        tier="gold",
    ),
    E(
        "216 after the percentage: both",
        "12 grape 20",
        [percent({"gold": "90"}), full("200-30")],
        "54",
        "186.00",
        tier="gold",
    ),
    E("a gift from 99", "5 grape 19.80", [gift("99")], "0", "99.00", gifts=1),
    E("no gift below", "4 grape 19.80", [gift("99")], "0", "79.20"),
    E("each 50 again, three at most", "12 grape 20", [gift("50", most=3)], "0", "240.00", gifts=3),
    E(
        "a gift for three berries",
        "2 cherry 40, 1 berry 15, 1 grape 20",
        [gift(pieces=3, on="浆果")],
        "0 0 0",
        "115.00",
        gifts=1,
    ),
    E("the tier's 5 percent", "2 cherry 39.90", [benefit(BenefitKind.PERCENT_OFF, "5")], "3.99", "75.81", tier="gold"),
    E(
        "a reduction that does not go with it",
        "2 cherry 39.90",
        [benefit(BenefitKind.PERCENT_OFF, "5"), full("50-5", excludes=["benefit"])],
        "5",
        "74.80",
        tier="gold",
    ),
    E(
        "delivered for nothing",
        "2 cherry 39.90",
        [benefit(BenefitKind.FREE_SHIPPING)],
        "0",
        "79.80",
        tier="gold",
        delivery="8",
    ),
    E("delivery is no goods", "2 cherry 39.90", [full("80-10")], "0", "87.80", delivery="8"),
]
COUPONS = [
    E("10 off 60", "2 cherry 39.90", [off("60", "10")], "10", "69.80"),
    E("85 percent of 79.80", "2 cherry 39.90", [cut("50", "85")], "11.97", "67.83"),
    E("at most 30 off", "10 cherry 39.90", [cut("50", "85")], "30", "369.00"),
    E("the percentage first: 67.83, then 10", "2 cherry 39.90", [off("60", "10"), cut("50", "85")], "21.97", "57.83"),
    E("55.25 after the percentage: 10 is better than 9.75", "1 cherry 65", [cut("50", "85"), off("60", "10")],
      "10", "55.00"),
    E("one of a group", "2 cherry 39.90", [off("60", "10", stack_group="a"), off("30", "5", stack_group="a")],
      "10", "69.80"),
    E("both when not of a group", "2 cherry 39.90", [off("60", "10"), off("30", "5")], "15", "64.80"),
    E("two alike", "2 cherry 39.90", [off("60", "10"), off("60", "10")], "20", "59.80"),
    E("not enough of its products", "1 cherry 40, 3 grape 20", [off("60", "10", on="浆果")], "0 0", "100.00"),
    E("enough of its products", "2 cherry 40, 3 grape 20", [off("60", "10", on="浆果")], "10 0", "130.00"),
    E("a promotion that goes with no coupon", "3 cherry 40", [full("100-20", excludes=["coupon"]), off("60", "10")],
      "20", "100.00"),
    E("two coupons are better than it", "3 cherry 40",
      [full("100-20", excludes=["coupon"]), off("60", "15"), off("60", "10")], "25", "95.00"),
    E("down to nothing", "1 grape 10", [off("10", "10")], "10", "0.00"),
    E("something to taste", "1 grape 10", [tasting()], "0", "10.00", gifts=1),
    E("one coupon a receipt", "2 cherry 39.90", [off("60", "10"), off("60", "15")], "15", "64.80",
      settings={"coupons.per_receipt": 1}),
    E("the threshold is what the promotion leaves", "3 cherry 40", [full("100-20"), off("110", "15")], "20", "100.00"),
    # flash 20, half of a grape 10: 119.80; 5 % 5.99: 113.81; 10: 103.81; coupon 10: 93.81; delivery 6
    E("everything at once", "2 cherry 39.90, 2 grape 20, 1 melon 30",
      [flash("cherry 29.90", limit=2), nth(2, "50"), full("100-10"), benefit(BenefitKind.PERCENT_OFF, "5"),
       off("60", "10")], "32.97 16.51 6.51", "99.81", tier="gold", delivery="6"),
]  # fmt: skip
ALL = [*FULL_REDUCTIONS, *NTH_ITEMS, *BUNDLES, *FLASH_PRICES, *TIERS_AND_GIFTS, *COUPONS]
