"""Settling commissions every night: what can no longer come back is no longer pending."""

from django.conf import settings
from django.db import connection
from django.utils import timezone

from campaigns.models import Commission, CommissionState
from campaigns.spreading import commissions
from stores.models import Job

AT_ONCE = 1000
SETTLE = """
    WITH done AS (
        UPDATE campaigns_commission SET state = 'settled', settled = pending, pending = 0
        WHERE order_id = ANY(%(orders)s) AND state = 'pending' AND settles_at <= %(now)s
        RETURNING id, staff_id, settled
    )
    INSERT INTO campaigns_commissionentry (commission_id, staff_id, kind, pending, settled, month)
    SELECT id, staff_id, 'settled', -settled, settled, date_trunc('month', now() AT TIME ZONE %(zone)s)::date FROM done
"""


def settle_chunk(job: Job) -> bool:
    """One chunk of the nightly job: settle the next commissions that are due. See stores.jobs.

    Their orders are worked out once more before, so that a return whose news is still on its way counts.
    """
    now = timezone.now()
    due = Commission.objects.filter(state=CommissionState.PENDING, settles_at__lte=now).order_by("settles_at", "pk")
    orders = sorted(set(due.values_list("order_id", flat=True)[:AT_ONCE]))
    if not orders:
        return True
    commissions.work_out(orders)
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"orders": orders, "now": now, "zone": settings.TIME_ZONE})
        job.done += cursor.rowcount
    job.total = max(job.total, job.done)
    return False
