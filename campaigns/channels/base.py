"""What a channel is: who speaks it, what leaves through it, what comes back, and what is asked for later."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from members.models import Consent, IdentityKind
from stores.errors import NotFound


class Came(StrEnum):
    """What came of a message. Their values are states of a touch."""

    ACCEPTED = "accepted"
    """The provider has it, or the person who confirms has sent it."""

    REJECTED = "rejected"
    """It will not leave; ``reason`` says why. Final."""

    UNKNOWN = "unknown"
    """It may have left or not, or a person has yet to confirm it. It is asked for at ``retry_at``, never sent again."""

    PLANNED = "planned"
    """It has certainly not left, and may be tried again at ``retry_at``: refused connection, 429, 503 by contract."""


@dataclass(frozen=True)
class Outgoing:
    """One message to leave. ``key`` is the same for every attempt, so that a provider can know it again; ``address`` is
    empty for channels without one."""

    touch_id: int
    key: str
    member_id: int
    address: str
    subject: str
    text: str
    link: str = ""
    guide_id: int | None = None
    store_id: int | None = None
    message_id: int | None = None
    attempt: int = 1


@dataclass(frozen=True)
class Asked:
    """A message of which nobody knows whether it left. ``provider_id`` is empty when no answer was ever seen."""

    touch_id: int
    key: str
    provider_id: str
    address: str
    guide_id: int | None
    at: datetime


@dataclass(frozen=True)
class Sent:
    """What came of one message. ``reason`` is a short stable code (no personal data); ``retry_at`` None lets the sender
    choose, growing with the attempts."""

    touch_id: int
    state: Came
    provider_id: str = ""
    reason: str = ""
    retry_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """What a provider pushes about a message, named by our ``key`` or by its own ``provider_id``. ``state`` None
    changes no state; a receipt may come twice and in any order."""

    key: str = ""
    provider_id: str = ""
    state: Came | None = None
    reason: str = ""
    delivered_at: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True)
class OptOut:
    """Somebody answered that they want no more, from an address of the channel's kind."""

    address: str
    at: datetime
    words: str = ""


@dataclass(frozen=True)
class Pushed:
    """What one call of a provider said."""

    receipts: Sequence[Receipt] = ()
    opt_outs: Sequence[OptOut] = ()
    answer: str = "ok"
    """What the provider expects to read."""


class ChannelSpeaker(ABC):
    """One channel. It opens no transaction and writes nothing about touches: whoever calls it keeps the ledger.

    ``send`` and ``ask`` answer for every message they were given, in any order; one that they leave out, and all of
    them when they raise, counts as UNKNOWN. So a speaker lets only surprises raise.
    """

    key: str
    """As in campaigns.models.Channel."""

    label: Any
    address_kind: IdentityKind | None = None
    """The identity that holds the address; None: the member is addressed as such."""

    consent: Consent.Channel | None = None
    """Whose yes a marketing message needs; None where the member comes to read it themselves."""

    asks_person = False
    """Whether the member's guide confirms each message; without a guide there is nobody to send it."""

    disturbs = True
    """Whether it makes a noise, so that it keeps to the quiet hours."""

    idempotent = False
    """Whether the provider takes the same ``key`` twice as one: then a lost answer is simply sent again."""

    at_once = 100
    """The most messages in one call of ``send``."""

    timeout = 30.0
    """The longest that one call of ``send`` or ``ask`` takes, in seconds."""

    @abstractmethod
    def is_set_up(self) -> bool:
        """Whether everything it needs (keys, addresses) is there. Nothing is claimed for a channel that is not."""

    needs: Sequence[str] = ()
    """The environment variables that it cannot do without, for HQ to read."""

    def trial(self) -> str:
        """Ask the provider whether it knows us, sending nothing: empty when it does, else a short stable code."""
        return ""

    @abstractmethod
    def send(self, batch: Sequence[Outgoing]) -> Sequence[Sent]:
        """Send at most ``at_once`` messages."""

    def ask(self, touches: Sequence[Asked]) -> Sequence[Sent]:
        """What became of messages of which nothing is known. PLANNED means: the provider is sure it never got it.

        A channel that cannot be asked leaves them unclear.
        """
        return [Sent(one.touch_id, Came.UNKNOWN) for one in touches]

    def pushed(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Pushed:
        """What the provider tells us, after checking its signature.

        Raises NotFound where the channel takes no pushes (as here) or the signature is not the provider's, and Refusal
        for a body that cannot be read.
        """
        raise NotFound(_("This channel takes no receipts."))
