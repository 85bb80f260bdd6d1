"""Periodic work: each night is planned once, whoever asks and how often."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from stores import periods
from stores.models import Job

pytestmark = pytest.mark.django_db


def test_each_night_is_planned_once_whoever_asks_and_a_missed_hour_is_made_up_for(settings):
    settings.PERIODS = {"count_up": "02:00", "refuse": "23:00"}
    zone = ZoneInfo(settings.TIME_ZONE)
    assert periods.plan_due(datetime(2026, 3, 1, 1, 59, tzinfo=zone)) == 0
    assert periods.plan_due(datetime(2026, 3, 1, 2, 0, tzinfo=zone)) == 1
    assert periods.plan_due(datetime(2026, 3, 1, 2, 0, tzinfo=zone)) == 0
    assert periods.plan_due(datetime(2026, 3, 2, 22, 0, tzinfo=zone)) == 1
    assert periods.plan_due(datetime(2026, 3, 2, 23, 30, tzinfo=zone)) == 1
    assert sorted(Job.objects.values_list("natural_key", flat=True)) == [
        "count_up:2026-03-01",
        "count_up:2026-03-02",
        "refuse:2026-03-02",
    ]
