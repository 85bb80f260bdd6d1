"""Writing down what came of messages: what a channel said, what it pushed, what nobody knows.

An answer counts for the attempt it belongs to, however late it comes: knowing beats not knowing. A message that has
certainly not left is planned again at growing distances, until ``touches.horizon_hours`` after it was first tried or
until it makes no sense any more: so an outage of an hour loses nothing, and nobody tries for ever.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import Came, Receipt, Sent
from stores.policy import define

HORIZON = define(
    "touches.horizon_hours",
    24,
    _("Hours in which a message is tried again before it is given up"),
    minimum=1,
    maximum=168,
)
ASKED_DAYS = define("touches.asked_days", 3, _("Days in which a provider is asked about an unclear message"), minimum=1)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=30)
GAVE_UP, STALE = "gave_up", "stale"
UNTRIED = ["no_time", "lease_over"]  # put back before anybody was called: that wears nothing out
KEY = "tch-{}"

# ``planned`` ends with the horizon or when it is stale; the last attempt is made right at the horizon, and half way to
# the end of its sense where that is nearer than the wait. Waits are durations, since leases go by the database's clock.
RECORD = """
    WITH said AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(attempts)s::int[], %(states)s::text[], %(providers)s::text[],
                             %(reasons)s::text[], %(untils)s::timestamptz[], %(delivered)s::timestamptz[])
            AS w (id, attempt, state, provider, reason, until, delivered)
    ), heard AS (
        SELECT s.*, t.stale_at, s.state = 'planned' AND s.reason = ANY(%(untried)s) AS untried,
               coalesce(t.tried_since, t.at) AS since,
               coalesce(s.until, %(now)s::timestamptz + CASE
                   WHEN s.reason = ANY(%(untried)s) THEN %(first)s::interval
                   ELSE least(%(first)s::interval * power(2, least(t.attempt, 9) - 1), %(longest)s::interval,
                              greatest(%(first)s::interval, (t.stale_at - %(now)s::timestamptz) / 2))
                   END) AS wish
          FROM said s JOIN campaigns_touch t ON t.id = s.id AND t.attempt = s.attempt
         WHERE t.state IN ('claimed', 'unknown')
         ORDER BY t.id FOR NO KEY UPDATE OF t
    ), known AS (
        SELECT h.*, h.state = 'planned' AND NOT h.untried AND %(now)s::timestamptz >= h.since + %(horizon)s AS worn,
               CASE WHEN h.state = 'planned' AND NOT h.untried
                    THEN least(h.wish, greatest(h.since + %(horizon)s, %(now)s::timestamptz)) ELSE h.wish END AS next
          FROM heard h
    )
    UPDATE campaigns_touch t
       SET state = CASE WHEN k.worn THEN 'rejected' WHEN k.state <> 'planned' THEN k.state
                        WHEN k.stale_at <= k.next THEN 'suppressed' ELSE 'planned' END,
           suppressed_by = CASE WHEN k.worn THEN %(gave_up)s WHEN k.state = 'accepted' THEN ''
                                WHEN k.state = 'planned' AND k.stale_at <= k.next THEN %(stale)s ELSE k.reason END,
           provider_id = CASE WHEN k.provider = '' THEN t.provider_id ELSE k.provider END,
           due_at = CASE WHEN k.state = 'planned' THEN k.next ELSE t.due_at END,
           at = CASE WHEN k.state = 'planned' AND NOT k.worn THEN k.next ELSE t.at END,
           tried_since = CASE WHEN k.state = 'planned' AND NOT k.untried THEN k.since ELSE t.tried_since END,
           lease_until = CASE WHEN k.state = 'unknown'
                              THEN clock_timestamp() + (k.next - %(now)s::timestamptz) END,
           delivered_at = coalesce(t.delivered_at, k.delivered)
      FROM known k WHERE t.id = k.id
"""
# A provider that has it after all takes it out of the plan; a failed delivery counts until the message is delivered.
SUPPRESS = """
    UPDATE campaigns_touch t SET state = 'suppressed', suppressed_by = w.reason, lease_until = NULL
      FROM unnest(%(ids)s::bigint[], %(attempts)s::int[], %(reasons)s::text[]) AS w (id, attempt, reason)
     WHERE t.id = w.id AND t.attempt = w.attempt AND t.state = 'claimed'
