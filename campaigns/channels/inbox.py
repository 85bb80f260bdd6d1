"""In-app messages: nobody has to be reached, the member's own app fetches them (campaigns.touches.inbox)."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import Asked, Came, ChannelSpeaker, Outgoing, Sent


class InboxSpeaker(ChannelSpeaker):
    """The words stand in the ledger before this is called, so accepting the message is all there is to do."""

    key = "inbox"
    label = _("In-app message")
    disturbs = False
    idempotent = True
    at_once = 10_000

    def is_set_up(self) -> bool:
        """It needs nothing."""
        return True

    def send(self, batch: Sequence[Outgoing]) -> Sequence[Sent]:
        """Every message has arrived."""
        return [Sent(one.touch_id, Came.ACCEPTED) for one in batch]

    def ask(self, touches: Sequence[Asked]) -> Sequence[Sent]:
        """Whatever was claimed has its words, or never will: both may be tried again."""
        return [Sent(one.touch_id, Came.PLANNED) for one in touches]
