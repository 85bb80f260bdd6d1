"""Periodic work: each due (job, period) is planned once under a unique key, whoever asks and how often."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from stores import jobs
from stores.models import Job


def plan_due(now: datetime | None = None) -> int:
    """Plan every daily job whose hour has come today; returns how many were new.

    ``settings.PERIODS`` maps a job kind to its hour ("03:10", business time of the default zone). Beat may tick twice,
    late, or after a day's pause: the natural key makes each period happen once, and a missed hour is made up for.
    """
    local = (now or timezone.now()).astimezone(ZoneInfo(settings.TIME_ZONE))
    planned = 0
    for kind, hour in settings.PERIODS.items():
        key = f"{kind}:{local:%Y-%m-%d}"
        if local.time() >= time.fromisoformat(hour) and not Job.objects.filter(natural_key=key).exists():
            jobs.plan(kind, params={"day": f"{local:%Y-%m-%d}"}, natural_key=key, title=key)
            planned += 1
    return planned
