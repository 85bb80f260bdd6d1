"""Results of large templates, counted beforehand: by night, and when somebody asks.

Only days are counted again on which something changed: coupons were given, moved, or an order or a return of theirs
arrived. What was seen is told by the numbers of rows, not by their times, since tills send what happened in the past. A
number counts as seen once every transaction that ran when it was noted has ended: none can come below it any more.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from coupons.models import CountState, CouponTemplate
from coupons.results import FIGURES, GIVEN, window_of
from stores import jobs
from stores.models import Job, JobState, Staff
from stores.places import zone_of
from stores.policy import define

KIND = "coupons.count_results"
COUNTED_ABOVE = define(
    "coupons.counted_above",
    20_000,
    _("Coupons of a template above which its results are counted beforehand"),
    minimum=0,
    maximum=10_000_000,
)
PER_CHUNK = 300_000  # coupons counted in one transaction, unless a single day has more
STALE_AFTER = timedelta(minutes=30)
LATE = timedelta(hours=1)  # orders and returns are known by when they were written down; nothing takes longer to commit
MARK = """
    SELECT coalesce((SELECT max(id) FROM coupons_couponevent), 0), coalesce((SELECT max(id) FROM coupons_coupon), 0),
           pg_current_xact_id()::text::bigint, pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""
ALL_DAYS = """
    SELECT (issued_at AT TIME ZONE %(zone)s)::date AS day, count(*) FROM coupons_coupon
     WHERE template_id = %(template)s GROUP BY 1 ORDER BY 1
"""
CHANGED_DAYS = """
    WITH moved AS (
        SELECT e.coupon_id, e.order_channel, e.order_no FROM coupons_couponevent e WHERE e.id > %(event)s
    ), receipts AS (
        SELECT order_channel AS channel, order_no FROM moved WHERE order_no <> ''
        UNION SELECT channel, order_no FROM members_order WHERE recorded_at >= %(late)s
        UNION SELECT o.channel, o.order_no FROM members_return r JOIN members_order o ON o.id = r.order_id
               WHERE r.recorded_at >= %(late)s
    ), touched AS (
        SELECT id FROM coupons_coupon WHERE id > %(coupon)s AND template_id = %(template)s
        UNION SELECT coupon_id FROM moved
        UNION SELECT id FROM coupons_coupon
               WHERE state = 'issued' AND valid_until > %(before)s AND valid_until <= %(now)s
        UNION SELECT c.id FROM receipts n JOIN coupons_coupon c
                ON c.order_no = n.order_no AND c.order_channel = n.channel AND c.order_no <> ''
    ), days AS (
        SELECT DISTINCT (c.issued_at AT TIME ZONE %(zone)s)::date AS day
          FROM coupons_coupon c JOIN touched USING (id) WHERE c.template_id = %(template)s
    )
    SELECT day, (SELECT count(*) FROM coupons_coupon c WHERE c.template_id = %(template)s
                    AND c.issued_at >= day::timestamp AT TIME ZONE %(zone)s
                    AND c.issued_at < (day + 1)::timestamp AT TIME ZONE %(zone)s)
      FROM days ORDER BY day
"""
GONE = "DELETE FROM coupons_couponcount WHERE template_id = %(template)s AND NOT day = ANY(%(days)s)"
FORGET = "DELETE FROM coupons_couponcount WHERE template_id = %(template)s AND day BETWEEN %(first)s AND %(last)s"
COUNT = f"""
    WITH {GIVEN}
    INSERT INTO coupons_couponcount (template_id, day, store_id, guide_id, issued, used, voided, live, cost, sales,
                                     orders)
    SELECT %(template)s, given.day, m.home_store_id, given.guide_id, {FIGURES}
     GROUP BY given.day, m.home_store_id, given.guide_id
"""


def start(template: CouponTemplate, *, by: Staff | None, anew: bool = False) -> Job:
    """Plan a count of a template, of all its days with ``anew``; the one that is still open is returned as it is."""
    rows = Job.objects.filter(kind=KIND, params__template=template.pk, params__anew=anew)
    going = rows.filter(state__in=(JobState.WAITING, JobState.RUNNING)).order_by("-pk").first()
    title = _("Results counted: %(name)s") % {"name": template.name}
    return going or jobs.plan(KIND, params={"template": template.pk, "anew": anew}, title=title, by=by)


