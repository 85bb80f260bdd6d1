"""Every page of the workbench over many members: the time in the server, the queries, the weight.

The time that is held against the goal is that of the processors, ours and the database's: it says what a page costs on
a machine that others use as well. The time by the clock stands beside it.

The pages are those of tests/workbench/test_query_counts.py, and a few more, as guides, managers and an area manager of
stores all over the chain open them, each time about another member.
"""

import gc
import gzip
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from campaigns.models import GroupPost, GuideTask, ShareLink, StoreGroup
from coupons.models import CouponTemplate
from members.insight.reports import REPORTS
from members.models import HandOver, Member, MemberState
from members.privacy import readings
from stores.models import Staff
from tests.bench import shopfloor
from tests.bench.harness import Measure, Scale, benchmark
from tests.bench.scratch import scratch_database
from tests.workbench.scenery import part
from tests.workbench.test_query_counts import MOST, PAGES

GOAL_MS, GOAL_KB, RUNS = 50, 60, 40
NOT_COLLECTED = "django.contrib.staticfiles.storage.StaticFilesStorage"
SETTINGS = '"stores_setting"'
LINKED = re.compile(r'(?:href|src)="/static/([^"]+\.(?:css|js|svg))"')
MORE = {
    "members, by last four digits": ("lin", "/m/?q={last4}", part("results")),
    "members, by name": ("lin", "/m/?q={name}", part("results")),
    "members of the store, by last four digits": ("zhou", "/m/?q={last4}", part("results")),
    "members of the region, by last four digits": ("chen", "/m/?q={last4}", part("results")),
    "members of the region": ("chen", "/m/", {}),
    "members, longest away": ("lin", "/m/?sort=longest_away", {}),
    "members of the store, by spend": ("zhou", "/m/?sort=spend", {}),
    "members, seldom seen": ("lin", "/m/?last=beyond", {}),
    "members of the store, filtered": ("zhou", "/m/?tier={tier}&stage=growing&last=90", {}),
    "members of the store, by name": ("zhou", "/m/?q={name}", part("results")),
    "members of the store without a guide": ("zhou", "/m/?guide=none", {}),
    "members of the region, by spend": ("chen", "/m/?sort=spend", {}),
    "members of the region, by name": ("chen", "/m/?q={begins}", part("results")),
    "members of the region, filtered": ("chen", "/m/?tier={tier}&stage=growing&last=90", {}),
    "members of the region, beyond their gap": ("chen", "/m/?last=beyond", {}),
    "member, for the region": ("chen", "/m/{member}/", {}),
    "tag for several": ("lin", "/m/tag/?member={member}&member={other}", part("modal")),
    "offers of the store": ("zhou", "/offers/", {}),
    "results, a year": ("lin", "/results/?period=year", {}),
    "results of the store": ("zhou", "/results/", {}),
    "groups of the store": ("zhou", "/groups/", {}),
    "share link": ("lin", "/me/links/{link}/", {}),
    "me, the manager": ("zhou", "/me/", {}),
    "password": ("lin", "/me/password/", {}),
    "hand-over, seen first": ("zhou", "/team/?give={guide}", {}),
    "store days": ("zhou", "/team/days/", {}),
    "sign-in": ("", "/login/", {}),
}
Page = tuple[str, str, dict[str, str]]


@dataclass
class Seen:
    """What one page cost: seconds of each visit, of processors and by the clock, its queries, kilobytes packed, alone
    and with what it links to."""

    worked: list[float]
    passed: list[float]
    queries: list[str]
    own: float
    first: float


def percentile(seconds: list[float], share: int) -> float:
    """Milliseconds that this share of visits, in per cent, took at most."""
    return statistics.quantiles(seconds, n=100, method="inclusive")[share - 1] * 1000


@benchmark
def workbench(scale: Scale) -> Iterator[Measure]:
    """Every page, then the three bounds over all of them."""
    with scratch_database("workbench"):
        floor = shopfloor.make(scale.members, until=timezone.now())
        with override_settings(STORAGES={**settings.STORAGES, "staticfiles": {"BACKEND": NOT_COLLECTED}}):
            yield from measured(floor)


def measured(floor: shopfloor.Floor) -> Iterator[Measure]:
    """Each page that can be opened with what we know, as a figure; then the worst of all in queries and weight."""
    gc.collect()
    gc.freeze()  # as config/wsgi.py does in every process that serves
    found: dict[str, Seen] = {}
    for name, page in {**PAGES, **MORE, **insight_of("zhou"), **insight_of("chen")}.items():
        found[name] = visit(floor, page)
        yield figure(name, found[name])
    most = max(found, key=lambda name: len(found[name].queries))
    heaviest = max(found, key=lambda name: found[name].first)
    yield Measure(f"most queries: {most}", len(found[most].queries), MOST, "", 1, higher_is_better=False)
    yield Measure(f"heaviest first visit: {heaviest}", found[heaviest].first, GOAL_KB, "kB", 1, higher_is_better=False)


