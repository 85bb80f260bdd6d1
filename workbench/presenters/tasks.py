"""Tasks as the list of today shows them: who, why now, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from campaigns import guidetasks
from campaigns.models import GuideTask, Outcome, Reason
from campaigns.reasons import due_words, icon_of, words
from coupons import kinds
from coupons.models import CouponKind, CouponTerms
from members.models import Member
from stores.models import Staff
from workbench.presenters.links import Choice, address, offer_url
from workbench.templatetags.formats import yuan

BY_VALUE = "value"


@dataclass(frozen=True)
class Action:
    """Something to do about a task: a verb, what with, and where."""

    verb: str
    url: str
    icon: str = ""
    meta: str = ""


@dataclass(frozen=True)
class TaskRow:
    """One row. ``guide`` names whose task it is when the reader is somebody else."""

    pk: int
    member: Member
    due: str
    is_urgent: bool
    why: str
    main: Action
    other: Action
    is_next: bool
    is_open: bool
    guide: str = ""
    worth: str = ""

    @cached_property
    def done_words(self) -> str:
        """What the tick does, for those who hear it."""
        return _("Done: %(name)s") % {"name": self.member}

    @cached_property
    def later_words(self) -> str:
        """What the clock does, for those who hear it."""
        return _("Later: %(name)s") % {"name": self.member}

    @cached_property
    def url(self) -> str:
        """The task's own page."""
        return address("task", self.pk)

    @cached_property
    def done_url(self) -> str:
        """Where it is finished."""
        return address("task-done", self.pk)

    @cached_property
    def later_url(self) -> str:
        """Where it is put off."""
        return address("task-later", self.pk)


@dataclass(frozen=True)
class Lot:
    """The tasks that stand under one heading, in their order, as far as they are told."""

    key: str
    tasks: list[GuideTask]


@dataclass(frozen=True)
class Group:
    """Some tasks of one reason: ``count`` in all, ``left`` of them behind the address of more; ``all_url`` shows them
    all to whoever has no scripts."""

    key: str
    icon: str
    title: str
    tasks: list[TaskRow]
    count: int
    left: int = 0
    more_url: str = ""
    all_url: str = ""


@dataclass(frozen=True)
class DoneRow:
    """A task that was finished today."""

    name: str
    what: str
    result: str
    at: object


def grouped(tasks: Sequence[GuideTask]) -> list[Lot]:
    """The tasks by reason, in the order they come."""
    lots: dict[str, Lot] = {}
    for task in tasks:
        lots.setdefault(task.reason, Lot(task.reason, [])).tasks.append(task)
    return list(lots.values())


def ranked(tasks: Sequence[GuideTask], today: date) -> list[Lot]:
    """All tasks as one lot, by what they are expected to bring."""
    return [Lot(BY_VALUE, guidetasks.by_value(tasks, today))] if tasks else []


def heading(key: str) -> tuple[str, str]:
    """The icon and the words above a lot."""
    if key == BY_VALUE:
        return "target", _("By expected value")
    return icon_of(key), str(Reason(key).label)


def rows(
    tasks: Sequence[GuideTask], viewer: Staff, today: date, *, opened: int | None, first: int | None, by_value: bool
) -> list[TaskRow]:
    """Tasks that were read in full as rows; ``opened`` is the one shown beside the list, ``first`` is done next."""
    found = [_row(task, viewer, today, is_next=task.pk == first, is_open=task.pk == opened) for task in tasks]
    worth = [worth_of(task) for task in tasks] if by_value else []
    return [replace(row, worth=words) for row, words in zip(found, worth, strict=True)] if by_value else found


def worth_of(task: GuideTask) -> str:
    """About how much acting is expected to bring; empty for a task without a value."""
    return _("about %(sum)s") % {"sum": yuan(task.value)} if task.value >= 1 else ""


def chips(tasks: Sequence[GuideTask], current: str, **query: object) -> list[Choice]:
    """One chip per reason that has tasks, with their numbers."""
    counts: dict[str, int] = {}
    for task in tasks:
        counts[task.reason] = counts.get(task.reason, 0) + 1
    found = [Choice(_("All"), address("today", query=query), not current, len(tasks))]
    for reason, count in counts.items():
        url = address("today", query={**query, "reason": reason})
        found.append(Choice(str(Reason(reason).label), url, current == reason, count, reason))
    return found


def narrowed(tasks: Sequence[GuideTask], reason: str, today: date) -> list[GuideTask]:
    """The tasks of one reason; whatever ends today stays on the list, behind no filter."""
    if not reason:
        return list(tasks)
    wanted = [task for task in tasks if task.reason == reason]
    return wanted + [task for task in tasks if task.reason != reason and task.due_on <= today]


def due_soon(tasks: Sequence[GuideTask], today: date) -> int:
    """How many end today or tomorrow."""
    return sum((task.due_on - today).days <= 1 for task in tasks)


def done_rows(tasks: Sequence[GuideTask]) -> list[DoneRow]:
    """What was finished today."""
    return [DoneRow(str(task.member), str(Reason(task.reason).label), _outcome(task), task.closed_at) for task in tasks]


def _outcome(task: GuideTask) -> str:
    return str(Outcome(task.outcome).label) if task.outcome else ""


def _row(task: GuideTask, viewer: Staff, today: date, *, is_next: bool, is_open: bool) -> TaskRow:
    main, other = _actions(task)
    return TaskRow(
        pk=task.pk,
        member=task.member,
        due=due_words(task, today),
        is_urgent=guidetasks.is_pressing(task, today),
        why=words(task, today),
        main=main,
        other=other,
        is_next=is_next,
        is_open=is_open,
        guide="" if task.guide_id == viewer.pk else task.guide.name,
    )


def _short(terms: CouponTerms) -> str:
    """满39减8, and 7折 满50可用 where the whole offer is too long for a button."""
    if terms.kind == CouponKind.PERCENT_OFF:
        return f"{kinds.face_text(terms)} {kinds.condition_text(terms)}"
    return kinds.offer_text(terms)


def _actions(task: GuideTask) -> tuple[Action, Action]:
    """The suggested coupon first; a reminder of a coupon the member has is words alone."""
    pk, member = task.pk, task.member_id
    message = Action(pgettext("verb", "Message"), offer_url(member, task=pk, only="message"), "message")
    if "coupon" in task.why and not task.template:
        remind = Action(message.verb, message.url, "message", _("remind of the coupon"))
        return remind, Action(_("Send coupon"), offer_url(member, task=pk))
    if task.template and task.template.terms:
        meta = _short(task.template.terms)
        return Action(_("Send coupon"), offer_url(member, task=pk), "ticket", meta), message
    return Action(_("Send coupon"), offer_url(member, task=pk), "ticket"), message
