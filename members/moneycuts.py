"""The M of RFM: cut points of spend between quintiles of buyers, frozen per month and kept as history.

The nightly job writes them in a month's first night; they hold until the next month's. Until enough members have
bought, the starting values* hold.
"""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from members.models import MoneyCuts
from members.orders.worktables import one, rows
from stores.policy import define

MONEY_CUTS = define("rfm.money_cuts", [100.0, 300.0, 800.0, 2000.0], _("M: spend that parts the scores at first"))
ENOUGH = 1000

# as SQL over %(today)s and %(first_cuts)s
CUTS = """
coalesce((SELECT c.cuts FROM members_moneycuts c WHERE c.month <= %(today)s ORDER BY c.month DESC LIMIT 1),
    %(first_cuts)s::numeric[])
"""
ENOUGH_BUYERS = "SELECT count(*) FROM (SELECT 1 FROM members_memberfacts WHERE orders > 0 LIMIT %(enough)s) AS b"
QUINTILES = """
SELECT percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY spend), count(*)
FROM members_memberfacts WHERE orders > 0
"""


def first_cuts() -> list[Decimal]:
    """The cut points that hold before the first month of which they are known."""
    return [Decimal(str(cut)) for cut in MONEY_CUTS.value]


def current(today: date) -> list[Decimal]:
    """The cut points that hold on a business day: those of its month, or of the last month before that has some."""
    return rows(f"SELECT {CUTS}", {"today": today, "first_cuts": first_cuts()})[0][0]


def freeze(today: date) -> bool:
    """Fix this month's cut points if that has not been done; True when they are new. Needs enough buyers."""
    month = today.replace(day=1)
    if MoneyCuts.objects.filter(month=month).exists() or one(ENOUGH_BUYERS, {"enough": ENOUGH}) < ENOUGH:
        return False
    cuts, buyers = rows(QUINTILES)[0]
    _row, is_new = MoneyCuts.objects.get_or_create(month=month, defaults={"cuts": cuts, "buyers": buyers})
    return is_new
