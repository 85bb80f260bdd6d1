"""Birthdays of the coming days (solar calendar; a 29 February is kept on the 28th in other years)."""

from calendar import isleap
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from campaigns.models import GuideTask, Reason
from campaigns.reasons.base import TaskReason, month_day, rhythm, yuan

LONGEST_LOOK = 61


class BirthdayReason(TaskReason):
    """A birthday within ``days`` days, once a year."""

    key = Reason.BIRTHDAY
    priority = 4
    icon = "cake"
    urgent = True
    uplift_percent = 10
    candidates = """
        SELECT mine.member_id, mine.guide_id, mine.store_id, extract(year FROM b.feast)::text AS occurrence,
               b.feast AS due_on, mine.basket,
               jsonb_build_object('on', b.feast, 'last', mine.last_on, 'gap', mine.gap, 'last_year', past.spent) AS why
        FROM mine
        JOIN unnest(%(birthday_keys)s::text[], %(birthday_feasts)s::date[]) AS b(month_day, feast)
          ON to_char(mine.birthday, 'MMDD') = b.month_day AND b.feast <= %(day)s::date + %(days)s
        LEFT JOIN LATERAL (
            SELECT sum(o.net_amount - o.returned_amount)::text AS spent FROM members_order o
            WHERE o.member_id = mine.member_id
              AND o.paid_at >= (b.feast - interval '1 year' - interval '3 days')
              AND o.paid_at < (b.feast - interval '1 year' + interval '4 days')
        ) past ON true
        WHERE mine.birthday_calendar = 'solar'
    """

    @property
    def days(self) -> int:
        """How many days ahead a birthday is seen."""
        return 3

    def parameters(self, day: date) -> dict[str, Any]:
        """The month-days of the coming days, and the date on which each is kept."""
        pairs = []
        for feast in (day + timedelta(days=n) for n in range(LONGEST_LOOK)):
            pairs.append((f"{feast:%m%d}", feast))
            if (feast.month, feast.day) == (2, 28) and not isleap(feast.year):
                pairs.append(("0229", feast))
        return {"birthday_keys": [key for key, _feast in pairs], "birthday_feasts": [feast for _key, feast in pairs]}

    def words(self, task: GuideTask, today: date) -> str:
        """What the member bought around the last birthday, else their rhythm."""
        spent = task.why.get("last_year")
        if spent and spent != "0.00":
            return _("Spent %(amount)s in the birthday week last year") % {"amount": yuan(spent)}
        return rhythm(task.why, today) or _("Birthday on %(date)s") % {"date": month_day(task.due_on)}

    def due_words(self, task: GuideTask, today: date) -> str:
        """When the birthday is."""
        days = (task.due_on - today).days
        if days == 0:
            return _("Birthday today")
        if days == 1:
            return _("Birthday tomorrow")
        return _("Birthday on %(date)s") % {"date": month_day(task.due_on)}

    def proposal(self, task: GuideTask) -> str:
        """What to do."""
        return _("Wish a happy birthday, with a birthday gift")
