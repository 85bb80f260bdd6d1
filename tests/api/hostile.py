"""What a hostile till sends: good calls of every writing route, and values that no field should choke on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from members.ledgers import points
from members.models import Benefit, BenefitKind, Member, TierGrant
from stores.ids import public_id
from tests.api.callers import Till, make_till
from tests.makers import days_ago, make_guide, make_member, make_order, make_store, make_template, make_tiers

HERE = "@@HERE@@"
# As they stand in the JSON. None of these may ever be accepted, by any field.
NEVER = {
    "NaN": "NaN",
    "minus infinity": "-Infinity",
    "1e400": "1e400",
    "a number of 400 digits": "9" * 400,
    "NUL": '"a\\u0000b"',
    "half a surrogate pair": '"\\ud800"',
    "a huge text": '"' + "x" * 100_000 + '"',
    "an object": '{"a": 1}',
    "a deep list": "[[[[1]]]]",
}
# These may be fine for some fields.
ODD = {
    "null": "null",
    "nothing": '""',
    "a blank": '" "',
    "true": "true",
    "minus one": "-1",
    "zero": "0",
    "half": "0.5",
    "NaN in words": '"NaN"',
    "1e400 in words": '"1e400"',
    "a formula": '"=cmd()|A1"',
    "markup": '"<script>alert(1)</script>"',
    "an emoji": '"\\ud83d\\ude00"',
    "right to left": '"\\u202e13812345678"',
    "an empty list": "[]",
    "a list of nulls": "[null]",
}
# What answering writes beside what was asked for: the key was used, the answer is kept for repeats.
BOOKKEEPING = {"stores_partnerkey", "stores_storedreply", "cache_entries", "members_stagedline"}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
PRINT = """SELECT '{0}', count(*), md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM "{0}" t"""


@dataclass(frozen=True)
class Call:
    """A call that is good as it stands."""

    method: str
    path: str
    body: Any

    @property
    def is_bulk(self) -> bool:
        """Whether refusals stand in the rows of the answer."""
        return self.path.endswith("/bulk/")


class Shop:
    """张晓梅 with an order, points and a tasting left; a coupon that costs points; a till that may do everything."""

    def __init__(self) -> None:
        self.till: Till = make_till(requests_per_minute=1_000_000)
        self.store = make_store()
        self.guide = make_guide(store=self.store)
        self.mei: Member = make_member(guide=self.guide, phone="13812345678")
        self.order = make_order("100.00", member=self.mei, store=self.store, order_no="N-0")
        points.adjust(self.mei, 500, note="开业", by=None, at=days_ago(30))
        self.tasting = self._tasting()
        self.template = make_template("积分换券", points_price=100)

    def _tasting(self) -> Benefit:
        gold, today = make_tiers()["gold"], timezone.localdate()
        TierGrant.objects.create(member=self.mei, tier=gold, starts_on=today, ends_on=today, reason="试吃")
        Member.objects.filter(pk=self.mei.pk).update(tier=gold)
        return Benefit.objects.create(tier=gold, kind=BenefitKind.TASTING, title="新品", quota=5, period="month")

    def calls(self) -> dict[str, Call]:
        """A good call for each writing route of members, orders, points and benefits, by its route."""
        store, mei = self.store.code, self.mei.public_id
        sale = {
            "channel": "pos", "order_no": "N-1", "revision": 0, "paid_at": "2026-11-20T10:00:00+08:00", "store": store,
            "identity": "phone:13812345678", "guide": self.guide.employee_no, "coupons": ["7ZK2M9QX4TB8VN3RD"],
            "total": "20.00",
            "lines": [{"sku": "F001", "name": "葡萄", "category": "水果", "quantity": 2, "unit_price": "10.00",
                       "amount": "20.00"}],
        }  # fmt: skip
        back = {"refund_no": "R-1", "returned_at": "2026-11-21T10:00:00+08:00", "store": store, "amount": "10.00"}
        lines = [{"sku": "F001", "quantity": "0.5", "amount": "5.00"}]
        joins = {
            "identities": ["phone:13912345678"], "name": "李子涵", "birthday": "1990-05-01", "source": "till",
            "birthday_calendar": "solar", "store": store, "guide": self.guide.employee_no,
            "joined_at": "2026-11-20T10:00:00+08:00",
        }  # fmt: skip
        consent = {"channel": "sms", "granted": False, "wording_version": "", "at": "2026-11-20T10:00:00+08:00"}
        use = {"reference": "V-1", "store": store, "at": timezone.now().isoformat()}
        exchange = {"member": mei, "template": self.template.public_id, "reference": "X-1"}
        profile = {"name": "张小梅", "birthday": "1990-05-01", "birthday_calendar": "lunar"}
        row = {"kind": "return", "channel": "pos", "order_no": "N-0", **back}
        return {
            "POST members/": Call("POST", "/members/", joins),
            "POST members/find/": Call("POST", "/members/find/", {"identity": "phone:13812345678"}),
            "PATCH members/<member>/": Call("PATCH", f"/members/{mei}/", profile),
            "PUT members/<member>/consents/": Call(
                "PUT", f"/members/{mei}/consents/", {"consents": [consent], "store": store}
            ),
            "POST members/<member>/erase/": Call(
                "POST", f"/members/{mei}/erase/", {"confirm": mei, "asked_by": "member", "reason": "本人要求"}
            ),
            "POST members/<member>/benefits/<benefit>/use/": Call(
                "POST", f"/members/{mei}/benefits/{public_id('ben', self.tasting.pk)}/use/", use
            ),
            "POST orders/": Call("POST", "/orders/", sale),
            "POST orders/bulk/": Call("POST", "/orders/bulk/", {"orders": [{"kind": "sale", **sale}]}),
            "POST orders/bulk/ of a return": Call("POST", "/orders/bulk/", {"orders": [row]}),
            "POST orders/<channel>/<order_no>/refunds/": Call("POST", "/orders/pos/N-0/refunds/", back),
            "POST orders/<channel>/<order_no>/refunds/ by lines": Call(
                "POST", "/orders/pos/N-0/refunds/", {**back, "lines": lines, "amount": "5.00"}
            ),
            "POST coupons/exchange/": Call("POST", "/coupons/exchange/", exchange),
        }


def places(body: Any, path: tuple = ()) -> Iterator[tuple]:
    """The place of every value in a body, lists and objects within it included, the body itself aside."""
    if path:
        yield path
    for key, value in body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ():
        yield from places(value, (*path, key))


def with_value(body: Any, place: tuple, raw: str) -> bytes:
    """The body as JSON with ``raw`` at a place."""
    return json.dumps(_replaced(body, place)).replace(f'"{HERE}"', raw).encode()


def fingerprint() -> dict[str, tuple[int, str]]:
    """Rows and a checksum of every table, bookkeeping aside."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall() if name not in BOOKKEEPING]
        cursor.execute(" UNION ALL ".join(PRINT.format(name) for name in tables))
        return {name: (count, digest) for name, count, digest in cursor.fetchall()}


def _replaced(body: Any, place: tuple) -> Any:
    if not place:
        return HERE
    first, *rest = place
    if isinstance(body, list):
        return [_replaced(value, tuple(rest)) if nth == first else value for nth, value in enumerate(body)]
    return {key: _replaced(value, tuple(rest)) if key == first else value for key, value in body.items()}