def figure(name: str, seen: Seen) -> Measure:
    """A page in one line; the time is what 95 of 100 visits stay under."""
    median, clock = percentile(seen.worked, 50), percentile(seen.passed, 50)
    words = f"{name}: p50 {median:.0f}, by the clock {clock:.0f} ms; {len(seen.queries)} queries, {seen.own:.1f} kB"
    return Measure(words, percentile(seen.worked, 95), GOAL_MS, "ms", 1, higher_is_better=False)


def visit(floor: shopfloor.Floor, page: Page) -> Seen:
    """Open a page often enough to know it."""
    who, path, headers = page
    readings.forget()  # nobody opens all pages within an hour
    people = {"lin": floor.guides, "he": floor.guides, "zhou": floor.managers, "chen": [floor.area], "": [None]}[who]
    browsers = {person: browser_of(person) for person in people}
    worked: list[float] = []
    passed: list[float] = []
    known: dict[Any, list[dict[str, Any]]] = {}
    for person, nth in zip(cycle(people), range(-2, RUNS), strict=False):
        known[person] = known.get(person) or everything(person or floor.guides[0])
        values = known[person][nth % len(known[person])]
        started, began = time.perf_counter(), processors()
        answer = browsers[person].get(path.format(**values), headers=headers | {"Accept-Encoding": "gzip"})
        if nth >= 0:  # the first two are to warm up
            worked.append(processors() - began)
            passed.append(time.perf_counter() - started)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    with CaptureQueriesContext(connection) as queries:
        browsers[person].get(path.format(**values), headers=headers)
    own = len(answer.content) / 1024
    asked = [query["sql"] for query in queries if SETTINGS not in query["sql"]]
    return Seen(worked, passed, asked, own, own + linked(answer.content))


def processors() -> float:
    """Seconds of processors that this process and its connection's in the database have used; by the clock where the
    database is on another machine."""
    connection.ensure_connection()
    clock = (~connection.connection.info.backend_pid << 3) | 2  # as clock_getcpuclockid(3) makes it from a process id
    try:
        return time.process_time() + time.clock_gettime(clock)
    except OSError:
        return time.perf_counter()


def browser_of(person: Staff | None) -> Client:
    """Somebody's browser, signed in."""
    browser = Client(SERVER_NAME="localhost")
    if person:
        browser.force_login(person)
    return browser


def everything(person: Staff) -> list[dict[str, Any]]:
    """What addresses may ask for: members of somebody, with a task where there is one."""
    members = Member.objects.visible_to(person).filter(state=MemberState.ACTIVE)
    tasks = GuideTask.objects.visible_to(person).filter(state="open").select_related("member")[:10]
    rows = [(task.member, task.pk) for task in tasks] or [(member, 0) for member in members[:10]]
    ours = {"template": CouponTemplate.objects.order_by("pk")[0].pk, **shared(person)}
    return [
        {"member": member.pk, "other": rows[0][0].pk, "task": task, "tier": member.tier_id, "last4": member.phone_last4,
         "name": member.name[:1], "begins": member.name[:2], "guide": member.guide_id, **ours}
        for member, task in rows
    ]  # fmt: skip


def shared(person: Staff) -> dict[str, int]:
    """A group, its last post, a link and a hand-over that somebody may open; 0 for what there is none of."""
    group = StoreGroup.objects.filter(store=person.store_id).first()
    post = GroupPost.objects.filter(group=group).order_by("-pk").first()
    link = ShareLink.objects.filter(staff=person).first()
    hand = HandOver.objects.filter(store=person.store_id).first()
    found = {"group": group, "post": post, "link": link, "hand": hand}
    return {name: one.pk if one else 0 for name, one in found.items()}


def insight_of(who: str) -> dict[str, Page]:
    """The reports that somebody who leads a store or a region reads."""
    keys = [report.key for report in REPORTS.values() if report.for_managers]
    pages = {f"insight, {key}, {who}": (who, f"/insight/{key}/", {}) for key in keys}
    return pages | {f"headline, {key}, {who}": (who, f"/insight/{key}/headline/", part()) for key in keys}


def linked(packed: bytes) -> float:
    """Kilobytes of the sheets, scripts and pictures that a browser fetches with a page seen for the first time."""
    page = gzip.decompress(packed).decode() if packed[:2] == b"\x1f\x8b" else packed.decode()
    total = 0
    for name in set(LINKED.findall(page)):
        total += len(gzip.compress(Path(finders.find(name)).read_bytes()))  # as collectstatic packs them
    return total / 1024
