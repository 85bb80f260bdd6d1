"""Planning the tasks of a day, some hundred guides at a time."""

from datetime import date

from campaigns.guidetasks.closing import lapse_overdue
from campaigns.reasons.chances import measure
from campaigns.reasons.planning import plan_for
from stores.models import Job, Staff

GUIDES_PER_CHUNK = 200


def plan_tasks(day: date) -> int:
    """Plan the tasks of all guides for a business day in this process; returns how many are new."""
    after, planned = 0, 0
    while guides := _next_guides(after):
        lapse_overdue(guides, day)
        planned += plan_for(guides, day)
        after = guides[-1]
    return planned


def plan_chunk(job: Job) -> bool:
    """The guides after the cursor: tasks past their day lapse, new ones are planned. True when all were seen.

    Before the first ones, what acting on each occasion brings is measured anew.
    """
    guides = _next_guides(job.cursor.get("after", 0))
    if not guides:
        return True
    day = date.fromisoformat(job.params["day"])
    if "after" not in job.cursor:
        measure(day)
    lapse_overdue(guides, day)
    job.done += plan_for(guides, day)
    job.cursor = {"after": guides[-1]}
    return False


def _next_guides(after: int) -> list[int]:
    """The next staff in key order, leavers included: their overdue tasks lapse too."""
    return list(Staff.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:GUIDES_PER_CHUNK])
