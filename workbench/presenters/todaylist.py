"""The list of today, for its page and for when it comes anew by itself: what is open, in which order, how it goes."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import guidetasks
from campaigns.models import GuideTask, Reason
from stores.models import Staff
from stores.places import business_day
from workbench.presenters import tasks
from workbench.presenters.links import Choice, address
from workbench.presenters.results import of_day
from workbench.queries import number_in

BY_VALUE = "value"


@dataclass(frozen=True)
class TodayList:
    """What was asked for and what was found. ``guide`` is the colleague to whom a manager narrows the list."""

    viewer: Staff
    day: date
    going: guidetasks.Day
    shown: list[GuideTask]
    guide: Staff | None
    reason: str
    order: str

    def chosen(self, wanted: int | None) -> GuideTask | None:
        """The task beside the list: the one asked for, else the first."""
        return next((task for task in self.shown if task.pk == wanted), self.shown[0] if self.shown else None)

    def context(self, opened: int | None) -> dict[str, Any]:
        """What the list, the progress and the counter in the navigation show."""
        arranged = tasks.ranked if self.order == BY_VALUE else tasks.grouped
        asked: dict[str, Any] = {"guide": self.guide.pk if self.guide else "", "order": self.order}
        worth = sum(task.value for task in self.shown)
        return {
            "groups": arranged(self.shown, self.viewer, self.day, opened=opened),
            "reasons": tasks.chips(self.going.open, self.reason, **asked),
            "order": self._other_order(asked | {"reason": self.reason}),
            "worth": worth if worth >= 1 else None,
            "progress": of_day(self.going.progress),
            "done": tasks.done_rows(self.going.done),
            "fresh_url": self.fresh_url(opened),
            "here_url": address("today", query=asked | {"reason": self.reason, "task": opened}),
        }

    def fresh_url(self, opened: int | None) -> str:
        """Where to ask whether the list is still so."""
        query = {"stamp": guidetasks.stamp_of(self.going.open), "guide": self.guide.pk if self.guide else "",
                 "reason": self.reason, "order": self.order, "task": opened}  # fmt: skip
        return address("today-fresh", query=query)

    def _other_order(self, asked: dict[str, Any]) -> Choice:
        if self.order == BY_VALUE:
            return Choice(_("By expected value"), address("today", query=asked | {"order": ""}), True)
        return Choice(_("By occasion"), address("today", query=asked | {"order": BY_VALUE}))


def todays(viewer: Staff, query: QueryDict) -> TodayList:
    """The list that an address asks for, in three queries and one more for a manager who names a colleague."""
    day = business_day(viewer.store, timezone.now())
    guide = colleague(viewer, number_in(query, "guide"))
    going = guidetasks.day_of(viewer, guide=guide)
    reason = query.get("reason", "")
    reason = reason if reason in Reason.values else ""
    order = BY_VALUE if query.get("order") == BY_VALUE else ""
    shown = tasks.narrowed(going.open, reason, day)
    if order:
        shown = guidetasks.by_value(shown, day)
    return TodayList(viewer, day, going, shown, guide, reason, order)


def colleague(viewer: Staff, wanted: int | None) -> Staff | None:
    """The guide whom somebody who leads the store narrows the list to."""
    if wanted is None or not viewer.leads_store:
        return None
    return Staff.objects.visible_to(viewer).filter(pk=wanted).first()
