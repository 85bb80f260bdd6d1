"""The touch ledger: who contacted a member, when and how, whatever the occasion. Written once per source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import GuideTask, TaskState, Touch, TouchState
from members import timeline
from members.locks import lock_member
from members.models import Consent, Member
from members.timeline import NewFact
from stores.models import Staff

UNDONE = "undone"
DIALED_KIND = "member.called"
DIAL_SLOT = 300  # seconds in which a number that is dialled again is one call

FROM_OFFERS = """
    INSERT INTO campaigns_touch
        (member_id, guide_id, store_id, source, source_id, step, occurrence, channel, state, suppressed_by, at,
         recorded_at)
    SELECT o.member_id, o.guide_id, o.store_id, 'offer', o.id, o.reason, '', o.channel, 'accepted', '', o.sent_at, now()
    FROM coupons_offer o
    WHERE o.id = ANY(%(offers)s) AND o.sent_at IS NOT NULL
    ORDER BY o.id
    ON CONFLICT (member_id, source, source_id, step, occurrence, channel) DO NOTHING
"""


@dataclass(frozen=True)
class LastContact:
    """The last time anybody reached a member. ``guide`` is None when a campaign or journey did."""

    guide: Staff | None
    source: str
    channel: str
    at: datetime

    @property
    def days_ago(self) -> int:
        """Whole days since."""
        return (timezone.now() - self.at).days


def record_offers(offer_ids: Sequence[int]) -> int:
    """Enter offers that left into the ledger; those entered before stay as they are. Returns how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(FROM_OFFERS, {"offers": list(offer_ids)})
        return cursor.rowcount


def record_call(task: GuideTask, *, by: Staff, at: datetime) -> Touch:
    """Enter the call by which a guide reached a member for a task."""
    touch, _new = Touch.objects.update_or_create(
        member_id=task.member_id,
        source=Touch.Source.TASK,
        source_id=task.pk,
        step=task.reason,
        occurrence="",
        channel=Consent.Channel.PHONE_CALL,
        defaults={
            "guide": by,
            "store_id": task.store_id,
            "state": TouchState.ACCEPTED,
            "suppressed_by": "",
            "at": at,
        },
    )
    return touch


def record_dial(member: Member, *, by: Staff, at: datetime | None = None) -> Touch | None:
    """Enter that somebody dials a member's number: a contact, whether the member answers or not.

    With an open task of theirs about the member it is the call of that task, which finishing it then confirms. Twice
    within a few minutes is once. Raises NotFound when ``by`` does not see the member; None who works in no store.
    """
    now = at or timezone.now()
    with transaction.atomic():
        held = lock_member(member, by=by)
        mine = GuideTask.objects.visible_to(by).filter(member=held, guide=by, state=TaskState.OPEN)
        task = mine.order_by("-value", "pk").first()
        if task is not None:
            touch = record_call(task, by=by, at=now)
        elif by.store_id is None:
            return None
        else:
            slot = int(now.timestamp()) // DIAL_SLOT
            touch, _new = Touch.objects.get_or_create(
                member=held,
                source=Touch.Source.CALL,
                source_id=by.pk,
                step="",
                occurrence=str(slot),
                channel=Consent.Channel.PHONE_CALL,
                defaults={"guide": by, "store_id": by.store_id, "state": TouchState.ACCEPTED, "at": now},
            )
        timeline.record(NewFact(DIALED_KIND, held.pk, touch.pk, now, {"by": by.pk}))
    return touch


def withdraw_call(task: GuideTask) -> None:
    """The closing of the task was taken back: its call counts no more. The entry stays, held back."""
    calls = Touch.objects.filter(member_id=task.member_id, source=Touch.Source.TASK, source_id=task.pk)
    calls.update(state=TouchState.SUPPRESSED, suppressed_by=UNDONE)


def accepted_touches(member: Member, *, days: int, at: datetime | None = None) -> QuerySet[Touch]:
    """The touches that reached a member in the last ``days`` days, by anybody, the last first."""
    until = at or timezone.now()
    window = {"at__gt": until - timedelta(days=days), "at__lte": until}
    return Touch.objects.filter(member=member, state=TouchState.ACCEPTED, **window).order_by("-at", "-pk")


def touches_in_week(member: Member, *, at: datetime | None = None) -> int:
    """How many touches reached a member in the last seven days, whoever sent them."""
    return accepted_touches(member, days=7, at=at).count()


def last_contact(member: Member) -> LastContact | None:
    """Who reached the member last, when and how; None when nobody ever did.

    Whoever may see the member may know this much about it: the viewer's scope is the member's, not the touch's.
    """
    touch = (
        Touch.objects.filter(member=member, state=TouchState.ACCEPTED).select_related("guide").order_by("-at").first()
    )
    if touch is None:
        return None
    return LastContact(guide=touch.guide, source=touch.source, channel=touch.channel, at=touch.at)
