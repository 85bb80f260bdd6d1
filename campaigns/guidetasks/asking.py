"""Asking guides for something from above: a journey or a campaign names the members, this finds out who can do it.

Unlike what the night plans (campaigns.reasons.planning), the occasion is not in the member's facts but in the campaign;
which guide, the value and the words beside it come from the same places.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from campaigns.models import Reason, ReasonSetting
from campaigns.reasons.chances import chance_of
from campaigns.reasons.planning import BASKET, CAP, REFUSED_PAUSE, usable_template
from stores.places import business_day, start_of_day

ASKED = """
    SELECT * FROM unnest(%(members)s::bigint[], %(occurrences)s::text[], %(coupons)s::bigint[])
        AS given(member_id, occurrence, coupon_id)
"""
WANTS_NONE = """EXISTS (
    SELECT FROM campaigns_guidetask t
     WHERE t.member_id = m.id AND t.outcome = 'refused' AND t.closed_at >= %(refused_since)s)"""
GUIDE = "g.id = m.guide_id AND g.is_active AND g.role IN ('guide', 'store_manager')"
ASK = f"""
    WITH asked (member_id, occurrence, coupon_id) AS MATERIALIZED ({{asked}}),
    mine AS (
        SELECT m.id AS member_id, a.occurrence, a.coupon_id, g.id AS guide_id, g.store_id, f.usual_gap_days AS gap,
               (f.last_order_at AT TIME ZONE s.time_zone)::date AS last_on,
               coalesce(%(value)s::numeric,
                        round(coalesce(f.average_basket, %(basket)s) * %(chance)s / 100.0, 2)) AS value
          FROM asked a
          JOIN members_member m ON m.id = a.member_id AND m.state = 'active'
          JOIN stores_staff g ON {GUIDE}
          JOIN stores_store s ON s.id = g.store_id
          LEFT JOIN members_memberfacts f ON f.member_id = m.id
         WHERE NOT {WANTS_NONE}
           AND NOT EXISTS (SELECT FROM campaigns_guidetask t
                            WHERE t.member_id = m.id AND t.reason = %(reason)s AND t.occurrence = a.occurrence
                              AND NOT (t.state = 'lapsed' AND t.due_on >= %(day)s))
    ),
    taken AS (
        SELECT t.guide_id, count(*) AS tasks FROM campaigns_guidetask t
         WHERE t.guide_id IN (SELECT guide_id FROM mine) AND {{counted}} GROUP BY t.guide_id
    ),
    ranked AS (
        SELECT mine.*, row_number() OVER (PARTITION BY guide_id ORDER BY value DESC, member_id) AS place FROM mine
    )
    INSERT INTO campaigns_guidetask AS k
        (member_id, guide_id, store_id, reason, occurrence, due_on, value, why, template_id, state, outcome, created_at)
    SELECT r.member_id, r.guide_id, r.store_id, %(reason)s, r.occurrence, %(due_on)s, r.value,
           %(why)s::jsonb || jsonb_strip_nulls(
               jsonb_build_object('last', r.last_on, 'gap', r.gap, 'coupon', r.coupon_id)),
           %(template)s, 'open', '', %(at)s
      FROM ranked r LEFT JOIN taken ON taken.guide_id = r.guide_id
     WHERE r.place <= %(most)s - coalesce(taken.tasks, 0)
     ORDER BY r.member_id
    ON CONFLICT (member_id, reason, occurrence) DO UPDATE
       SET state = 'open', guide_id = excluded.guide_id, store_id = excluded.store_id, closed_at = NULL
     WHERE k.state = 'lapsed' AND k.due_on >= %(day)s
    RETURNING k.member_id, k.id
"""
ON_THE_LIST = """(t.state = 'open' AND t.due_on >= %(day)s
    OR t.state IN ('done', 'dismissed') AND t.closed_at >= %(midnight)s)"""
OF_THE_OCCASION = "t.reason = %(reason)s AND t.occurrence IN (SELECT occurrence FROM asked)"
WHY_NOT = f"""
    SELECT m.id, CASE WHEN EXISTS (SELECT FROM campaigns_guidetask t WHERE t.member_id = m.id
                                      AND t.reason = %(reason)s AND t.occurrence = a.occurrence) THEN 'asked_before'
                      WHEN g.id IS NULL THEN 'no_guide' WHEN {WANTS_NONE} THEN 'wants_none' ELSE 'list_full' END
      FROM ({ASKED}) AS a JOIN members_member m ON m.id = a.member_id
      LEFT JOIN stores_staff g ON {GUIDE} AND g.store_id IS NOT NULL
     WHERE NOT m.id = ANY(%(got)s)
