"""Quotes: a cart of 20 lines with 30 live promotions and a wallet of 10 coupons, beside the milliseconds to keep to.

A machine that others use as well makes every wait longer: beside the time on the wall stands the time that our own
process worked. The server freezes what it has loaded (config.wsgi), and so does this.
"""

import gc
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.pricing.combining import Combination
from campaigns.quotes import Cart, quote
from campaigns.quotes.answering import answer
from campaigns.quotes.quoting import choose, gather
from campaigns.quotes.situation import Situation
from coupons.verdicts import PER_RECEIPT
from members.models import Member
from stores import partners
from stores.ids import public_id
from stores.models import Partner, Scope, Store
from tests.bench.harness import Measure, Scale, benchmark
from tests.bench.promoshop import build, cart_of
from tests.bench.tills import call, request
from tests.bench.webservers import running

CARTS, WARM, CALLS = 300, 20, 200
P50, P99 = 15.0, 40.0  # milliseconds
CALL, CALL_P99 = 100.0, 500.0  # over HTTP, from the partner API
WHAT = "quote of 20 lines, 30 promotions, 10 coupons"
Times = tuple[list[float], list[float]]  # milliseconds on the wall, and of our own process, in order


@benchmark
def quotes(scale: Scale) -> Iterator[Measure]:
    """The time of one quote, half of them and nearly all, as a whole, by step and over HTTP; and of its queries alone,
    run again as bare SQL."""
    dice = Random(7)
    store, member = build(dice)
    carts = [cart_of(dice) for _nth in range(CARTS)]
    gc.collect()
    gc.freeze()

    def ask(cart: Cart) -> None:
        quote(cart, store=store, member=member)

    wall, worked = timed(ask, carts)
    with CaptureQueriesContext(connection) as queries:
        ask(carts[0])
    bare, _worked = timed(rerun, [queries.captured_queries] * CARTS)
    yield Measure(f"{WHAT}: p50", statistics.median(wall), P50, "ms", 1, False)
    yield Measure(f"{WHAT}: p99", p99(wall), P99, "ms", 1, False)
    yield Measure("quote, our own process: p50", statistics.median(worked), P50, "ms", 1, False)
    yield Measure("quote, our own process: p99", p99(worked), P99, "ms", 1, False)
    calm, calm_worked = timed(ask, carts, runs=5)
    yield Measure("quote, the least of five: p50", statistics.median(calm), P50, "ms", 1, False)
    yield Measure("quote, the least of five: p99", p99(calm), P99, "ms", 1, False)
    yield Measure("quote, our own process, the least of five: p50", statistics.median(calm_worked), P50, "ms", 1, False)
    yield Measure("quote, beside its queries as bare SQL", statistics.median(wall), statistics.median(bare), "ms")
    yield from by_step(carts, store, member)
    yield from over_http(carts, store, member)


def timed(step: Callable[[Any], object], subjects: Sequence[Any], *, runs: int = 1) -> Times:
    """The times of a step with each subject, after some that are not counted; of several runs the least for each
    subject, which is what is left when others disturb little."""
    for subject in subjects[:WARM]:
        step(subject)
    walls, works = [], []
    for subject in subjects:
        times = [took(step, subject) for _run in range(runs)]
        walls.append(min(wall for wall, _worked in times))
        works.append(min(worked for _wall, worked in times))
    return sorted(walls), sorted(works)


def took(step: Callable[[Any], object], subject: Any) -> tuple[float, float]:
    """Milliseconds of one step, on the wall and of our own process."""
    started, began = time.perf_counter(), time.process_time()
    step(subject)
    return (time.perf_counter() - started) * 1000, (time.process_time() - began) * 1000


def rerun(queries: Sequence[Mapping[str, str]]) -> None:
    """The same statements once more, without a program around them."""
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute(query["sql"].replace("%", "%%"), ())
            cursor.fetchall()


def p99(times: Sequence[float]) -> float:
    """99 of 100 are quicker; ``times`` are in order."""
    return times[int(len(times) * 0.99)]


def by_step(carts: Sequence[Cart], store: Store, member: Member) -> Iterator[Measure]:
    """What gathering, choosing and answering take of the work, and how far the search looks."""
    worked: dict[str, list[float]] = defaultdict(list)
    found: list[Combination] = []
    for cart in carts:
        times = [time.process_time()]
        choice = gather(cart, Situation(store, "pos", timezone.now(), member))
        times.append(time.process_time())
        found.append(choose(choice))
        times.append(time.process_time())
        answer(cart, choice.scene, choice.offers, found[-1], PER_RECEIPT.value)
        times.append(time.process_time())
        for name, start, end in zip(("gathering", "choosing", "answering"), times, times[1:], strict=False):
            worked[name].append((end - start) * 1000)
    whole = sum(statistics.median(times) for times in worked.values())
    for name, times in worked.items():
        yield Measure(f"quote, {name}: p50 of the work", statistics.median(times), whole, "ms")
    yield Measure("quote, combinations looked at", statistics.median(one.work for one in found), 1, "units")
    yield Measure("quote, searches that saw everything", sum(one.is_exact for one in found), len(found), "carts")


def over_http(carts: Sequence[Cart], store: Store, member: Member) -> Iterator[Measure]:
    """One till that asks again and again, with key, scope and rate limit, as partners are promised."""
    partner = Partner.objects.create(code="bench", name="Bench", budget=1)
    _key, text = partners.create_key(partner, scopes=[Scope.QUOTES], requests_per_minute=1_000_000)
    asked = [
        request("/api/v1/quotes/", json.dumps(body(cart, store, member)).encode(), Authorization=f"Bearer {text}")
        for cart in carts[:CALLS]
    ]
    with running() as url:
        call(url, asked[:WARM], tills=1)
        heard = call(url, asked, tills=1)
    if set(heard.statuses) != {200}:
        raise RuntimeError(f"quotes were answered with {dict(heard.statuses)}")
    times = sorted(1000 * one for one in heard.seconds)
    yield Measure("quote over HTTP: p50", statistics.median(times), CALL, "ms", 1, False)
    yield Measure("quote over HTTP: p99", p99(times), CALL_P99, "ms", 1, False)


def body(cart: Cart, store: Store, member: Member) -> dict[str, Any]:
    """A cart as a till sends it."""
    lines = [
        {"id": line.line, "sku": line.sku, "quantity": str(line.quantity), "unit_price": str(line.unit_price)}
        for line in cart.lines
    ]
    return {"store": store.code, "member": public_id("mem", member.pk), "lines": lines, "delivery": "6.00"}
