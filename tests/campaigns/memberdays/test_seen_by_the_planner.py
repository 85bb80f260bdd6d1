"""Who a date is for and what they got is known to the planner before messages go by it, however fast all came about."""

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from campaigns import memberdays
from campaigns.models import Participant, Touch
from coupons.models import Coupon
from tests.campaigns.memberdays.scenery import run_due, with_message
from tests.campaigns.scenery import template
from tests.makers import make_member, make_member_day

pytestmark = pytest.mark.django_db
MEMBERS = 5


def seen(model) -> int:
    """How many rows of a table the planner believes in; -1 when nobody ever looked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::int FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table])
        return cursor.fetchone()[0]


def believe_in_none(*models) -> None:
    """As after statistics that were taken while the table was still empty."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def test_the_planner_knows_members_and_coupons_before_the_first_message_is_planned():
    believe_in_none(Participant, Coupon)
    assert (seen(Participant), seen(Coupon)) == (0, 0)
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False):
        for nth in range(MEMBERS):
            make_member(f"会员{nth}")
        today = timezone.localdate()
        day = make_member_day(
            recurrence=f"FREQ=MONTHLY;BYMONTHDAY={today.day}", starts_on=today, coupon_template=template(),
            holdout_percent=0,
        )  # fmt: skip
        memberdays.publish(with_message(day, days_before=0))
        run_due()
    assert Touch.objects.exclude(coupon_id=None).count() == MEMBERS
    assert (seen(Participant), seen(Coupon)) == (MEMBERS, MEMBERS)