"""


class NotAsked(models.TextChoices):
    """Why no guide was asked."""

    NO_GUIDE = "no_guide", _("Nobody looks after them")
    WANTS_NONE = "wants_none", _("Does not want to be contacted")
    LIST_FULL = "list_full", _("The guide's list is full")
    ASKED_BEFORE = "asked_before", _("Was asked before")


@dataclass(frozen=True)
class Occasion:
    """What guides are asked for: why, by when (a date), which coupon to offer, and what it is worth.

    ``why`` holds ``name`` (of the journey or campaign) and may hold ``asks`` (what to do, in headquarters' words) and
    ``script`` (a Script's key). ``value`` is yuan; without it the member's average basket times the reason's chance.
    ``most_per_guide`` limits the tasks of this occasion; without it a guide's list has the house's usual length.
    """

    reason: Reason
    due_on: date
    why: Mapping[str, Any]
    template: int | None = None
    value: Decimal | None = None
    most_per_guide: int | None = None


@dataclass(frozen=True)
class Asked:
    """The task of each member for whom somebody was asked, and the others by why not."""

    tasks: Mapping[int, int] = field(default_factory=dict)
    refused: Mapping[NotAsked, Sequence[int]] = field(default_factory=dict)


def ask(
    occasion: Occasion, occurrences: Mapping[int, str], *, at: datetime, coupons: Mapping[int, int] | None = None
) -> Asked:
    """Ask the guides of these members (each with the name of the occurrence); in the caller's transaction.

    ``coupons`` are those in the members' wallets that it is about. Twice is as good as once; a task that lapsed before
    its day, because nobody looked after the member, is opened again.
    """
    if not occurrences:
        return Asked()
    members = sorted(occurrences)
    held = coupons or {}
    params: dict[str, Any] = {
        "members": members,
        "occurrences": [occurrences[member] for member in members],
        "coupons": [held.get(member) for member in members],
    }
    tasks = ask_rows(occasion, ASKED, params, at=at)
    refused: dict[NotAsked, list[int]] = {}
    if len(tasks) < len(members):
        with connection.cursor() as cursor:
            cursor.execute(WHY_NOT, {**params, **_parameters(occasion, at), "got": list(tasks)})
            for member, why in cursor.fetchall():
                refused.setdefault(NotAsked(why), []).append(member)
    return Asked(tasks, refused)


def ask_rows(occasion: Occasion, sql: str, params: Mapping[str, Any], *, at: datetime) -> Mapping[int, int]:
    """As ``ask``, of the members whom a SELECT yields (member_id, occurrence, coupon_id); returns the tasks by member.

    The best members come first where a guide cannot do all.
    """
    counted = ON_THE_LIST if occasion.most_per_guide is None else OF_THE_OCCASION
    with connection.cursor() as cursor:
        cursor.execute(ASK.format(asked=sql, counted=counted), {**params, **_parameters(occasion, at)})
        return dict(cursor.fetchall())


def _parameters(occasion: Occasion, at: datetime) -> dict[str, Any]:
    setting = ReasonSetting.objects.filter(reason=occasion.reason).select_related("template").first()
    day = business_day(None, at)
    return {
        "reason": occasion.reason.value,
        "due_on": occasion.due_on,
        "why": json.dumps(dict(occasion.why)),
        "template": occasion.template or (usable_template(setting) if setting else None),
        "value": occasion.value,
        "basket": BASKET.value,
        "chance": chance_of(setting or ReasonSetting(reason=occasion.reason.value)).percent,
        "most": CAP.value if occasion.most_per_guide is None else occasion.most_per_guide,
        "day": day,
        "midnight": start_of_day(None, day),
        "refused_since": start_of_day(None, date.fromordinal(day.toordinal() - REFUSED_PAUSE.value)),
        "at": at,
    }
