"""Messages of which nobody knows whether they left: the provider is asked, again and again at growing distances.

A lease that ran out belongs to a worker that died: before, during or after the call, nobody can tell. Only where the
provider knows a message again by its key is it simply sent once more.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.channels import CHANNELS
from campaigns.channels.base import Asked, Came, Sent
from campaigns.touches import outcomes, wording

logger = logging.getLogger(__name__)

AT_ONCE = 500
SECONDS = 20.0
LEASE = timedelta(minutes=5)
SOONEST, LONGEST = timedelta(minutes=1), timedelta(hours=2)
CONFIRMED_WITHIN = timedelta(days=31)  # longer than a channel may let a person take

LOST = """
    UPDATE campaigns_touch t
       SET state = CASE WHEN t.channel = ANY(%(safe)s) THEN 'planned' ELSE 'unknown' END,
           suppressed_by = 'worker_lost',
           lease_until = CASE WHEN t.channel = ANY(%(safe)s) THEN NULL ELSE clock_timestamp() END
      FROM (SELECT id FROM campaigns_touch WHERE state = 'claimed' AND lease_until < clock_timestamp()
             ORDER BY id LIMIT 50000 FOR NO KEY UPDATE SKIP LOCKED) AS lost
     WHERE t.id = lost.id
"""
TAKE = """
    UPDATE campaigns_touch t SET lease_until = clock_timestamp() + %(lease)s::interval
      FROM (SELECT id FROM campaigns_touch
             WHERE state = 'unknown' AND lease_until <= clock_timestamp() AND channel = ANY(%(channels)s)
             ORDER BY lease_until LIMIT %(size)s FOR NO KEY UPDATE SKIP LOCKED) AS due
     WHERE t.id = due.id
    RETURNING t.id, t.member_id, t.channel, t.provider_id, t.guide_id, t.at, t.attempt
"""
# Nobody will ever know. It goes on counting as a contact: better one too few than one too many. Where a person
# confirms, the channel itself takes back what waits too long; to give it up before would leave it lying there.
GIVE_UP = """
    UPDATE campaigns_touch SET lease_until = NULL, suppressed_by = 'never_known'
     WHERE state = 'unknown' AND lease_until IS NOT NULL AND at < %(before)s
       AND (at < %(long_before)s OR NOT channel = ANY(%(by_hand)s))
"""


def ask_due(*, seconds: float = SECONDS) -> int:
    """Find leases that ran out, ask for ``seconds`` about what is unclear and due to be asked; returns how many were
    asked about. What is left waits for the next time: a provider that answers slowly must not keep others from sending.
    """
    now, until = timezone.now(), time.monotonic() + seconds
    on = [key for key, speaker in CHANNELS.items() if speaker.is_set_up()]
    _run(LOST, {"safe": [key for key, speaker in CHANNELS.items() if speaker.idempotent]})
    asked = 0
    while time.monotonic() < until and (rows := _taken(on)):
        by_channel: dict[str, list[tuple]] = defaultdict(list)
        for row in rows:
            by_channel[row[2]].append(row)
        for channel, those in by_channel.items():
            outcomes.record(_ask(channel, those), {row[0]: row[6] for row in those})
        asked += len(rows)
    before = now - timedelta(days=outcomes.ASKED_DAYS.value)
    by_hand = [key for key, speaker in CHANNELS.items() if speaker.asks_person]
    _run(GIVE_UP, {"before": before, "long_before": before - CONFIRMED_WITHIN, "by_hand": by_hand})
    return asked


def _ask(channel: str, rows: Sequence[tuple]) -> Sequence[Sent]:
    """What the provider says, with an answer for every touch: as long again as it is unclear, it is left in peace."""
    speaker = CHANNELS[channel]
    kind = speaker.address_kind
    addresses: Mapping[int, str] = wording.addresses_of([row[1] for row in rows], kind) if kind else {}
    asked = [Asked(pk, outcomes.key_of(pk), number, addresses.get(member, ""), guide, at)
             for pk, member, _channel, number, guide, at, _attempt in rows]  # fmt: skip
    try:
        said = {one.touch_id: one for one in speaker.ask(asked)}
    except Exception:  # asked again later
        logger.exception("channel %s cannot be asked", channel)
        said = {}
    now = timezone.now()  # after the call: what it said only slowly is not due again at once
    answers = (said.get(one.touch_id, Sent(one.touch_id, Came.UNKNOWN, reason="no_answer")) for one in asked)
    return [_in_time(answer, at, now) for answer, at in zip(answers, (one.at for one in asked), strict=True)]


def _in_time(answer: Sent, at: datetime, now: datetime) -> Sent:
    if answer.state != Came.UNKNOWN or answer.retry_at is not None:
        return answer
    again = now + min(LONGEST, max(SOONEST, now - at))
    return Sent(answer.touch_id, answer.state, answer.provider_id, answer.reason, again, answer.delivered_at)


def _taken(channels: Sequence[str]) -> list[tuple]:
    with transaction.atomic(), connection.cursor() as cursor:
        params: dict[str, Any] = {"lease": LEASE, "channels": list(channels), "size": AT_ONCE}
        cursor.execute(TAKE, params)
        return cursor.fetchall()


def _run(sql: str, params: Mapping[str, Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
