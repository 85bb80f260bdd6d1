"""Text messages through an HTTP gateway that speaks the contract of docs/operations.md, "SMS gateway"."""

import hashlib
import hmac
import json
import time
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.channels.base import Asked, Came, ChannelSpeaker, OptOut, Outgoing, Pushed, Receipt, Sent
from campaigns.channels.calling import CONNECT_SECONDS, READ_SECONDS, NotTaken, Refused, Unclear, call
from members.models import Consent, IdentityKind
from stores.errors import NotFound, Refusal
from stores.policy import define

OPT_OUT_WORDS = define(
    "sms.opt_out_words",
    ["R", "T", "TD", "N", "STOP", "退订", "拒收"],
    gettext_lazy("Text messages: answers that mean no more"),
)
CLOCKS_DIFFER = 300  # seconds
MOST_PUSHED = 1_000
CODE = 40  # characters of a reason that are kept

# What the gateway says about one message, and what that means to us.
ON_SENDING = {"accepted": Came.ACCEPTED, "rejected": Came.REJECTED, "busy": Came.PLANNED}
ON_ASKING = {
    "accepted": Came.ACCEPTED,
    "delivered": Came.ACCEPTED,
    "failed": Came.REJECTED,
    "rejected": Came.REJECTED,
    "not_found": Came.PLANNED,
}