"""
RECEIVE = """
    WITH said AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(providers)s::text[], %(states)s::text[], %(reasons)s::text[],
                             %(delivered)s::timestamptz[], %(read)s::timestamptz[])
            AS w (id, provider, state, reason, delivered, read)
    ), meant AS (
        SELECT s.id, s.state, s.reason, s.delivered, s.read FROM said s WHERE s.id IS NOT NULL
        UNION ALL
        SELECT t.id, s.state, s.reason, s.delivered, s.read FROM said s
          JOIN campaigns_touch t ON t.channel = %(channel)s AND t.provider_id = s.provider AND t.provider_id <> ''
         WHERE s.id IS NULL
    ), together AS (
        SELECT m.id, min(m.delivered) AS delivered, min(m.read) AS read, max(m.reason) AS reason,
               bool_or(m.state = 'rejected') AS failed, bool_or(m.state = 'accepted') AS taken
          FROM meant m GROUP BY m.id
    ), news AS (
        SELECT t.id, coalesce(t.delivered_at, n.delivered) AS delivered, coalesce(t.read_at, n.read) AS read,
               CASE WHEN coalesce(t.delivered_at, n.delivered, t.read_at, n.read) IS NOT NULL THEN 'accepted'
                    WHEN n.failed THEN 'rejected'
                    WHEN n.taken AND t.state <> 'rejected' THEN 'accepted' ELSE t.state END AS state, n.reason
          FROM together n JOIN campaigns_touch t ON t.id = n.id
         WHERE t.channel = %(channel)s AND t.attempt > 0 AND t.state <> 'suppressed'
         ORDER BY t.id FOR NO KEY UPDATE OF t
    )
    UPDATE campaigns_touch t
       SET state = n.state, delivered_at = n.delivered, read_at = n.read,
           suppressed_by = CASE n.state WHEN 'accepted' THEN '' WHEN t.state THEN t.suppressed_by ELSE n.reason END,
           lease_until = CASE WHEN n.state IN ('claimed', 'unknown') THEN t.lease_until END
      FROM news n
     WHERE t.id = n.id AND (t.state, t.delivered_at, t.read_at) IS DISTINCT FROM (n.state, n.delivered, n.read)
"""


def key_of(touch_id: int) -> str:
    """The name by which a provider knows a message again, the same for every attempt."""
    return KEY.format(touch_id)


def touch_of(key: str) -> int | None:
    """The touch behind a name that a provider tells us; None for one that is none of ours."""
    digits = key.removeprefix(KEY.format(""))
    return int(digits) if digits != key and digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def record(sent: Sequence[Sent], attempts: Mapping[int, int], *, now: datetime | None = None) -> int:
    """Write down what a channel said of messages; ``attempts`` says which attempt of each. Returns how many counted.

    What belongs to another attempt or is settled already changes nothing.
    """
    known = {one.touch_id: one for one in sent if one.touch_id in attempts}
    rows = list(known.values())
    params = {
        "ids": list(known),
        "attempts": [attempts[pk] for pk in known],
        "states": [one.state.value for one in rows],
        "providers": [one.provider_id[:80] for one in rows],
        "reasons": [one.reason[:40] for one in rows],
        "untils": [one.retry_at for one in rows],
        "delivered": [one.delivered_at for one in rows],
        "now": now or timezone.now(),
        "first": FIRST_WAIT,
        "longest": LONGEST_WAIT,
        "horizon": timedelta(hours=HORIZON.value),
        "gave_up": GAVE_UP,
        "stale": STALE,
        "untried": UNTRIED,
    }
    return _run(RECORD, params) if rows else 0


def hold_back(reasons: Mapping[int, str], attempts: Mapping[int, int]) -> int:
    """Hold back claimed touches that cannot leave after all, each for its reason; returns how many."""
    params = {
        "ids": list(reasons),
        "attempts": [attempts[pk] for pk in reasons],
        "reasons": list(reasons.values()),
    }
    return _run(SUPPRESS, params) if reasons else 0


def receive(channel: str, receipts: Sequence[Receipt]) -> int:
    """Write down what a provider pushed; returns how many touches changed. Twice is once, in any order."""
    named = [(touch_of(one.key), one) for one in receipts]
    kept = [(pk, one) for pk, one in named if pk or one.provider_id]
    params = {
        "channel": channel,
        "ids": [pk for pk, _one in kept],
        "providers": ["" if pk else one.provider_id for pk, one in kept],
        "states": [_final(one) for _pk, one in kept],
        "reasons": [one.reason[:40] for _pk, one in kept],
        "delivered": [one.delivered_at for _pk, one in kept],
        "read": [one.read_at for _pk, one in kept],
    }
    return _run(RECEIVE, params) if kept else 0


def _final(receipt: Receipt) -> str:
    """Only what is certain changes a state."""
    return receipt.state.value if receipt.state in (Came.ACCEPTED, Came.REJECTED) else ""


def _run(sql: str, params: Mapping[str, Any]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount
