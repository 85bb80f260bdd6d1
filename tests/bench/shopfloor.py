"""A chain at work: the members of tests/bench/millions.py with names, guides, wallets and consent, and stores of a
manager and ten guides with tasks, offers, budgets and requests. A guide looks after some three hundred members."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import connection

from campaigns import defaults
from campaigns.models import (
    Attribution,
    Commission,
    CommissionEntry,
    GroupClaim,
    GroupMembership,
    GuideTask,
    ShareClick,
    Touch,
)
from coupons.models import Coupon, Offer
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import Summary, rebuild
from members.models import Assignment, Consent, HandedMember, TimelineFact
from members.windows import windows
from stores.models import Region, Role, Staff, Store
from stores.places import place_region
from tests.bench import millions
from tests.bench.ingesting import prepare
from tests.makers import make_template

STATEMENTS = Path(__file__).with_name("shopfloor.sql").read_text().split(";\n\n")
MEMBERS, FACTS, ASSIGNED, AGREED, WALLETS, STAGES, NEWS, CHOSEN, TASKS, OFFERS, *AFTER = STATEMENTS
WRITTEN = (Assignment, Consent, Coupon, TimelineFact, GuideTask, Offer, Touch, Attribution, GroupMembership, GroupClaim,
           ShareClick, Commission, CommissionEntry, HandedMember)  # fmt: skip
TABLES = [model._meta.db_table for model in WRITTEN]
DAYS_COUNTED = 62
# What no page of the workbench looks anything up by.
LEFT_OUT = ("tag_of_run", "tag_expiry", "order_recorded", "member_updated",
            "members_member_code_269704ec_like", "members_orderline_pkey", "members_assignment_changed_by",
            "members_membertag_pkey", "members_membertag_set_by", "fact_of_batch", "members_timelinefact_pkey",
            "members_assignment_pkey", "members_consent_pkey", "coupon_code_once", "coupons_coupon_code",
            "coupon_lock_ends", "one_coupon_per_run")  # fmt: skip
# Members, their facts and which orders they have are looked into all day: that is in memory; the orders are not.
LOOKED_INTO = """
SET enable_seqscan = off; SET enable_bitmapscan = off; SET max_parallel_workers_per_gather = 0;
SELECT sum(points) FROM members_member WHERE id > 0;
SELECT count(*) FROM members_member WHERE home_store_id > 0 AND state = 'active';
SELECT count(id) FROM members_member WHERE guide_id > 0;
SELECT sum(average_basket) FROM members_memberfacts WHERE member_id > 0;
SELECT count(paid_at) FROM members_order WHERE member_id > 0;
RESET enable_seqscan; RESET enable_bitmapscan; RESET max_parallel_workers_per_gather
"""
MEMBERS_PER_STORE, STORES_OF_AREA = 3_333, 20
EMPLOYED = """
INSERT INTO stores_staff (password, is_superuser, username, name, role, is_active, joined_on, created_at, store_id)
SELECT '!', false, 'bench' || n, CASE n %% 11 WHEN 0 THEN '店长' ELSE '导购' END || n,
    CASE n %% 11 WHEN 0 THEN 'store_manager' ELSE 'guide' END, true, current_date - 400, now(),
    (%(stores)s::bigint[])[1 + n / 11]
FROM generate_series(0, 11 * cardinality(%(stores)s::bigint[]) - 1) AS n ORDER BY n
"""


@dataclass(frozen=True)
class Floor:
    """Who is there to look at pages: guides and managers of stores all over the chain, and one area manager."""

    guides: list[Staff]
    managers: list[Staff]
    area: Staff


def make(members: int, *, until: datetime) -> Floor:
    """So many members, and one store for each few thousand of them; the tables of members are for reading alone."""
    codes = [f"S{number:04}" for number in range(1, max(10, members // MEMBERS_PER_STORE) + 1)]
    prepare(codes, "Asia/Shanghai")
    defaults.ensure_defaults()
    templates = [
        make_template(f"满{threshold}减{off}", threshold=threshold, amount_off=off, open_to_guides=True,
                      guide_month_quota=200).pk
        for threshold, off in ((39, 8), (60, 10), (88, 15))
    ]  # fmt: skip
    stores = list(Store.objects.filter(code__in=codes).order_by("code").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(EMPLOYED, {"stores": stores})
    more = {"staff": Staff.objects.filter(username="bench0").get().pk, "templates": templates}
    crowd = millions.Crowd(MEMBERS, FACTS, codes, LEFT_OUT, lines_of=1 / 8, more=more)
    _work(millions.make(members, until=until, crowd=crowd))
    floor = _people(stores)  # the figures are of the regions as they are then
    with ThreadPoolExecutor(millions.SIDE_BY_SIDE) as pool:
        list(pool.map(_count, SUMMARIES.values()))
    look_into()
    return floor


def look_into() -> None:
    """Let the server read what it would have read within a morning."""
    with connection.cursor() as cursor:
        cursor.execute(LOOKED_INTO)


def _work(params: dict[str, Any]) -> None:
    """What hangs on members first, then what guides do about some of them."""
    members, orders = params["members"], params["orders"]
    again = millions.bare(TABLES, LEFT_OUT)
    each = [millions.ranges(statement, members, params) for statement in (ASSIGNED, AGREED, WALLETS, STAGES)]
    news = millions.ranges(NEWS, orders, params, first=1 + orders // 2)
    millions.side_by_side([*chain(*each), *news, (CHOSEN, params)])
    for statements in ((TASKS, OFFERS), *((statement,) for statement in AFTER)):
        millions.side_by_side([(statement, params) for statement in statements])
    millions.side_by_side([(definition, {}) for definition in again])
    millions.side_by_side([(f"VACUUM {table}", {}) for table in TABLES])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _count(summary: Summary) -> None:
    """The figures of insight, of the last two months: what a page reads does not hang on how long ago it began."""
    try:
        for day in summary.days(windows().today, anew=True)[-DAYS_COUNTED:]:
            rebuild(summary, day)
    finally:
        connection.close()


def _people(stores: list[int]) -> Floor:
    some = stores[:: max(1, len(stores) // 20)]
    region = place_region(Region(code="area", name="Area", parent=Region.objects.get(code="bench")))
    Store.objects.filter(pk__in=stores[:STORES_OF_AREA]).update(region=region)
    area = Staff.objects.create_user("bencharea", name="区经", role=Role.AREA_MANAGER, region=region)
    staff = Staff.objects.filter(store__in=some).order_by("pk")
    return Floor(
        list(staff.filter(role=Role.GUIDE).distinct("store_id").order_by("store_id", "-pk")),
        list(staff.filter(role=Role.STORE_MANAGER)),
        area,
    )
