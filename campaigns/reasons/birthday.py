"""Birthdays of the coming days, by the solar or the lunar calendar of each member."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from campaigns.models import GuideTask, Reason
from campaigns.reasons.base import TaskReason, month_day, rhythm, yuan
from members import birthdays
from members.models import Birthday

LONGEST_LOOK = 61
KEYS = "birthday_keys"


class BirthdayReason(TaskReason):
    """A birthday within ``days`` days, once a year."""

    key = Reason.BIRTHDAY
    priority = 4
    icon = "cake"
    urgent = True
    uplift_percent = 10
    candidates = f"""
        SELECT mine.member_id, mine.guide_id, mine.store_id, b.year::text AS occurrence,
               b.feast AS due_on, mine.basket,
               jsonb_build_object('on', b.feast, 'calendar', b.calendar, 'last', mine.last_on, 'gap', mine.gap,
                                  'last_year', past.spent) AS why
        FROM mine
        JOIN {birthdays.unnest(KEYS)}
          ON (mine.birthday_calendar, mine.feast_month, mine.feast_day) = (b.calendar, b.month, b.day)
         AND b.feast <= %(day)s::date + %(days)s
        LEFT JOIN LATERAL (
            SELECT sum(o.net_amount - o.returned_amount)::text AS spent FROM members_order o
            WHERE o.member_id = mine.member_id
              AND o.paid_at >= (b.feast - interval '1 year' - interval '3 days')
              AND o.paid_at < (b.feast - interval '1 year' + interval '4 days')
        ) past ON true
    """

    @property
    def days(self) -> int:
        """How many days ahead a birthday is seen."""
        return 3

    def parameters(self, day: date) -> dict[str, Any]:
        """Who keeps a birthday in the coming days, by either calendar."""
        return birthdays.arrays(birthdays.keys_between(day, LONGEST_LOOK), KEYS)

    def words(self, task: GuideTask, today: date) -> str:
        """What the member bought around the last birthday, else their rhythm."""
        spent = task.why.get("last_year")
        if spent and spent != "0.00":
            return _("Spent %(amount)s in the birthday week last year") % {"amount": yuan(spent)}
        return rhythm(task.why, today) or _("Birthday on %(date)s") % {"date": month_day(task.due_on)}

    def due_words(self, task: GuideTask, today: date) -> str:
        """When the birthday is."""
        days = (task.due_on - today).days
        if task.why.get("calendar") == Birthday.LUNAR and days > 1:
            return _("Lunar birthday on %(date)s") % {"date": month_day(task.due_on)}
        if days == 0:
            return _("Birthday today")
        if days == 1:
            return _("Birthday tomorrow")
        return _("Birthday on %(date)s") % {"date": month_day(task.due_on)}

    def proposal(self, task: GuideTask) -> str:
        """What to do."""
        return _("Wish a happy birthday, with a birthday gift")
