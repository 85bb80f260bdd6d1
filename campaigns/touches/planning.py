"""Planning touches: many members in one statement, each exactly once.

A touch is known by member, source, source's row, step, occurrence and channel; planning it again changes nothing, so a
killed job simply plans its chunk again. Whether it may leave is asked when it does (campaigns.touches.policy).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Channel, Touch
from stores.arrays import array
from stores.policy import define

KEPT_DAYS = define(
    "touches.kept_days", 7, _("Days after which a message that could not leave is dropped"), minimum=1, maximum=90
)

GIVEN = """
    SELECT g.member_id, g.source_id, %(value)s::numeric AS value, g.coupon_id
      FROM unnest(%(members)s::bigint[], %(sources)s::bigint[], %(coupons)s::bigint[])
           AS g (member_id, source_id, coupon_id)
"""
# A member without a store or guide has touches without one. Only what a guide confirms is put down to the guide.
# What is there already is asked for row by row, along the index that keeps touches single (OFFSET 0 sees to that).
PLAN = """
    INSERT INTO campaigns_touch
        (member_id, guide_id, store_id, source, source_id, step, occurrence, channel, message_id, coupon_id, value,
         due_at, stale_at, at)
    SELECT p.member_id, CASE WHEN %(_by_guide)s THEN m.guide_id END, m.home_store_id, %(_source)s, p.source_id,
           %(_step)s, %(_occurrence)s, %(_channel)s, %(_message)s, p.coupon_id, p.value, %(_due)s, %(_stale)s, %(_due)s
      FROM ({rows}) AS p (member_id, source_id, value, coupon_id)
      JOIN members_member m ON m.id = p.member_id
     WHERE NOT EXISTS (
           SELECT FROM campaigns_touch t
            WHERE t.source = %(_source)s AND t.source_id = p.source_id AND t.member_id = p.member_id
              AND t.step = %(_step)s AND t.occurrence = %(_occurrence)s AND t.channel = %(_channel)s OFFSET 0)
     ORDER BY p.member_id
"""
# For each row its place is held first: a third dearer, and needed only when somebody plans the same at this moment.
PLAN_BESIDE_OTHERS = f"""{PLAN}
    ON CONFLICT (member_id, source, source_id, step, occurrence, channel) DO NOTHING
"""


def plan(
    source: str,
    channel: str,
    message_id: int,
    *,
    members: Sequence[int],
    source_ids: Sequence[int],
    step: str = "",
    occurrence: str = "",
    due_at: datetime,
    stale_at: datetime | None = None,
    value: Decimal = Decimal(0),
    coupons: Mapping[int, int] | None = None,
) -> int:
    """Plan a message for members, in the caller's transaction; returns how many are new.

    ``source_ids`` go with ``members`` one by one: the trip of each for a journey, the same occurrence again and again
    for a campaign. ``value`` is what one message is expected to bring, in yuan; ``coupons`` the coupon that the words
    name, by member. Without ``stale_at`` it is dropped ``touches.kept_days`` after it was due.
    """
    given = coupons or {}
    params = {
        "members": array(members),
        "sources": array(source_ids),
        "coupons": array(given.get(member) for member in members),
        "value": value,
    }
    return plan_rows(
        GIVEN, params, source, channel, message_id, step=step, occurrence=occurrence, due_at=due_at, stale_at=stale_at
    )


def plan_rows(
    sql: str,
    params: Mapping[str, Any],
    source: str,
    channel: str,
    message_id: int,
    *,
    step: str = "",
    occurrence: str = "",
    due_at: datetime,
    stale_at: datetime | None = None,
) -> int:
    """Plan a message for whoever a statement yields; returns how many are new.

    ``sql`` is our own text, with ``params`` by name (none begins with an underscore), and yields four columns: member,
    row of the source, expected value in yuan, coupon or NULL. See ``plan`` for the rest.
    """
    if source not in Touch.Source.values or channel not in Channel.values:
        raise ValueError(f"no such source or channel: {source} {channel}")
    ours: dict[str, Any] = {
        "_source": source,
        "_channel": channel,
        "_by_guide": channel == Channel.WECOM,
        "_message": message_id,
        "_step": step,
        "_occurrence": occurrence,
        "_due": due_at,
        "_stale": stale_at or due_at + timedelta(days=KEPT_DAYS.value),
    }
    try:
        with transaction.atomic():
            return _planned(PLAN.format(rows=sql), {**params, **ours})
    except IntegrityError:
        return _planned(PLAN_BESIDE_OTHERS.format(rows=sql), {**params, **ours})


def _planned(sql: str, params: Mapping[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount
