"""Worked examples of what depends on more than the cart: coupons for one price or a free delivery, member days, and
flash prices that run out. By hand, as in ``examples``."""

from members.models import BenefitKind
from tests.campaigns.quotes.examples import Example as E
from tests.campaigns.quotes.shop import benefit, cut, day_percent, delivered, flash, full, nth, off, one_for

ONE_PRICE = [
    E("one piece for 9.90", "2 cherry 39.90, 1 grape 20", [one_for("9.90", on="cherry")], "30 0", "69.80"),
    E("at most 20 off", "2 cherry 39.90", [one_for("9.90", on="cherry", cap="20")], "20", "59.80"),
    E("the dearest of a category", "1 cherry 40, 1 berry 15", [one_for("5", on="浆果")], "35 0", "20.00"),
    # 20 shared 8 to 12: a cherry still costs 32
    E("after a reduction", "1 cherry 40, 3 grape 20", [full("100-20"), one_for("9.90", on="cherry")],
      "30.10 12", "57.90"),
    # 29 left for three: 9.66 a piece, 4.66 less
    E("a piece is a third, rounded down", "3 cherry 10", [full("30-1"), one_for("5", on="cherry")], "5.66", "24.34"),
    E("a flash price does as much, and the coupon is kept", "1 cherry 39.90",
      [flash("cherry 9.90"), one_for("9.90", on="cherry")], "30", "9.90"),
    E("what is weighed has no piece", "0.75 cherry 39.90", [one_for("9.90", on="cherry")], "0", "29.93"),
    # 30.10 off one cherry; 15 % of 69.90 are 10.485: 10.49, shared 9.90 to 60: 1.49 and 9.00
    E("before the percentage", "1 cherry 40, 3 grape 20", [one_for("9.90", on="cherry"), cut("50", "85")],
      "31.59 9", "59.41"),
]  # fmt: skip
DELIVERIES = [
    E("delivered for nothing", "2 cherry 40", [delivered()], "0", "80.00", delivery="8"),
    E("at most 6 off", "2 cherry 40", [delivered(cap="6")], "0", "82.00", delivery="8"),
    E("nothing to deliver", "2 cherry 40", [delivered()], "0", "80.00"),
    E("from 75 on", "2 cherry 40", [delivered("75")], "0", "80.00", delivery="8"),
    E("a reduction that costs the free delivery is better", "2 cherry 40", [full("80-10"), delivered("75")],
      "10", "78.00", delivery="8"),
    E("a free delivery that the reduction would cost is better", "2 cherry 40", [full("80-7"), delivered("75")],
      "0", "80.00", delivery="8"),
    E("the tier delivers for nothing, and the coupon is kept", "2 cherry 40",
      [benefit(BenefitKind.FREE_SHIPPING), delivered()], "0", "80.00", tier="gold", delivery="8"),
    E("with an amount off", "2 cherry 40", [delivered(cap="6"), off("60", "10")], "10", "72.00", delivery="8"),
]  # fmt: skip
MEMBER_DAYS = [
    E("12 % of 119.70 are 14.364", "3 cherry 39.90", [day_percent({"gold": "88"})], "14.36", "105.34", tier="gold"),
    E("tomorrow", "3 cherry 39.90", [day_percent({"gold": "88"}, days=1)], "0", "119.70", tier="gold"),
    E("the day is for others", "3 cherry 39.90", [day_percent({"plain": "95", "gold": "88"}, of=["silver", "gold"])],
      "0", "119.70"),
    # 5.985 half up, then 12 % of 113.71 are 13.6452
    E("after the tier's 5 percent", "3 cherry 39.90",
      [day_percent({"gold": "88"}), benefit(BenefitKind.PERCENT_OFF, "5")], "19.64", "100.06", tier="gold"),
    # 28.728: 28.73; 210.67 are still over 200
    E("and the reduction is still reached", "6 cherry 39.90", [day_percent({"gold": "88"}), full("200-30")],
      "58.73", "180.67", tier="gold"),
]  # fmt: skip
RUNNING_OUT = [
    E("one of five is left", "3 cherry 39.90", [flash("cherry 29.90", stock=5, sold=4)], "10", "109.70"),
    E("none of five is left", "3 cherry 39.90", [flash("cherry 29.90", stock=5, sold=5)], "0", "119.70"),
    E("two are left for both: where most comes off", "1 cherry 39.90, 2 grape 20",
      [flash("cherry 29.90, grape 15", stock=10, sold=8)], "10 5", "64.90"),
    # two at 29.90; of the other three one at half
    E("two are left, the others in pairs", "5 cherry 40", [flash("cherry 29.90", stock=4, sold=2), nth(2, "50")],
      "40.20", "159.80"),
    E("sold out it keeps no coupon away", "2 cherry 39.90",
      [flash("cherry 29.90", stock=5, sold=5, excludes=["coupon"]), off("60", "10")], "10", "69.80"),
]  # fmt: skip
ALL = [*ONE_PRICE, *DELIVERIES, *MEMBER_DAYS, *RUNNING_OUT]
