"""The M of RFM: cut points of spend between quintiles of buyers, frozen per month.

They are data: the nightly job writes them in a month's first night. Until enough members have bought, the starting
values* hold.
"""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from members.orders.worktables import one, rows
from stores.models import Setting
from stores.policy import change, define

MONEY_CUTS = define("rfm.money_cuts", [100.0, 300.0, 800.0, 2000.0], _("M: spend that parts the scores"))
FROZEN_MONTH = "rfm.money_cuts.month"
ENOUGH = 1000

ENOUGH_BUYERS = "SELECT count(*) FROM (SELECT 1 FROM members_memberfacts WHERE orders > 0 LIMIT %(enough)s) AS b"
QUINTILES = """
SELECT unnest(percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY spend))
FROM members_memberfacts WHERE orders > 0
"""


def current() -> list[Decimal]:
    """The cut points that hold now."""
    return [Decimal(str(cut)) for cut in MONEY_CUTS.value]


def freeze(today: date) -> bool:
    """Fix this month's cut points if that has not been done; True when they are new. Needs enough buyers."""
    month = f"{today:%Y-%m}"
    frozen = Setting.objects.filter(name=FROZEN_MONTH, value=month).exists()
    if frozen or one(ENOUGH_BUYERS, {"enough": ENOUGH}) < ENOUGH:
        return False
    change(MONEY_CUTS.name, [float(row[0]) for row in rows(QUINTILES)], by=None)
    Setting.objects.update_or_create(name=FROZEN_MONTH, defaults={"value": month})
    return True
