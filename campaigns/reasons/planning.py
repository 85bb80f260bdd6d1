"""One statement that plans the tasks of some guides for a day: candidates of all reasons, best first, up to the cap.

Expected value of a task = the member's average basket x the chance of its reason (campaigns.reasons.chances). A member
gets at most one new task a day, and none while another is open, except for reasons that end by themselves (a coupon, a
birthday).
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import ReasonSetting
from campaigns.reasons import REASONS
from campaigns.reasons.chances import chance_of
from coupons.models import TemplateState
from stores.places import start_of_day
from stores.policy import define

CAP = define("tasks.per_guide_and_day", 14, _("Tasks of a guide at one time"), minimum=1, maximum=100)
BASKET = define("tasks.basket_without_orders", 50, _("Basket in yuan assumed for members without orders"), minimum=0)
REFUSED_PAUSE = define(
    "tasks.refused_pause_days", 180, _("Days without tasks for a member who does not want to be contacted"), minimum=0
)

MINE = """
    mine AS MATERIALIZED (
        SELECT m.id AS member_id, m.guide_id, g.store_id, s.time_zone, m.birthday_calendar, m.feast_month,
               m.feast_day, m.stage, m.bucket, f.favourite_category_id AS favourite,
               coalesce(f.orders, 0) AS orders, coalesce(f.orders_365d, 0) AS orders_365d, f.spend,
               (f.first_order_at AT TIME ZONE s.time_zone)::date AS first_on,
               (f.last_order_at AT TIME ZONE s.time_zone)::date AS last_on,
               f.usual_gap_days AS gap, coalesce(f.average_basket, %(basket)s) AS basket
        FROM stores_staff g
        JOIN stores_store s ON s.id = g.store_id
        JOIN members_member m ON m.guide_id = g.id AND m.state = 'active'
        LEFT JOIN members_memberfacts f ON f.member_id = m.id
        WHERE g.id = ANY(%(guides)s) AND g.is_active AND g.role IN ('guide', 'store_manager')
          AND (%(members)s::bigint[] IS NULL OR m.id = ANY(%(members)s::bigint[]))
          AND NOT EXISTS (
              SELECT FROM campaigns_guidetask t
              WHERE t.member_id = m.id AND t.outcome = 'refused' AND t.closed_at >= %(refused_since)s)
    )
"""
FRESH = """
    fresh AS (
        SELECT DISTINCT ON (c.member_id) c.*
        FROM candidates c
        WHERE NOT EXISTS (SELECT FROM campaigns_guidetask t WHERE t.member_id = c.member_id
                            AND t.reason = c.reason AND t.occurrence = c.occurrence)
          AND (c.urgent OR NOT EXISTS (SELECT FROM campaigns_guidetask t
                                       WHERE t.member_id = c.member_id AND t.state = 'open'))
        ORDER BY c.member_id, c.value DESC, c.priority, c.due_on
    )
"""
PLAN = f"""
    WITH {MINE}, candidates AS ({{candidates}}), {FRESH},
    taken AS (
        SELECT guide_id, count(*) AS tasks FROM campaigns_guidetask
        WHERE guide_id = ANY(%(guides)s)
          AND (state = 'open' AND due_on >= %(day)s OR state IN ('done', 'dismissed') AND closed_at >= %(midnight)s)
        GROUP BY guide_id
    ),
    ranked AS (
        SELECT fresh.*, row_number() OVER (PARTITION BY guide_id ORDER BY value DESC, priority, member_id) AS place
        FROM fresh
    )
    INSERT INTO campaigns_guidetask
        (member_id, guide_id, store_id, reason, occurrence, due_on, value, why, template_id, state, outcome, created_at)
    SELECT r.member_id, r.guide_id, r.store_id, r.reason, r.occurrence, r.due_on, r.value, r.why, r.template_id,
           'open', '', %(now)s
    FROM ranked r LEFT JOIN taken ON taken.guide_id = r.guide_id
    WHERE r.place <= %(cap)s - coalesce(taken.tasks, 0)
    ORDER BY r.guide_id, r.place
    ON CONFLICT (member_id, reason, occurrence) DO NOTHING
"""
BEST = f"""
    WITH {MINE}, candidates AS ({{candidates}}), {FRESH}
    SELECT member_id, guide_id, store_id, reason, occurrence, due_on, value, why, template_id FROM fresh
"""
ONE = """
    SELECT '{key}' AS reason, {priority} AS priority, {urgent} AS urgent, c.member_id, c.guide_id, c.store_id,
           c.occurrence, c.due_on, round(c.basket * %({key}_chance)s / 100.0, 2) AS value, c.why,
           %({key}_template)s::bigint AS template_id
    FROM ({candidates}) c WHERE c.due_on >= %(day)s
"""


def plan_for(guides: Sequence[int], day: date) -> int:
    """Plan the tasks of these guides (ids) for a business day; returns how many are new. Twice is as good as once."""
    sql, parameters = _statement(PLAN, guides, day, None)
    if not sql:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


def best_for(member_id: int, guide_id: int, day: date) -> dict[str, Any] | None:
    """The most valuable task that could be planned for a member now, as a row; nothing is written."""
    sql, parameters = _statement(BEST, [guide_id], day, [member_id])
    if not sql:
        return None
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    found = dict(zip(names, row, strict=True)) if row else None
    return found and {**found, "why": json.loads(found["why"])}


def _statement(
    frame: str, guides: Sequence[int], day: date, members: Sequence[int] | None
) -> tuple[str, dict[str, Any]]:
    """The frame filled with the candidates of all active reasons, and every parameter; empty when none is active."""
    settings = {row.reason: row for row in ReasonSetting.objects.select_related("template")}
    midnight = start_of_day(None, day)
    parameters: dict[str, Any] = {
        "guides": list(guides),
        "members": list(members) if members is not None else None,
        "day": day,
        "midnight": midnight,
        "now": timezone.now(),
        "basket": BASKET.value,
        "cap": CAP.value,
        "refused_since": start_of_day(None, date.fromordinal(day.toordinal() - REFUSED_PAUSE.value)),
    }
    parts = []
    for reason in REASONS.values():
        setting = settings.get(reason.key) or ReasonSetting(reason=reason.key)
        if not setting.is_active or not reason.candidates:
            continue
        key = reason.key.value
        candidates = reason.candidates.replace("%(days)s", f"%({key}_days)s")
        parts.append(ONE.format(key=key, priority=reason.priority, urgent=reason.urgent, candidates=candidates))
        parameters |= reason.parameters(day)
        parameters |= {
            f"{key}_days": setting.days or reason.days,
            f"{key}_chance": chance_of(setting).percent,
            f"{key}_template": usable_template(setting),
        }
    return (frame.format(candidates=" UNION ALL ".join(parts)) if parts else "", parameters)


def usable_template(setting: ReasonSetting) -> int | None:
    """The suggested coupon, as long as guides may send it."""
    template = setting.template
    usable = template is not None and template.state == TemplateState.ACTIVE and template.open_to_guides
    return template.pk if template is not None and usable else None
