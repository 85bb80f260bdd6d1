"""Headquarters says so: coupons in wallets get the present terms of their template, counted before, moved by a job.

Only unused ones that no till holds are moved, each once and with a row in its history; from when until when it is valid
follows from the day it was given, as if it had been given with these terms. What then has ended expires with the next
night. A chunk walks along the template's coupons, so that a job killed at any moment goes on where it was.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons.approvals import is_needed
from coupons.catalogue import validity
from coupons.models import CouponTemplate, CouponTerms, TemplateState
from stores import jobs
from stores.errors import Conflict, Refusal
from stores.models import Job, JobState, Staff, Store
from stores.places import zone_of

KIND = "coupons.new_terms"
CHUNK = 5_000

ZONE = "coalesce(s.time_zone, %(zone)s)"
FIRST = f"((c.issued_at AT TIME ZONE {ZONE})::date + %(after)s::int)"
RELATIVE = (
    f"CASE WHEN %(after)s::int > 0 THEN {FIRST}::timestamp AT TIME ZONE {ZONE} ELSE c.issued_at END",
    f"({FIRST} + %(days)s::int)::timestamp AT TIME ZONE {ZONE}",
)
BETWEEN_DATES = ("coalesce(w.starts, %(starts)s::timestamptz)", "coalesce(w.ends, %(ends)s::timestamptz)")
OLDER = """
    SELECT c.id, c.valid_until AS was, old.version, {starts} AS starts, {ends} AS ends
      FROM coupons_coupon c JOIN coupons_couponterms old ON old.id = c.terms_id
      JOIN members_member m ON m.id = c.member_id LEFT JOIN stores_store s ON s.id = m.home_store_id
      LEFT JOIN unnest(%(zones)s::text[], %(zone_starts)s::timestamptz[], %(zone_ends)s::timestamptz[])
        AS w(zone, starts, ends) ON w.zone = s.time_zone
     WHERE c.template_id = %(template)s AND c.state = 'issued' AND c.valid_until > %(now)s
       AND old.version < %(version)s
"""
WINDOW = """
    SELECT id, issued_at FROM coupons_coupon
     WHERE template_id = %(template)s AND (issued_at, id) > (%(moment)s::timestamptz, %(after_id)s)
     ORDER BY issued_at, id LIMIT %(size)s
"""
LOCK = "SELECT id FROM coupons_coupon WHERE id = ANY(%s) AND state = 'issued' ORDER BY id FOR NO KEY UPDATE"
MOVE = """
    WITH moved AS (
        UPDATE coupons_coupon c SET terms_id = %(terms)s, valid_from = n.starts, valid_until = n.ends
          FROM ({older} AND c.id = ANY(%(ids)s)) AS n WHERE c.id = n.id AND c.state = 'issued'
        RETURNING c.id, n.version)
    INSERT INTO coupons_couponevent (coupon_id, move, at, actor, note)
    SELECT id, 'terms', %(now)s, %(actor)s, 'v' || version || ' → v' || %(version)s FROM moved
"""
COUNTS = """
    SELECT terms_id, count(*), count(*) FILTER (WHERE state = 'issued' AND valid_until > %s),
           count(*) FILTER (WHERE state = 'used')
      FROM coupons_coupon WHERE template_id = %s GROUP BY terms_id
"""
DAWN = "0001-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class Held:
    """One version of the terms: how many coupons were issued with it or have it now, can be used, and were used."""

    terms: CouponTerms
    coupons: int
    live: int
    used: int
    is_current: bool


@dataclass(frozen=True)
class Preview:
    """What giving the new terms would do now: to how many coupons, and how many of them end at once, earlier, later."""

    coupons: int
    ended: int
    earlier: int
    later: int


def versions_of(template: CouponTemplate) -> list[Held]:
    """Every version of the terms with the coupons that hold it, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [timezone.now(), template.pk])
        counted = {terms: (coupons, live, used) for terms, coupons, live, used in cursor.fetchall()}
    found = []
    for one in template.versions.order_by("-version"):
        coupons, live, used = counted.get(one.pk, (0, 0, 0))
        found.append(Held(one, coupons, live, used, one.pk == template.terms_id))
    return found


