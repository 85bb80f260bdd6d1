"""The way to a habit: after orders 2 and 3, the next one is about due by the member's own rhythm."""

from datetime import date

from django.utils.translation import gettext as _

from campaigns.models import GuideTask, Reason
from campaigns.reasons.base import TaskReason, days_since

HABIT = 4


class NthOrderReason(TaskReason):
    """Two or three orders so far, and the usual gap (14 days where there is none yet) is nearly over."""

    key = Reason.NTH_ORDER
    priority = 3
    icon = "steps"
    uplift_percent = 6
    candidates = """
        SELECT mine.member_id, mine.guide_id, mine.store_id, (mine.orders + 1)::text AS occurrence,
               %(day)s::date + %(days)s - 1 AS due_on, mine.basket,
               jsonb_build_object('next', mine.orders + 1, 'last', mine.last_on, 'gap', mine.gap) AS why
        FROM mine
        WHERE mine.orders IN (2, 3)
          AND %(day)s::date - mine.last_on BETWEEN greatest(coalesce(mine.gap, 14) - 1, 1) AND 60
    """

    @property
    def days(self) -> int:
        """How long a task stays open."""
        return 7

    def words(self, task: GuideTask, today: date) -> str:
        """Which order the next one is."""
        following, days = task.why.get("next", HABIT), days_since(task.why, "last", today)
        if following >= HABIT or days is None:
            return _("One more visit and it is order %(n)s") % {"n": following}
        return _("Last visit %(days)s days ago, about time for order %(n)s") % {"days": days, "n": following}

    def due_words(self, task: GuideTask, today: date) -> str:
        """From which order to which."""
        following = task.why.get("next", HABIT)
        return _("Order %(now)s → %(next)s") % {"now": following - 1, "next": following}

    def proposal(self, task: GuideTask) -> str:
        """What to do."""
        return _("Invite to order %(n)s") % {"n": task.why.get("next", HABIT)}
