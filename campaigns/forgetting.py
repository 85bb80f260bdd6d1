"""What an erasure removes in this app: open tasks and trips end, and the figures that tasks rested on go."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from campaigns.models import GuideTask, TaskState, Trip, TripState


def forget(member_ids: Sequence[int]) -> dict[str, int]:
    """End the open tasks about these records and empty what tasks say about them; twice is once.

    Touches stay in their ledger: they hold no words, and what was sent must go on adding up.
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
    return {"open_tasks": ended, "task_figures": figures, "trips": trips}
