"""The M of RFM: cut points of spend between quintiles of buyers, frozen per month.

They are data, one setting per month. Until enough members have bought, the starting values* hold.
"""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from members.orders.worktables import one, rows
from stores.models import Setting
from stores.policy import define

STARTING = define("rfm.money_cuts", [100, 300, 800, 2000], _("M: spend that parts the scores at first"))
PREFIX = "rfm.money_cuts."
ENOUGH = 1000

ENOUGH_BUYERS = "SELECT count(*) FROM (SELECT 1 FROM members_memberfacts WHERE orders > 0 LIMIT %(enough)s) AS b"
QUINTILES = """
SELECT unnest(percentile_disc(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY spend))
FROM members_memberfacts WHERE orders > 0
"""


def current() -> list[Decimal]:
    """The cut points that hold now: the latest frozen ones."""
    frozen = Setting.objects.filter(name__startswith=PREFIX).order_by("-name").values_list("value", flat=True).first()
    return [Decimal(str(cut)) for cut in (frozen or STARTING.value)]


def freeze(today: date) -> bool:
    """Fix this month's cut points if that has not been done; True when they are new. Needs enough buyers."""
    name = f"{PREFIX}{today:%Y-%m}"
    if Setting.objects.filter(name=name).exists() or one(ENOUGH_BUYERS, {"enough": ENOUGH}) < ENOUGH:
        return False
    cuts = [str(row[0]) for row in rows(QUINTILES)]
    return Setting.objects.get_or_create(name=name, defaults={"value": cuts})[1]