class SmsSpeaker(ChannelSpeaker):
    """One gateway for the house."""

    key = "sms"
    label = gettext_lazy("Text message")
    address_kind = IdentityKind.PHONE
    consent = Consent.Channel.SMS
    idempotent = bool(settings.SMS_IDEMPOTENT)
    needs = ("SMS_URL", "SMS_KEY")
    at_once = 100
    timeout = 60.0

    def is_set_up(self) -> bool:
        """With the gateway's address and our key for it."""
        return bool(settings.SMS_URL and settings.SMS_KEY)

    def trial(self) -> str:
        """Ask about a message that never was."""
        try:
            _ask_gateway("GET", query={"ids": "trial"})
        except (NotTaken, Unclear, Refused) as error:
            return error.reason
        return ""

    def send(self, batch: Sequence[Outgoing]) -> Sequence[Sent]:
        """One call for all. A batch that is turned down as a whole goes in halves, so that one poisoned message does
        not hold up the others; what there is no time for certainly did not leave."""
        return _send(batch, time.monotonic() + self.timeout - CONNECT_SECONDS - READ_SECONDS)

    def ask(self, touches: Sequence[Asked]) -> Sequence[Sent]:
        """What the gateway knows about these ids, a hundred at once, since they stand in an address; only its clear
        "not found" lets a message be sent again."""
        parts = (touches[first : first + self.at_once] for first in range(0, len(touches), self.at_once))
        return [answer for part in parts for answer in _ask(part)]

    def pushed(self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Pushed:
        """Receipts and answers of members. Raises NotFound for a wrong signature, Refusal ``bad_push`` for the body."""
        _check_signature(headers, body)
        try:
            found = json.loads(body)
            receipts, replies = found.get("receipts", []), found.get("replies", [])
            if len(receipts) + len(replies) > MOST_PUSHED:
                raise ValueError(MOST_PUSHED)
            return Pushed(
                [_receipt(row) for row in receipts],
                [OptOut(str(row["from"])[:40], _moment(row.get("at")), str(row["text"])[:40])
                 for row in replies if means_no(str(row["text"]))],
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refusal(_("The receipts cannot be read."), code="bad_push") from None


def _send(batch: Sequence[Outgoing], until: float) -> list[Sent]:
    if time.monotonic() > until:
        return [Sent(one.touch_id, Came.PLANNED, reason="no_time") for one in batch]
    told = [{"id": one.key, "to": one.address, "text": one.text} for one in batch]
    try:
        answer = _ask_gateway("POST", body={"messages": told})
    except NotTaken as error:
        return [Sent(one.touch_id, Came.PLANNED, reason=error.reason, retry_at=error.retry_at) for one in batch]
    except Unclear as error:
        return [Sent(one.touch_id, Came.UNKNOWN, reason=error.reason) for one in batch]
    except Refused as error:
        if len(batch) == 1:
            return [Sent(batch[0].touch_id, Came.REJECTED, reason=error.reason)]
        middle = len(batch) // 2
        return [*_send(batch[:middle], until), *_send(batch[middle:], until)]
    said = _by_id(answer)
    return [_sent(one.touch_id, said.get(one.key), ON_SENDING) for one in batch]


def _ask(touches: Sequence[Asked]) -> list[Sent]:
    try:
        answer = _ask_gateway("GET", query={"ids": ",".join(one.key for one in touches)})
    except (NotTaken, Unclear, Refused) as error:
        return [Sent(one.touch_id, Came.UNKNOWN, reason=error.reason) for one in touches]
    said = _by_id(answer)
    return [_sent(one.touch_id, said.get(one.key), ON_ASKING) for one in touches]


def means_no(answer: str) -> bool:
    """Whether what a member answered means that they want no more."""
    said = unicodedata.normalize("NFKC", answer).strip(" .。!！'\"“”").upper()
    return said in {word.upper() for word in OPT_OUT_WORDS.value}


def signature(stamp: str, body: bytes) -> str:
    """How the gateway signs what it pushes: HMAC-SHA256 over time stamp, a dot and the body, in hexadecimal."""
    return hmac.new(settings.SMS_PUSH_KEY.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _check_signature(headers: Mapping[str, str], body: bytes) -> None:
    stamp, given = headers.get("X-Timestamp", ""), headers.get("X-Signature", "")
    fresh = stamp.isdecimal() and len(stamp) < 12 and abs(time.time() - int(stamp)) <= CLOCKS_DIFFER
    if not settings.SMS_PUSH_KEY or not fresh or not constant_time_compare(given, signature(stamp, body)):
        raise NotFound(_("This channel takes no receipts."))


def _ask_gateway(method: str, *, query: Mapping[str, str] | None = None, body: Any = None) -> dict[str, Any]:
    url = settings.SMS_URL.rstrip("/") + "/messages"
    return call(method, url, headers={"Authorization": f"Bearer {settings.SMS_KEY}"}, query=query, body=body)


def _by_id(answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Our id -> what is said of it; whatever is not of the contract's shape is left out, and so unclear."""
    rows = answer.get("results")
    return {str(row.get("id")): row for row in rows if isinstance(row, dict)} if isinstance(rows, list) else {}


def _sent(touch_id: int, row: Mapping[str, Any] | None, meaning: Mapping[str, Came]) -> Sent:
    """What one row of an answer means. No row, or a state that the contract does not know, leaves it unclear."""
    said = str((row or {}).get("state"))
    state = meaning.get(said, Came.UNKNOWN)
    if row is None or state == Came.UNKNOWN:
        return Sent(touch_id, Came.UNKNOWN, reason="not_told")
    return Sent(
        touch_id,
        state,
        provider_id=str(row.get("message_id") or "")[:80],
        reason=str(row.get("reason") or "")[:CODE] if state != Came.ACCEPTED else "",
        retry_at=timezone.now() + timedelta(minutes=1) if said == "busy" else None,
        delivered_at=_moment(row.get("at")) if said == "delivered" else None,
    )


def _receipt(row: Mapping[str, Any]) -> Receipt:
    said = str(row["state"])
    if said not in ("delivered", "failed"):
        raise ValueError(said)
    arrived = said == "delivered"
    return Receipt(
        key=str(row.get("id") or "")[:80],
        provider_id=str(row.get("message_id") or "")[:80],
        state=Came.ACCEPTED if arrived else Came.REJECTED,
        reason="" if arrived else str(row.get("reason") or "failed")[:CODE],
        delivered_at=_moment(row.get("at")) if arrived else None,
    )


def _moment(told: Any) -> datetime:
    """A moment as told, with an offset and not in the future; else now."""
    now = timezone.now()
    moment = parse_datetime(told) if isinstance(told, str) else None
    return min(moment, now) if moment is not None and moment.tzinfo else now
