"""The night: sign-ups that nobody confirmed, visitors of some days ago, and invitations without an order end."""

from django.utils import timezone

from campaigns.recruiting import counting, joining, rewarding
from stores.models import Job

TIDY = "campaigns.tidy_recruiting"
MOST = 2000


def tidy_chunk(job: Job) -> bool:
    """End what is over, some thousands at a time (config/jobs.py); done when nothing more was."""
    now = timezone.now()
    ended = joining.expire(now, most=MOST) + rewarding.lapse(now, most=MOST)
    job.done += ended
    if ended >= MOST:
        return False
    job.done += counting.forget_visitors(timezone.localdate(now))
    job.total = job.done
    return True
