"""Tasks that lie too long: the store manager is shown them, and may do them; they stay with the member's guide."""

from collections.abc import Sequence
from datetime import datetime

from campaigns.models import GuideTask, TaskState


def escalate(task_ids: Sequence[int], *, at: datetime) -> int:
    """Show open tasks to the manager of their store, each once; returns how many are shown now that were not."""
    if not task_ids:
        return 0
    waiting = GuideTask.objects.filter(pk__in=task_ids, state=TaskState.OPEN, escalated_at=None)
    return waiting.update(escalated_at=at)
