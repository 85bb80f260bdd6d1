"""Lifecycle stages: introduction, growing, mature, declining, lost. The first test that fits decides.

No order yet: introduction. The last order over 365* days ago: lost. At least 4* orders in 365 days and the last over
60* days ago: declining. Fewer than 4* orders in 365 days: growing. Otherwise mature. Days are business days.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from members.models import MemberFacts, Stage
from members.windows import local_day
from stores.policy import define

LOST_AFTER = define(
    "lifecycle.lost_after_days", 365, _("Days without an order until a member counts as lost"), minimum=1
)
DECLINING_AFTER = define(
    "lifecycle.declining_after_days", 60, _("Days without an order until a regular counts as declining"), minimum=1
)
REGULAR_ORDERS = define("lifecycle.regular_orders", 4, _("Orders in 365 days that make a regular"), minimum=1)
GOLDEN_DAYS = define("lifecycle.golden_days", 14, _("Days of the golden window after the first order"), minimum=1)

# over a row ``f`` with the columns of members_memberfacts
LAST_DAY = "(f.last_order_at AT TIME ZONE %(zone)s)::date"
STAGE = f"""
CASE WHEN coalesce(f.orders, 0) = 0 THEN '{Stage.INTRODUCTION}'
    WHEN %(today)s - {LAST_DAY} > %(lost_after)s THEN '{Stage.LOST}'
    WHEN f.orders_365d >= %(regular_orders)s AND %(today)s - {LAST_DAY} > %(declining_after)s THEN '{Stage.DECLINING}'
    WHEN f.orders_365d < %(regular_orders)s THEN '{Stage.GROWING}'
    ELSE '{Stage.MATURE}' END
"""
# the day on which the stage changes by itself because time passes, other than by orders leaving the window
NEXT_STAGE = f"""
least(
    CASE WHEN %(today)s - {LAST_DAY} <= %(lost_after)s THEN {LAST_DAY} + %(lost_after)s + 1 END,
    CASE WHEN f.orders_365d >= %(regular_orders)s AND %(today)s - {LAST_DAY} <= %(declining_after)s
        THEN {LAST_DAY} + %(declining_after)s + 1 END
)
"""


def params() -> dict[str, Any]:
    """HQ's numbers as parameters of STAGE and NEXT_STAGE."""
    return {
        "lost_after": LOST_AFTER.value,
        "declining_after": DECLINING_AFTER.value,
        "regular_orders": REGULAR_ORDERS.value,
    }


def stage_of(facts: MemberFacts | None, today: date) -> Stage:
    """The stage that ``facts`` mean on a business day: the same tests as STAGE, for one member in memory."""
    if facts is None or not facts.orders or facts.last_order_at is None:
        return Stage.INTRODUCTION
    silent = (today - local_day(facts.last_order_at)).days
    if silent > LOST_AFTER.value:
        return Stage.LOST
    if facts.orders_365d < REGULAR_ORDERS.value:
        return Stage.GROWING
    return Stage.DECLINING if silent > DECLINING_AFTER.value else Stage.MATURE


def golden_until(first_order_at: datetime | None) -> date | None:
    """The last business day of the golden window after the first order; None before it."""
    return local_day(first_order_at) + timedelta(days=GOLDEN_DAYS.value) if first_order_at else None