def preview(template: CouponTemplate) -> Preview:
    """What ``start`` would do now. Reads only."""
    terms = _given(template)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*), count(*) FILTER (WHERE ends <= %(now)s), count(*) FILTER (WHERE ends < was),
                       count(*) FILTER (WHERE ends > was) FROM ({_older(terms)}) AS o""",
            _params(terms, timezone.now()),
        )
        return Preview(*cursor.fetchone())


def start(template: CouponTemplate, *, by: Staff | None, seen: int | None = None) -> Job:
    """Plan the job that gives the present terms to all live coupons with older ones; while one is open, that one.

    ``seen`` is the version whose preview ``by`` saw. Raises Conflict ``template_state`` for a draft and for terms that
    nobody has approved yet, ``terms_changed`` when there is a newer version than ``seen``, Refusal ``nothing_to_move``.
    """
    with transaction.atomic():
        held = CouponTemplate.objects.select_for_update(of=("self",)).select_related("terms").get(pk=template.pk)
        terms = _given(held)
        if seen is not None and seen != terms.pk:
            raise Conflict(_("The terms were changed meanwhile. Look at them again."), code="terms_changed")
        before = Job.objects.filter(kind=KIND, params__terms=terms.pk)
        if found := before.filter(state__in=(JobState.WAITING, JobState.RUNNING, JobState.PAUSED)).first():
            return found
        if not preview(held).coupons:
            raise Refusal(_("No coupon in a wallet has older terms."), code="nothing_to_move")
        return jobs.plan(
            KIND,
            params={"terms": terms.pk, "template": held.pk},
            title=str(_("New terms: %(name)s") % {"name": held.name}),
            natural_key=f"{KIND}:{terms.pk}:{before.count()}",
            by=by,
        )


def latest_job(template: CouponTemplate) -> Job | None:
    """The last job that gave new terms."""
    rows = Job.objects.filter(kind=KIND, params__template=template.pk).select_related("created_by")
    return rows.order_by("-pk").first()


def move_chunk(job: Job) -> bool:
    """Give the next coupons of the template the job's terms; True at the end. The caller's transaction."""
    terms = CouponTerms.objects.select_related("template").get(pk=job.params["terms"])
    now, size = timezone.now(), CHUNK
    where = {"moment": job.cursor.get("moment", DAWN), "after_id": job.cursor.get("id", 0)}
    job.total = job.total or terms.template.issued
    with connection.cursor() as cursor:
        cursor.execute(WINDOW, {**where, "template": terms.template_id, "size": size})
        rows = cursor.fetchall()
        if rows:
            cursor.execute(LOCK, [[row[0] for row in rows]])
            ids = [row[0] for row in cursor.fetchall()]
            actor = job.created_by.name if job.created_by else ""
            params = {**_params(terms, now), "ids": ids, "terms": terms.pk, "actor": actor[:80]}
            cursor.execute(MOVE.format(older=_older(terms)), params)
            job.result = {"moved": job.result.get("moved", 0) + cursor.rowcount}
            job.cursor = {"moment": rows[-1][1].isoformat(), "id": rows[-1][0]}
    job.done += len(rows)
    return len(rows) < size


def _given(template: CouponTemplate) -> CouponTerms:
    """The present terms, which somebody has let go."""
    is_open = template.state == TemplateState.ACTIVE
    if template.terms is None or not (is_open or template.state == TemplateState.STOPPED and not is_needed(template)):
        raise Conflict(_("The coupon is not in a state that allows this."), code="template_state")
    return template.terms


def _older(terms: CouponTerms) -> str:
    starts, ends = BETWEEN_DATES if terms.valid_days is None else RELATIVE
    return OLDER.format(starts=starts, ends=ends)


def _params(terms: CouponTerms, now: datetime) -> dict[str, Any]:
    """The parameters of ``_older``: days for relative terms, a window per time zone of the stores for two dates."""
    params: dict[str, Any] = {
        "template": terms.template_id,
        "version": terms.version,
        "now": now,
        "zone": str(zone_of(None)),
        "after": terms.start_after_days,
        "days": terms.valid_days,
        **dict.fromkeys(("zones", "zone_starts", "zone_ends"), []),
    }
    if terms.valid_days is None:
        homes = list(Store.objects.order_by("time_zone").distinct("time_zone"))
        windows = [validity(terms, now, store) for store in homes]
        params |= {
            "zones": [store.time_zone for store in homes],
            "zone_starts": [starts for starts, _ends in windows],
            "zone_ends": [ends for _starts, ends in windows],
        }
        params["starts"], params["ends"] = validity(terms, now, None)
    return params
