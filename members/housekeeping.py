"""What nobody needs any more goes by night: ended sessions and pauses, deliveries done long ago, what imports left."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.imports import filing
from members.models import Delivery, DeliveryState, RejectedRow
from stores import signin
from stores.models import Job
from stores.policy import define

KEPT_DAYS = define("deliveries.kept_days", 30, _("Days that delivered news is kept"), minimum=1, maximum=365)
REJECTS_KEPT_DAYS = define(
    "imports.rejects_kept_days", 90, _("Days that rows turned away are kept"), minimum=1, maximum=3650
)
PER_CHUNK = 20_000
LINES_OF_CANCELLED_IMPORTS = """
    DELETE FROM members_stagedline s USING members_orderimport i JOIN stores_job j ON j.id = i.job_id
    WHERE s.stage = -j.id AND j.state = 'cancelled'
"""


def tidy_chunk(job: Job) -> bool:
    """One chunk (config/jobs.py): the next deliveries that were done long ago; at the end, the rest."""
    before = timezone.now() - timedelta(days=KEPT_DAYS.value)
    ended = Delivery.objects.filter(state__in=(DeliveryState.DONE, DeliveryState.SPLIT), done_at__lt=before)
    gone = list(ended.order_by("pk").values_list("pk", flat=True)[:PER_CHUNK])
    Delivery.objects.filter(pk__in=gone).delete()
    job.done += len(gone)
    if len(gone) == PER_CHUNK:
        return False
    filing.sweep()
    _forget_rejected_rows()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    signin.sweep()
    with connection.cursor() as cursor:
        cursor.execute(LINES_OF_CANCELLED_IMPORTS)
    job.total = job.done
    return True


def _forget_rejected_rows() -> None:
    """Rows turned away hold what somebody bought; they are for correcting a file, not for keeping."""
    before = timezone.now() - timedelta(days=REJECTS_KEPT_DAYS.value)
    old = RejectedRow.objects.filter(order_import__created_at__lt=before).order_by("pk").values("pk")[:PER_CHUNK]
    while RejectedRow.objects.filter(pk__in=old).delete()[0] == PER_CHUNK:
        pass
