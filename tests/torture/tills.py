"""Tills over HTTP: many at one coupon (R1), and the same request many times (R3), with the product's own server."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from coupons.models import Coupon, CouponEvent, CouponState
from stores import partners
from stores.models import Partner, PartnerKey, Scope, Store
from tests.bench.tills import call, request

TILLS = 64
WAVE = 1_000  # different requests that are under way together
SENT = (2, 5)  # how often each is sent
AGAIN = {409, 429, 503}  # what a till tries again, when it is not about the coupon
BUSY = b"idempotency_in_flight"


@dataclass(frozen=True)
class Race:
    """What the tills of a race heard in all, and the most that one coupon was redeemed."""

    statuses: Counter[int] = field(default_factory=Counter)
    most: int = 0


def make_key() -> tuple[PartnerKey, str]:
    """A key that may do everything as often as it likes."""
    partner = Partner.objects.create(code="tills", name="收银系统", budget=10_000_000)
    return partners.create_key(partner, scopes=Scope.values, requests_per_minute=10_000_000)


def redemption(code: str, key: str, store: Store, order_no: str, once: str = "") -> bytes:
    """A till's call to redeem a coupon on a receipt over ¥100."""
    body = json.dumps({"order_no": order_no, "store": store.code, "amount": "100.00"}).encode()
    headers = {"Authorization": f"Bearer {key}"} | ({"Idempotency_Key": once} if once else {})
    return request(f"/api/v1/coupons/{code}/redeem/", body, **headers)


def race(url: str, key: str, store: Store, codes: Sequence[str]) -> Race:
    """Sixty-four tills at each coupon at the same moment, each with a receipt of its own."""
    statuses: Counter[int] = Counter()
    most = 0
    for code in codes:
        receipts = [redemption(code, key, store, f"{code[-6:]}-{nth}") for nth in range(TILLS)]
        heard = call(url, receipts, tills=TILLS).statuses
        statuses += heard
        most = max(most, heard[200])
    return Race(statuses, most)


def sent_again_and_again(url: str, key: str, store: Store, codes: Sequence[str], chance: random.Random) -> list[str]:
    """One redemption of each coupon, sent two to five times in any order by tills side by side; what was wrong.

    Half of them carry an Idempotency-Key, the other half are known by their receipt.
    """
    found: list[str] = []
    for first in range(0, len(codes), WAVE):
        part = codes[first : first + WAVE]
        calls = [redemption(code, key, store, f"W-{code}", code if nth % 2 else "") for nth, code in enumerate(part)]
        order = [nth for nth in range(len(part)) for _time in range(chance.randint(*SENT))]
        chance.shuffle(order)
        found += _disagreements(url, calls, order, part)
    return found


def _disagreements(url: str, calls: Sequence[bytes], order: Sequence[int], codes: Sequence[str]) -> list[str]:
    """Send the calls in this order and try again what was busy; those that were not answered alike."""
    answers: dict[int, set[tuple[int, bytes]]] = {}
    while order:
        heard = call(url, [calls[nth] for nth in order], tills=TILLS).answers
        busy = [nth for place, nth in enumerate(order) if heard[place][0] in AGAIN and BUSY in heard[place][1]]
        for place, nth in enumerate(order):
            if not (heard[place][0] in AGAIN and BUSY in heard[place][1]):
                answers.setdefault(nth, set()).add(heard[place])
        order = busy
    return [
        f"{codes[nth]}: {len(said)} answers, {sorted(status for status, _body in said)}"
        for nth, said in answers.items()
        if len(said) != 1 or next(iter(said))[0] != 200
    ]


def redeemed_once(codes: Sequence[str]) -> list[str]:
    """What is wrong with coupons that were each to be redeemed exactly once; counted in the database."""
    used = Coupon.objects.filter(code__in=codes, state=CouponState.USED).count()
    events = CouponEvent.objects.filter(coupon__code__in=codes, move="redeemed").count()
    return [] if used == events == len(codes) else [f"{len(codes)} coupons, {used} used, {events} redemptions"]
