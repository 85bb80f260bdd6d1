"""Every code for which a coupon is refused at a till: the situation, the status, what is missing as data and in words
that a cashier can read aloud; lock, redeem and check say the same, and nothing has changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from coupons import redemption
from coupons.api.tillbodies import CODES
from coupons.codes import new_code
from coupons.models import Coupon, CouponTemplate
from coupons.voiding import void
from members.models import Category, Member, Product
from stores import policy
from stores.models import Scope, Store
from tests.api.callers import is_problem, make_till
from tests.api.hostile import fingerprint
from tests.makers import make_coupon, make_member, make_store, make_template, make_tiers

pytestmark = pytest.mark.django_db
D = Decimal
NOON = "2026-11-23T12:00:00+08:00"  # a Monday


@dataclass
class Counter:
    """A store, a member at its till, and a bill of ¥48.00 for two punnets of cherries."""

    store: Store
    mei: Member
    other: Store
    li: Member

    def coupon(self, **terms: Any) -> Coupon:
        """A coupon of the member; with no terms, ¥10 off ¥40."""
        if "kind" not in terms:
            terms = {"threshold": D(40)} | terms
        return make_coupon(self.mei, template=make_template("券", **terms))

    def use(self, coupon: Coupon, order_no: str = "N-0", verb: Callable[..., Coupon] = redemption.redeem) -> Coupon:
        """Another receipt takes it."""
        return verb(coupon.code, channel="pos", order_no=order_no, amount=D(100), store=self.store)


@dataclass(frozen=True)
class Refused:
    """What the till hears: the status, members of the problem, words in its sentence; and what it said itself."""

    situation: Callable[[Counter], Coupon | str]
    status: int = 422
    extra: dict[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    body: Callable[[Counter], dict[str, Any]] = lambda _counter: {}


def ended(counter: Counter) -> Coupon:
    return make_coupon(counter.mei, template=make_template(), at=timezone.now() - timedelta(days=30))


def withdrawn(counter: Counter) -> Coupon:
    coupon = counter.coupon()
    void(coupon, by=None)
    return coupon


def used(counter: Counter) -> Coupon:
    return counter.use(counter.coupon())


def locked(counter: Counter) -> Coupon:
    return counter.use(counter.coupon(), verb=redemption.lock)


def beside_its_like(counter: Counter) -> Coupon:
    counter.use(counter.coupon(stack_group="满减"), "N-1", redemption.lock)
    return counter.coupon(stack_group="满减")


def too_many(counter: Counter) -> Coupon:
    policy.change("coupons.per_receipt", 1, by=None)
    counter.use(counter.coupon(), "N-1")
    return counter.coupon()


def spent(counter: Counter) -> Coupon:
    template = make_template(threshold=D(40), budget=D(15))
    counter.use(make_coupon(counter.li, template=template))
    return make_coupon(counter.mei, template=template)


def gold_only(counter: Counter) -> Coupon:
    return counter.coupon(tier_ids=[make_tiers()["gold"].pk])


def for_grapes(counter: Counter) -> Coupon:
    grapes = Category.objects.create(name="葡萄")
    Product.objects.create(sku="F041", name="洛川苹果")
    return counter.coupon(category_ids=[grapes.pk], skus=["F041"])


CHERRIES = {"lines": [{"sku": "F011", "amount": "48.00", "quantity": 2}]}
# the code, and after a blank which of several situations with it
TABLE = {
    "coupon_not_found": Refused(lambda _counter: new_code(), 404, words=("没有",)),
    "coupon_used": Refused(used, 409, {"used_at": "2026-11-23T12:00:00+08:00"}, ("2026-11-23",)),
    "coupon_locked": Refused(locked, 409, {"locked_until": "2026-11-23T12:15:00+08:00"}, ("12:15",)),
    "coupon_voided": Refused(withdrawn),
    "coupon_expired": Refused(ended, extra={"valid_until": "2026-10-31T00:00:00+08:00"}, words=("2026-10-30",)),
    "coupon_not_started": Refused(
        lambda counter: counter.coupon(start_after_days=2),
        extra={"valid_from": "2026-11-25T00:00:00+08:00"},
        words=("2026-11-25",),
    ),
    "not_coupon_owner": Refused(
        lambda counter: counter.coupon(), body=lambda counter: {"member": counter.li.public_id}
    ),
    "store_not_in_scope": Refused(
        lambda counter: counter.coupon(store_ids=[counter.other.pk]), extra={"stores": ["HZ02"]}, words=("西湖店",)
    ),
    "channel_not_in_scope": Refused(
        lambda counter: counter.coupon(channels=["app"]), extra={"channels": ["app"]}, words=("app",)
    ),
    "tier_not_in_scope": Refused(gold_only, extra={"tiers": ["gold"]}, words=("金卡",)),
    "outside_hours": Refused(lambda counter: counter.coupon(weekdays=[6, 7]), words=("周末",)),
    "product_not_in_scope": Refused(
        for_grapes,
        extra={"items": ["葡萄", "洛川苹果"], "skus": ["F041"], "lines_needed": False},
        words=("葡萄", "洛川苹果"),
        body=lambda _counter: CHERRIES,
    ),
    "product_not_in_scope, lines not sent": Refused(for_grapes, extra={"lines_needed": True}),
    "product_not_in_scope, by weight": Refused(
        lambda counter: counter.coupon(kind="fixed_price", fixed_price=D(9), cap=D(30), skus=["F011"]),
        extra={"lines_needed": False},
        words=("按件",),
        body=lambda _counter: {"lines": [{"sku": "F011", "amount": "48.00", "quantity": "0.52"}]},
    ),
    "threshold_not_met": Refused(
        lambda counter: counter.coupon(threshold=D(60)),
        extra={"short": "12.00", "threshold": "60.00", "qualifying": "48.00"},
        words=("12", "60"),
    ),
    "threshold_not_met, of some goods": Refused(
        lambda counter: counter.coupon(threshold=D(60), skus=["F011"]),
        extra={"short": "30.00", "qualifying": "30.00", "items": ["车厘子"]},
        words=("30", "车厘子"),
        body=lambda _counter: {"lines": [{"sku": "F011", "amount": "30.00"}, {"sku": "F999", "amount": "18.00"}]},
    ),
    "stack_conflict": Refused(beside_its_like, extra={"stack_group": "满减"}),
    "limit_reached": Refused(too_many, extra={"limit": 1}, words=("1",)),
    "budget_spent": Refused(spent),
    "nothing_to_gain": Refused(
        lambda counter: counter.coupon(kind="fixed_price", fixed_price=D(25), cap=D(30), skus=["F011"]),
        extra={"piece": "24.00", "fixed_price": "25.00"},
        words=("24", "25"),
        body=lambda _counter: CHERRIES,
    ),
    "nothing_to_gain, no delivery": Refused(
        lambda counter: counter.coupon(kind="free_shipping", cap=D(8)),
        extra={"delivery_needed": False},
        words=("运费",),
        body=lambda _counter: {"delivery": "0.00"},
    ),
    "nothing_to_gain, delivery not sent": Refused(
        lambda counter: counter.coupon(kind="free_shipping", cap=D(8)), extra={"delivery_needed": True}
    ),
}
NOT_BY_CHECK = {"product_not_in_scope", "product_not_in_scope, by weight", "threshold_not_met, of some goods"} | {
    "nothing_to_gain"
}  # a check sends no lines


@pytest.fixture
def counter():
    Product.objects.create(sku="F011", name="车厘子")
    policy.forget()
    with time_machine.travel(NOON, tick=False):
        stores = [make_store(name, code=code) for name, code in (("武林店", "HZ01"), ("西湖店", "HZ02"))]
        yield Counter(stores[0], make_member(phone="13812345678"), stores[1], make_member("李雷"))
    policy.forget()


def test_the_table_is_complete():
    assert {name.partition(",")[0] for name in TABLE} == set(CODES)


@pytest.mark.parametrize("name", TABLE)
def test_it_is_said_why_what_is_missing_and_nothing_changes(counter, name):
    case, code = TABLE[name], name.partition(",")[0]
    made = case.situation(counter)
    till = make_till(Scope.COUPONS_READ, Scope.COUPONS_REDEEM)
    path = f"/coupons/{made if isinstance(made, str) else made.code}/"
    body = {"order_no": "N-1", "store": "HZ01", "amount": "48.00", **case.body(counter)}
    before = fingerprint()
    for verb in ("lock", "redeem"):
        told = is_problem(till.send("POST", f"{path}{verb}/", body), case.status, code)
        assert {key: told.get(key) for key in case.extra} == case.extra
        assert [word for word in case.words if word not in told["detail"]] == []
    if case.status != 404 and name not in NOT_BY_CHECK:
        asked = {key: value for key, value in body.items() if key != "lines"}
        refusal = till.read(path, **asked).json()["refusal"]
        assert (refusal["code"], refusal["detail"]) == (code, told["detail"])
    assert fingerprint() == before


def test_the_same_receipt_passes_where_nothing_speaks_against_it(counter):
    till = make_till(Scope.COUPONS_REDEEM)
    offers = [
        (counter.coupon(), {}, "10.00"),
        (counter.coupon(kind="fixed_price", fixed_price=D("9.9"), cap=D(30), skus=["F011"]), CHERRIES, "14.10"),
        (counter.coupon(kind="free_shipping", cap=D(8)), {"delivery": "6.50"}, "6.50"),
    ]
    for number, (coupon, more, off) in enumerate(offers):
        body = {"order_no": f"N-{number}", "store": "HZ01", "amount": "48.00", **more}
        answer = till.send("POST", f"/coupons/{coupon.code}/redeem/", body)
        assert (answer.status_code, answer.json()["discount"]) == (200, off), answer.content


def test_a_better_coupon_in_the_wallet_is_named_with_the_delivery_it_frees(counter):
    short = counter.coupon(threshold=D(60))
    free = counter.coupon(kind="free_shipping", cap=D(8))
    body = {"order_no": "N-1", "store": "HZ01", "amount": "48.00", "delivery": "6.00", "member": counter.mei.public_id}
    answer = make_till(Scope.COUPONS_REDEEM).send("POST", f"/coupons/{short.code}/redeem/", body)
    told = is_problem(answer, 422, "threshold_not_met")
    assert told["better_coupon"] == {"code": free.code, "name": "券", "discount": "6.00"}
    assert free.code in told["detail"]
    assert CouponTemplate.objects.count() == 2