def latest_job(template: CouponTemplate) -> Job | None:
    """The last count that was asked for."""
    return Job.objects.filter(kind=KIND, params__template=template.pk).order_by("-pk").first()


def is_large(template: CouponTemplate) -> bool:
    """Whether the results of a template are counted beforehand."""
    return template.issued > COUNTED_ABOVE.value


def keep_fresh(template: CouponTemplate) -> Job | None:
    """Have a large template counted again whose last count is older than ``STALE_AFTER``; the job that is open."""
    if not is_large(template):
        return None
    as_of = CountState.objects.filter(template=template).values_list("as_of", flat=True).first()
    if as_of and timezone.now() - as_of < STALE_AFTER:
        return None
    return start(template, by=None)


def count_chunk(job: Job) -> bool:
    """Some days of one template (config/jobs.py); by night of every large one. True when all is counted."""
    if "templates" not in job.cursor:
        job.cursor = {"templates": _wanted(job), "days": None}
        job.total = len(job.cursor["templates"])
    templates, days = job.cursor["templates"], job.cursor["days"]
    if not templates:
        return True
    state, _new = CountState.objects.get_or_create(template_id=templates[0])
    state = CountState.objects.select_for_update(of=("self",)).get(pk=state.pk)
    if days is None:
        days, as_of = _begin(state, anew=_anew(job)), timezone.now()
        job.cursor["as_of"] = as_of.isoformat()
        job.total += len(days)
    as_of = datetime.fromisoformat(job.cursor["as_of"])
    if days:
        _count(templates[0], date.fromisoformat(days[0][0]), date.fromisoformat(days[0][1]), as_of)
        days = days[1:]
        job.done += 1
    if days:
        job.cursor = {**job.cursor, "days": days}
        return False
    state.as_of = as_of
    state.save(update_fields=["as_of"])
    job.done += 1
    job.cursor = {"templates": templates[1:], "days": None}
    return len(templates) == 1


def _anew(job: Job) -> bool:
    """Whether every day is counted: when somebody asked for it, and in the night to Monday, since members' home stores
    change without a move of their coupons."""
    day = job.params.get("day")
    return job.params.get("anew", bool(day) and date.fromisoformat(day).weekday() == 0)


def _wanted(job: Job) -> list[int]:
    if one := job.params.get("template"):
        return [one] if CouponTemplate.objects.filter(pk=one).exists() else []
    large = CouponTemplate.objects.filter(issued__gt=COUNTED_ABOVE.value)
    return list(large.order_by("pk").values_list("pk", flat=True))


def _begin(state: CountState, *, anew: bool) -> list[list[str]]:
    """The spans of days to count, each as first and last; notes what this count has seen."""
    with connection.cursor() as cursor:
        cursor.execute(MARK)
        event, coupon, own, ended_below = cursor.fetchone()
        if state.next_xid and ended_below > state.next_xid:
            state.seen_event, state.seen_coupon = state.next_event, state.next_coupon
            state.next_xid = 0
        params: dict[str, Any] = {"template": state.pk, "zone": str(zone_of(None))}
        if state.as_of and not anew:
            params |= {"event": state.seen_event, "coupon": state.seen_coupon, "late": state.as_of - LATE}
            params |= {"before": state.as_of, "now": timezone.now()}
        cursor.execute(CHANGED_DAYS if state.as_of and not anew else ALL_DAYS, params)
        rows = cursor.fetchall()
        if anew:
            cursor.execute(GONE, {"template": state.pk, "days": [day for day, _coupons in rows]})
    if not state.next_xid:
        state.next_event, state.next_coupon, state.next_xid = event, coupon, own
    state.save()
    return _spans(rows)


def _spans(rows: list[tuple[date, int]]) -> list[list[str]]:
    """Neighbouring days together, as long as they hold no more coupons than one chunk should."""
    spans: list[list[str]] = []
    held, before = 0, None
    for day, coupons in rows:
        if spans and before == day - timedelta(days=1) and held + coupons <= PER_CHUNK:
            spans[-1][1], held = f"{day}", held + coupons
        else:
            spans.append([f"{day}", f"{day}"])
            held = coupons
        before = day
    return spans


def _count(template_id: int, first: date, last: date, as_of: datetime) -> None:
    params = window_of(template_id, first, last, as_of)
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"template": template_id, "first": first, "last": last})
        cursor.execute(COUNT, params)
