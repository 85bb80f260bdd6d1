"""The pages of insight and the cockpit over many members: each whole page as headquarters gets it, and its queries.

Members, orders and lines are those of tests/bench/millions.py, with scores, and with moves between tiers and
stages of half a year. The summaries are counted by their own job first, and the models are fitted.
"""

from collections.abc import Iterator
from functools import partial

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.insight import summarising
from members.insight.reports import REPORTS
from members.insight.value import foretelling
from stores import jobs
from stores.models import Role, Staff
from tests.bench import millions
from tests.bench.harness import Measure, Scale, benchmark, medians
from tests.bench.scratch import scratch_database

GOAL_MS, MILLION, RUNS = 300, 1_000_000, 7
MOVED = """
    INSERT INTO members_tierchange (member_id, before_id, after_id, why, at)
    SELECT m.id, t.before, t.after, CASE WHEN m.id % 16 = 0 THEN 'rules' ELSE 'growth' END,
           now() - interval '1 day' * (m.id * 7 % 180)
      FROM members_member m, (SELECT min(id) AS before, max(id) AS after FROM members_tier) AS t WHERE m.id % 8 = 0
"""
SCORED = """
    UPDATE members_memberfacts SET recency_score = 1 + member_id % 5, frequency_score = least(orders, 4),
           money_score = 1 + member_id * 3 % 5 WHERE orders > 0
"""
STAGES = """
    INSERT INTO members_timelinefact (kind, member_id, at, data, batch, depth)
    SELECT 'member.stage_changed', m.id, now() - interval '1 day' * (m.id * 11 % 180),
           jsonb_build_object('from', (ARRAY['growing', 'mature', 'declining'])[1 + m.id % 3], 'to',
                              (ARRAY['mature', 'declining', 'lost'])[1 + m.id % 3]), 0, 1
      FROM members_member m WHERE m.id % 4 = 0
"""


@benchmark
def insight(scale: Scale) -> Iterator[Measure]:
    """Every report, and the cockpit."""
    with scratch_database("insight"):
        millions.make(scale.members, until=timezone.now())
        with connection.cursor() as cursor:
            for statement in (SCORED, MOVED, STAGES):
                cursor.execute(statement)
        foretelling.foretell_all()
        ended = jobs.run_to_end(summarising.start(everything=True).pk)
        if ended.error:
            raise RuntimeError(f"The figures were not counted: {ended.error}")
        yield from pages(scale.members)


def pages(members: int) -> Iterator[Measure]:
    """Whole pages in ms, and their queries, beside what is wanted at a million members."""
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(Staff.objects.create(username="bench", name="Bench", role=Role.HQ_ADMIN))
    addresses = {key: reverse("insight-report", args=[key]) for key in REPORTS}
    for name, address in {"cockpit": reverse("admin:index"), **addresses}.items():
        opened(browser, address)  # warm
        ((seconds,),) = medians((partial(opened, browser, address),), before=lambda: None, runs=RUNS, writes=False)
        with CaptureQueriesContext(connection) as queries:
            opened(browser, address)
        what = f"{name}, {len(queries)} queries, {members:,} members"
        goal = 1 if members >= MILLION else None
        yield Measure(what, seconds * 1000, GOAL_MS, "ms", goal, higher_is_better=False)


def opened(browser: Client, address: str) -> None:
    """One page, which must be there."""
    answer = browser.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
