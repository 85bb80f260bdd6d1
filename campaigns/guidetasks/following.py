"""Follow-ups: what somebody in a store wants done about several members by a day, written down as tasks.

The task goes to whoever looks after the member: to the guide themselves, or from the manager to the guides of the
store. It is wanted by a person, so the usual length of a list does not bound it; that a member wants no contact does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.guidetasks.asking import NotAsked, Occasion, ask
from campaigns.guidetasks.closing import GRACE_SECONDS, UNDO_SECONDS
from campaigns.models import GuideTask, Reason, TaskState
from members.models import Member, MemberState
from stores.errors import Refusal
from stores.models import Staff
from stores.places import business_day

MOST, LONGEST, FURTHEST = 50, 60, timedelta(days=60)


@dataclass(frozen=True)
class Planned:
    """How many tasks there are now for one press, who got none and why, and how many are not the person's."""

    tasks: int
    refused: list[tuple[Member, str]]
    strangers: int


def follow_up(
    by: Staff, member_ids: Iterable[int], *, what: str, due_on: date, request_key: str, at: datetime | None = None
) -> Planned:
    """Write down for each of these members what is to be done by the end of ``due_on``; at most MOST members.

    The same ``request_key`` (at most 40 signs) makes no task twice. Raises Refusal ``bad_choice``, ``words_missing``,
    ``bad_day``.
    """
    now, ids, words = at or timezone.now(), set(member_ids), " ".join(what.split())[:LONGEST]
    today = business_day(by.store, now)
    if not ids or len(ids) > MOST:
        raise Refusal(_("Choose 1 to %(most)s members.") % {"most": MOST}, code="bad_choice")
    if not words:
        raise Refusal(_("Say in a few words what is to be done."), code="words_missing")
    if not today <= due_on <= today + FURTHEST:
        raise Refusal(_("Choose a day from today to %(days)s days ahead.") % {"days": FURTHEST.days}, code="bad_day")
    mine = Member.objects.visible_to(by).filter(pk__in=ids, state=MemberState.ACTIVE)
    members = {member.pk: member for member in mine}
    occasion = Occasion(Reason.FOLLOW_UP, due_on, {"name": by.name, "asks": words}, most_per_guide=MOST)
    with transaction.atomic():
        asked = ask(occasion, dict.fromkeys(members, request_key), at=now)
    again = asked.refused.get(NotAsked.ASKED_BEFORE, ())
    refused = [
        (members[pk], str(why.label))
        for why, ones in asked.refused.items()
        if why != NotAsked.ASKED_BEFORE
        for pk in ones
    ]
    return Planned(len(asked.tasks) + len(again), refused, len(ids) - len(members))


def take_back_follow_up(by: Staff, request_key: str, *, at: datetime | None = None) -> int:
    """Remove the tasks of one press again that nobody has touched, within a few seconds; returns how many."""
    since = (at or timezone.now()) - timedelta(seconds=UNDO_SECONDS.value + GRACE_SECONDS)
    mine = GuideTask.objects.visible_to(by).filter(reason=Reason.FOLLOW_UP, occurrence=request_key)
    fresh = mine.filter(state=TaskState.OPEN, snoozed_until=None, created_at__gte=since, why__name=by.name)
    return fresh.delete()[0]
