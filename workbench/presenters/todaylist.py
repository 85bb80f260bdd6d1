"""The list of today, for its page, for its further rows and for when it comes anew by itself: what is open, in which
order, how it goes. All tasks are told, and as many as a screen or two show are read in full."""

from bisect import bisect
from dataclasses import dataclass
from datetime import date
from functools import cached_property
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
from workbench.presenters.tasks import BY_VALUE, Group, Lot, TaskRow
from workbench.queries import number_in

AT_FIRST, LEAST, MORE, MOST = 20, 5, 20, 200


@dataclass(frozen=True)
class TodayList:
    """What was asked for and what was found. ``guide`` is the colleague to whom a manager narrows the list, ``each``
    how many rows of a reason the reader has before them already, ``wanted`` the task asked for beside the list."""

    viewer: Staff
    day: date
    going: guidetasks.Day
    shown: list[GuideTask]
    guide: Staff | None
    reason: str
    order: str
    each: int = 0
    wanted: int | None = None

    @cached_property
    def lots(self) -> list[Lot]:
        """The tasks as they stand under their headings."""
        return tasks.ranked(self.shown, self.day) if self.order else tasks.grouped(self.shown)

    @cached_property
    def at_first(self) -> int:
        """How many rows each heading has before more are asked for; a list of a screen or two is shown as a whole."""
        if len(self.shown) <= AT_FIRST:
            return AT_FIRST
        return max(self.each, LEAST, AT_FIRST // max(1, len(self.lots)))

    @cached_property
    def in_full(self) -> dict[int, GuideTask]:
        """The first rows of each heading, and the task beside the list."""
        wanted = [task for lot in self.lots for task in lot.tasks[: self.at_first]]
        beside = [task for task in self.shown if task.pk == self.wanted]
        return guidetasks.in_full([*wanted, *beside], self.viewer) if wanted else {}

    @property
    def chosen(self) -> GuideTask | None:
        """The task beside the list: the one asked for, else the first."""
        first = self.in_full.get(self.shown[0].pk) if self.shown else None
        return self.in_full.get(self.wanted, first) if self.wanted else first

    def context(self, opened: int | None) -> dict[str, Any]:
        """What the list, the progress and the counter in the navigation show."""
        asked = self._asked
        worth = sum(task.value for task in self.shown)
        return {
            "groups": [self._group(lot, opened) for lot in self.lots],
            "reasons": tasks.chips(self.going.open, self.reason, **(asked | {"reason": ""})),
            "order": self._other_order(),
            "worth": worth if worth >= 1 else None,
            "progress": of_day(self.going.progress),
            "done": tasks.done_rows(self.going.done),
            "fresh_url": self.fresh_url(opened),
            "here_url": address("today", query=asked | {"task": opened}),
        }

    def following(self, key: str, after: int) -> dict[str, Any]:
        """The rows of a heading that come after a task, which may have been done meanwhile."""
        lot = next((one for one in self.lots if one.key == key), Lot(key, []))
        start = self._behind(lot, after)
        full = guidetasks.in_full(lot.tasks[start : start + MORE], self.viewer)
        return {"group": self._some(lot, start, MORE, full, None)}

    def fresh_url(self, opened: int | None) -> str:
        """Where to ask whether the list is still so."""
        query = self._asked | {"stamp": guidetasks.stamp_of(self.going.open), "task": opened}
        return address("today-fresh", query=query)

    @property
    def _asked(self) -> dict[str, Any]:
        return {"guide": self.guide.pk if self.guide else "", "order": self.order, "reason": self.reason}

    def _other_order(self) -> Choice:
        if self.order == BY_VALUE:
            return Choice(_("By expected value"), address("today", query=self._asked | {"order": ""}), True)
        return Choice(_("By occasion"), address("today", query=self._asked | {"order": BY_VALUE}))

    def _group(self, lot: Lot, opened: int | None) -> Group:
        return self._some(lot, 0, self.at_first, self.in_full, opened)

    def _some(self, lot: Lot, start: int, count: int, full: dict[int, GuideTask], opened: int | None) -> Group:
        told = lot.tasks[start : start + count]
        left = len(lot.tasks) - start - len(told)
        last = told[-1].pk if told else None
        more = address("today", query=self._asked | {"group": lot.key, "after": last}) if left > 0 else ""
        everything = address("today", query=self._asked | {"rows": MOST}) if left > 0 else ""
        rows = self._rows([full[task.pk] for task in told if task.pk in full], opened)
        return Group(lot.key, *tasks.heading(lot.key), rows, len(lot.tasks), max(0, left), more, everything)

    def _rows(self, found: list[GuideTask], opened: int | None) -> list[TaskRow]:
        first = self.lots[0].tasks[0].pk if self.lots else None
        return tasks.rows(found, self.viewer, self.day, opened=opened, first=first, by_value=bool(self.order))

    def _behind(self, lot: Lot, after: int) -> int:
        """The place after a task; after where it stood when it is no longer there."""
        for number, task in enumerate(lot.tasks):
            if task.pk == after:
                return number + 1
        gone = GuideTask.objects.visible_to(self.viewer).filter(pk=after).first()
        return bisect(lot.tasks, self._place(gone), key=self._place) if gone else 0

    def _place(self, task: GuideTask) -> tuple[Any, ...]:
        return guidetasks.worth_first(task, self.day) if self.order else guidetasks.in_turn(task)


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
    each = min(number_in(query, "rows") or 0, MOST)
    return TodayList(viewer, day, going, shown, guide, reason, order, each, number_in(query, "task"))


def colleague(viewer: Staff, wanted: int | None) -> Staff | None:
    """The guide whom somebody who leads the store narrows the list to."""
    if wanted is None or not viewer.leads_store:
        return None
    return Staff.objects.visible_to(viewer).filter(pk=wanted).first()
