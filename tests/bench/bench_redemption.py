"""Coupons redeemed over HTTP: with key, scope, idempotency, rules and history, beside the barest Django view.

Both run on as many processes, threads and connections of the same web server, and are called by the same tills.
"""

import json
import statistics
from collections.abc import Iterator
from decimal import Decimal
from itertools import count, islice
from typing import Any

from django.db import connection, transaction

from coupons import catalogue
from coupons.codes import CODE_SQL, DICE_SQL
from coupons.drafts import TermsDraft
from coupons.models import Coupon, CouponTemplate
from stores import partners
from stores.models import Partner, Region, Scope, Store
from stores.places import place_region
from tests.bench.harness import RUNS, Measure, Scale, benchmark, checkpoint
from tests.bench.tills import Heard, call, request
from tests.bench.webservers import running

TILLS = 16
CALLS = {"tiny": 400, "small": 2_000, "million": 5_000, "full": 20_000}
WARM = 400
P99 = 60.0  # milliseconds at half the load it can take
BARE = "tests.bench.bare_till:application"
MEMBERS = """
    INSERT INTO members_member (code, name, initials, state, phone_last4, phone_masked, birthday_calendar, source,
           joined_at, tier_id, tier_since, growth, points, stage)
    SELECT lpad((1000000 + n)::text, 12, '0'), '会员' || n, '', 'active', '', '', 'solar', '', now(),
           (SELECT id FROM members_tier ORDER BY threshold LIMIT 1), now(), 0, 0, 'introduction'
      FROM generate_series(1, %(members)s) n
"""
COUPONS = f"""
    INSERT INTO coupons_coupon (code, template_id, terms_id, member_id, origin, valid_from, valid_until)
    SELECT {CODE_SQL}, %(template)s, %(terms)s, id, 'staff', now() - interval '1 day', now() + interval '7 days'
      FROM (SELECT id, {DICE_SQL} AS dice FROM members_member ORDER BY id) m
"""


@benchmark
def redemption(scale: Scale) -> Iterator[Measure]:
    """Redemptions per second, ours beside the barest; then ours at half of that, at an even pace."""
    calls, ours, bare = CALLS[scale.name], [], []
    store, template = build((calls * RUNS + WARM) * 2 + calls)
    codes = iter(Coupon.objects.order_by("pk").values_list("code", flat=True))
    numbers = count(1)
    _key, text = partners.create_key(
        Partner.objects.create(code="bench", name="Bench"), scopes=Scope.values, requests_per_minute=10_000_000
    )

    def to_us(many: int) -> list[bytes]:
        return [redeem(code, store, nth, text) for code, nth in zip(islice(codes, many), numbers, strict=False)]

    def to_bare(many: int) -> list[bytes]:
        return [redeem_barely(code, store, nth) for code, nth in zip(islice(codes, many), numbers, strict=False)]

    with running() as product, running(BARE) as limit:
        heard(call(product, to_us(WARM), tills=TILLS))
        heard(call(limit, to_bare(WARM), tills=TILLS))
        for _run in range(RUNS):
            checkpoint()
            bare.append(calls / heard(call(limit, to_bare(calls), tills=TILLS)).took)
            checkpoint()
            ours.append(calls / heard(call(product, to_us(calls), tills=TILLS)).took)
        speed = statistics.median(ours)
        calm = heard(call(product, to_us(calls), tills=TILLS, per_second=speed / 2))
    used = Coupon.objects.filter(template=template, state="used").count()
    if used != (calls * RUNS + WARM) * 2 + calls:
        raise RuntimeError(f"{used} coupons are used, which is not once each")
    yield Measure("redemptions over HTTP, 16 tills", speed, statistics.median(bare), "per s", 0.5)
    yield Measure("... at half that load: p99", calm.percentile(0.99) * 1000, P99, "ms", 1, False)
    yield Measure("... at half that load: p50", calm.percentile(0.5) * 1000, P99, "ms", None, False)


def heard(by_tills: Heard) -> Heard:
    """What the tills heard, when all of it was well."""
    if set(by_tills.statuses) != {200}:
        raise RuntimeError(f"Tills heard {dict(by_tills.statuses)}")
    return by_tills


def redeem(code: str, store: Store, nth: int, key: str) -> bytes:
    """As a till writes to us."""
    body: dict[str, Any] = {"order_no": f"B{nth:09}", "store": store.code, "amount": "128.00"}
    path = f"/api/v1/coupons/{code}/redeem/"
    return request(path, json.dumps(body).encode(), Authorization=f"Bearer {key}", Idempotency_Key=f"bench-{nth}")


def redeem_barely(code: str, store: Store, nth: int) -> bytes:
    """The same for the barest server."""
    body = {"order_no": f"B{nth:09}", "store": store.pk, "amount": "128.00"}
    return request(f"/redeem/{code}/", json.dumps(body).encode())


def build(coupons: int) -> tuple[Store, CouponTemplate]:
    """A store and so many coupons, 10 yuan off from 60, each of a member of its own."""
    store = Store.objects.create(code="till", name="Till", region=place_region(Region(code="till", name="Till")))
    terms = TermsDraft(kind="amount_off", threshold=Decimal(60), amount_off=Decimal(10), valid_days=7)
    template = catalogue.publish(catalogue.create_template(name="T", terms=terms, by=None), None)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MEMBERS, {"members": coupons})
        cursor.execute(COUPONS, {"template": template.pk, "terms": template.terms_id})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE coupons_coupon, members_member")
    return store, template
