"""The golden two weeks: somebody bought for the first time and has not come back yet."""

from datetime import date

from django.utils.translation import gettext as _

from campaigns.models import GuideTask, Reason
from campaigns.reasons.base import TaskReason, days_since
from members.lifecycle import GOLDEN_DAYS


class GoldenWindowReason(TaskReason):
    """First order one to ``days`` days ago and no second; once in a member's life."""

    key = Reason.GOLDEN_WINDOW
    priority = 2
    icon = "sprout"
    uplift_percent = 8
    candidates = """
        SELECT mine.member_id, mine.guide_id, mine.store_id, 'first' AS occurrence,
               mine.first_on + %(days)s AS due_on, mine.basket,
               jsonb_build_object('last', mine.last_on, 'first', mine.first_on, 'spent', mine.spend::text) AS why
        FROM mine
        WHERE mine.orders = 1 AND %(day)s::date - mine.first_on BETWEEN 1 AND %(days)s
    """

    @property
    def days(self) -> int:
        """As long as the lifecycle's golden window."""
        return int(GOLDEN_DAYS.value)

    def words(self, task: GuideTask, today: date) -> str:
        """Which day of the two weeks it is."""
        day = days_since(task.why, "first", today) or 0
        return _("Day %(day)s after the first order, the second has not come yet") % {"day": day}

    def proposal(self, task: GuideTask) -> str:
        """What to do."""
        return _("Invite to the second order while the first is fresh")
