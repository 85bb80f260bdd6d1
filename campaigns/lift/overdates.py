"""The effect of a recurring campaign over all of its dates, counted by heads.

The same members take part in date after date, and whoever bought on one is likelier to buy on the next: dates are no
experiments apart, and taking them for such would make the interval too narrow. So each member is one observation, with
the share of their dates on which they bought and what they spent on a date on average; both arms, which are the same
people on all dates, are compared by these. Only dates of which is still known who took part can be counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from campaigns.lift.arms import Arm

HEADS = """
    WITH part AS MATERIALIZED (
        SELECT p.member_id, p.held_out, d.id AS date, d.since, d.until
          FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[]) AS d (id, since, until)
          JOIN campaigns_participant p ON p.occurrence_id = d.id
    ), spent AS (
        SELECT p.member_id, p.date, sum(o.net_amount - o.returned_amount)::float AS yuan
          FROM part p
          JOIN members_order o ON o.member_id = p.member_id AND o.paid_at > p.since AND o.paid_at <= p.until
         GROUP BY 1, 2
    ), heads AS (
        SELECT p.member_id, bool_and(p.held_out) AS control,
               count(*) FILTER (WHERE s.yuan > 0)::float / count(*) AS bought,
               coalesce(sum(s.yuan), 0) / count(*) AS yuan
          FROM part p
          JOIN members_member m ON m.id = p.member_id AND m.merged_into_id IS NULL
          LEFT JOIN spent s ON s.member_id = p.member_id AND s.date = p.date
         GROUP BY 1
    )
    SELECT control, count(*), count(*) FILTER (WHERE bought > 0), sum(bought), sum(bought * bought), sum(yuan),
           sum(yuan * yuan)
      FROM heads GROUP BY 1
"""


@dataclass(frozen=True)
class Watched:
    """A date and the time in which its orders count."""

    occurrence: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Heads:
    """An arm by heads: ``bought`` sums the share of their dates on which members bought, ``spent`` yuan a date."""

    bought: Arm = Arm()
    spent: Arm = Arm()


def heads(dates: Sequence[Watched]) -> tuple[Heads, Heads]:
    """The treated and those left alone over some dates, each member once. Whoever was treated on one date (after a
    merge) counts as treated."""
    found = {False: Heads(), True: Heads()}
    with connection.cursor() as cursor:
        cursor.execute(
            HEADS,
            {
                "ids": [one.occurrence for one in dates],
                "since": [one.since for one in dates],
                "until": [one.until for one in dates],
            },
        )
        for control, members, ever, shares, share_squares, yuan, yuan_squares in cursor.fetchall():
            found[control] = Heads(Arm(members, ever, shares, share_squares), Arm(members, ever, yuan, yuan_squares))
    return found[False], found[True]
