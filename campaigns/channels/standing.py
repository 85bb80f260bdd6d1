"""Where the channels stand: set up or not, what waits, what is unclear. For HQ's page of channels."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from campaigns.channels import CHANNELS
from campaigns.channels.base import ChannelSpeaker
from campaigns.models import Touch, TouchState

MOST = 10_000  # counted; beyond it the page says "more"


@dataclass(frozen=True)
class Standing:
    """One channel: ``due`` messages that should have left by now, ``unclear`` ones that are asked for; both counted up
    to ``MOST``."""

    speaker: ChannelSpeaker
    is_set_up: bool
    due: int
    unclear: int

    @property
    def counted_all(self) -> bool:
        """Whether the figures are whole."""
        return max(self.due, self.unclear) < MOST


def standings() -> Sequence[Standing]:
    """Every channel, in the order of the registry; the indexes of what is due and what is under way answer."""
    now = timezone.now()
    waiting = Q(state=TouchState.PLANNED, due_at__lte=now)
    # The longer condition is that of the index.
    under_way = Q(state=TouchState.UNKNOWN) & Q(state__in=[TouchState.CLAIMED, TouchState.UNKNOWN])
    return [
        Standing(
            speaker,
            speaker.is_set_up(),
            _count(Touch.objects.filter(waiting, channel=key)),
            _count(Touch.objects.filter(under_way, channel=key)),
        )
        for key, speaker in CHANNELS.items()
    ]


def _count(rows: QuerySet[Touch]) -> int:
    return len(rows.order_by().values_list("pk", flat=True)[:MOST])
