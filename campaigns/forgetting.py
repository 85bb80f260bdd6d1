"""What an erasure removes in this app: open tasks, trips and messages to come end; words and figures go."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from campaigns.models import (
    GuideTask,
    InviteCode,
    JoinRequest,
    SignUp,
    TaskState,
    Touch,
    TouchState,
    TouchText,
    Trip,
    TripState,
    WecomCustomer,
)
from campaigns.recruiting import rewarding
from campaigns.spreading import groups


def forget(member_ids: Sequence[int]) -> dict[str, int]:
    """End the open tasks about these records and empty what tasks say about them; twice is once.

    Touches stay in their ledger, since what was sent must go on adding up; their words go, and none leaves any more.
    """
    tasks = GuideTask.objects.filter(member__in=member_ids)
    with transaction.atomic():
        ended = tasks.filter(state=TaskState.OPEN).update(
            state=TaskState.LAPSED, closed_at=timezone.now(), snoozed_until=None
        )
        figures = tasks.exclude(why={}).update(why={})
        trips = Trip.objects.filter(member__in=member_ids, state=TripState.ACTIVE).update(
            state=TripState.LEFT, why="erased", ended_at=timezone.now(), due_at=None, waiting=False, awaits=""
        )
        planned = Touch.objects.filter(member__in=member_ids, state=TouchState.PLANNED)
        kept_back = planned.update(state=TouchState.SUPPRESSED, suppressed_by="member_gone")
        recruited = _forget_recruiting(member_ids)
        left = groups.forget(member_ids)
        wecom, _by_model = WecomCustomer.objects.filter(member__in=member_ids).delete()
        words, _by_table = TouchText.objects.filter(touch__member__in=member_ids).delete()
    return {
        "open_tasks": ended,
        "task_figures": figures,
        "trips": trips,
        "planned_messages": kept_back,
        "message_words": words,
        "wecom_standing": wecom,
        **recruited,
        "store_groups": left,
    }


def _forget_recruiting(member_ids: Sequence[int]) -> dict[str, int]:
    """Invitations that wait end, and marks of devices and numbers go; what was counted stays counted."""
    referrals = rewarding.void_erased(member_ids)
    invites, _by_table = InviteCode.objects.filter(member__in=member_ids).delete()
    SignUp.objects.filter(member__in=member_ids, device__isnull=False).update(device=None)
    masks = JoinRequest.objects.filter(member__in=member_ids).update(shown="", digest=b"", device=None)
    return {"pending_referrals": referrals, "invite_codes": invites, "sign_up_numbers": masks}
