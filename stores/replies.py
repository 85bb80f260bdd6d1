"""Stored replies: what a call with an Idempotency-Key was answered, so that asking again does nothing twice.

The claim is a row of its own transaction, so that a second try sees the first one running. The answer is stored in
the transaction of the effect: either both are there or neither. A claim whose process died is taken over after a
minute; should the first owner still be alive, it finds its claim gone when it stores its answer, and rolls back.
Answers, keys and requests may hold what belongs to a member: answers are kept sealed, the rest as keyed hash.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores import sealing
from stores.errors import Conflict, Refusal
from stores.masking import masked
from stores.models import StoredReply
from stores.prepared import prepared

KEPT = timedelta(hours=24)
STALE = timedelta(seconds=60)
SWEPT_AT_ONCE = 5000
READ_AT_ONCE = 1000

# An answered row is in nobody's way for a day; a row without an answer belongs to somebody for a minute. A claim does
# not wait for the disk: whatever is done under it is written after it, so that a crash loses both or the claim alone.
CLAIM = """
    INSERT INTO stores_storedreply (partner_id, place, key, fingerprint, created_at)
    SELECT %(partner)s::bigint, %(place)s::text, %(key)s::text, %(fingerprint)s::text, clock_timestamp()
      FROM set_config('synchronous_commit', 'off', true) WHERE true
    ON CONFLICT (partner_id, place, key) DO UPDATE
       SET fingerprint = excluded.fingerprint, status = NULL, body = NULL, created_at = excluded.created_at
     WHERE stores_storedreply.created_at < excluded.created_at - %(kept)s::interval
        OR (stores_storedreply.status IS NULL
            AND stores_storedreply.fingerprint = excluded.fingerprint
            AND stores_storedreply.created_at < excluded.created_at - %(stale)s::interval)
    RETURNING id, created_at
"""


STORE = """
    UPDATE stores_storedreply SET status = %s, body = %s
     WHERE id = %s AND created_at = %s AND status IS NULL
"""


class KeyReused(Refusal):
    """The same Idempotency-Key with another request."""

    code = "idempotency_key_reused"


class InFlight(Conflict):
    """The first call with this Idempotency-Key has not been answered yet."""

    code = "idempotency_in_flight"


@dataclass(frozen=True)
class Claim:
    """The right to carry out a call: its row, and the moment that tells this owner from the next."""

    pk: int
    since: datetime


@dataclass(frozen=True)
class Reply:
    """What the first call was answered: HTTP status and body as sent; no body once it was forgotten."""

    status: int
    text: str | None


def claim(partner_id: int, place: str, key: str, fingerprint: str) -> Claim | Reply:
    """Take the key for a call, or give the answer that the same call got before.

    Raises KeyReused when the key was used for another call, InFlight while the first one runs.
    """
    place, key, fingerprint = masked(place), kept_key(key), _hashed("request", fingerprint)
    params: dict[str, Any] = {"partner": partner_id, "place": place, "key": key, "fingerprint": fingerprint}
    params |= {"kept": KEPT, "stale": STALE}
    for _attempt in range(3):
        with prepared() as cursor:
            cursor.execute(CLAIM, params)
            row = cursor.fetchone()
        if row:
            return Claim(*row)
        held = StoredReply.objects.filter(partner_id=partner_id, place=place, key=key).first()
        if held is None:  # let go of between the two statements
            continue
        if held.fingerprint != fingerprint:
            raise KeyReused(_("This Idempotency-Key was used for another request. Use a new one."))
        if held.status is None:
            break
        return Reply(held.status, sealing.unseal(held.body) if held.body else None)
    raise InFlight(_("The first request with this Idempotency-Key is still running."), extra={"retry_after": 1})


def store(taken: Claim, status: int, text: str) -> None:
    """Keep the answer; to be called in the transaction of the effect. Raises InFlight when the claim was taken over,
    so that the effect is rolled back."""
    with prepared() as cursor:
        cursor.execute(STORE, [status, sealing.seal(text), taken.pk, taken.since])
        mine = cursor.rowcount == 1
    if not mine:
        raise InFlight(_("The first request with this Idempotency-Key is still running."), extra={"retry_after": 1})


def release(taken: Claim) -> None:
    """Let the key go without an answer, after a failure that may be tried again."""
    StoredReply.objects.filter(pk=taken.pk, created_at=taken.since, status=None).delete()


def forget(is_about: Callable[[str], bool]) -> int:
    """Forget what was answered wherever ``is_about`` finds in the text what nobody may read any more; the call stays
    known, so that it is not carried out again. Returns how many. Reads every answer of the last day."""
    last, forgotten = 0, 0
    while rows := _following(last):
        found = [pk for pk, body in rows if is_about(sealing.unseal(body))]
        forgotten += StoredReply.objects.filter(pk__in=found).update(body=None)
        last = rows[-1][0]
    return forgotten


def _following(last: int) -> list[Any]:
    kept = StoredReply.objects.filter(pk__gt=last, body__isnull=False).order_by("pk")
    return list(kept.values_list("pk", "body")[:READ_AT_ONCE])


def kept_key(key: str) -> str:
    """The form in which an Idempotency-Key is kept, to look one up by."""
    return _hashed("key", key)


def _hashed(what: str, text: str) -> str:
    return sealing.digest(f"reply {what}", text).hex()


def sweep() -> int:
    """Delete what was kept long enough; returns how many rows."""
    old = StoredReply.objects.filter(created_at__lt=timezone.now() - KEPT).order_by("created_at")
    return StoredReply.objects.filter(pk__in=old.values("pk")[:SWEPT_AT_ONCE]).delete()[0]
