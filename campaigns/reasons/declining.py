"""A regular is staying away: by the lifecycle stage, or earlier by the member's own rhythm."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import GuideTask, Reason
from campaigns.reasons.base import TaskReason, days_since, rhythm
from stores.policy import define

PAUSE = define(
    "tasks.declining_pause_days", 30, gettext_lazy("Days between two tasks for a member who stays away"), minimum=1
)


class DecliningReason(TaskReason):
    """Stage "declining", or a mature member away for 2.5 times the usual gap; once a quarter, with 30 days between."""

    key = Reason.DECLINING
    priority = 5
    icon = "ebb"
    uplift_percent = 5
    candidates = """
        SELECT mine.member_id, mine.guide_id, mine.store_id, to_char(%(day)s::date, 'YYYY"Q"Q') AS occurrence,
               %(day)s::date + %(days)s - 1 AS due_on, mine.basket,
               jsonb_build_object('last', mine.last_on, 'gap', mine.gap) AS why
        FROM mine
        WHERE mine.last_on IS NOT NULL
          AND (mine.stage = 'declining'
               OR mine.stage = 'mature' AND mine.orders_365d >= 4
                  AND %(day)s::date - mine.last_on >= greatest(2.5 * mine.gap, 30))
          AND NOT EXISTS (
              SELECT FROM campaigns_guidetask t
              WHERE t.member_id = mine.member_id AND t.reason = 'declining'
                AND t.created_at >= %(day)s::date - %(declining_pause)s)
    """

    @property
    def days(self) -> int:
        """How long a task stays open."""
        return 7

    def parameters(self, day: date) -> dict[str, int]:
        """The days between two tasks of this reason for one member."""
        return {"declining_pause": PAUSE.value}

    def words(self, task: GuideTask, today: date) -> str:
        """47 天没来，平时 14 天一次."""
        days, gap = days_since(task.why, "last", today), task.why.get("gap")
        if not gap or days is None:
            return rhythm(task.why, today)
        return _("Away for %(days)s days, usually comes every %(gap)s") % {"days": days, "gap": gap}

    def proposal(self, task: GuideTask) -> str:
        """What to do."""
        return _("Ask how they are, and give a reason to come back")
