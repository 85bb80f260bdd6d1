"""Groups, share links and recommendations over the partner API."""

import pytest

from campaigns.models import GroupClaim, ShareClick
from coupons.models import Coupon
from members.models import OrderShareCode
from stores.ids import public_id
from tests.api.callers import is_problem, make_till
from tests.campaigns.spreading.scenery import group, link, post, shared_coupon
from tests.makers import make_guide, make_member, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    """Lin Xiaoman, who keeps a group and shares."""
    return make_guide()


@pytest.fixture
def zihan():
    """Zhou Zihan, a member."""
    return make_member("周子涵", phone="13800001234")


def test_a_member_joins_claims_once_and_leaves(lin, zihan):
    till, made = make_till(), group(lin)
    offered, body = post(made, stock=1), {"identity": "phone:13800001234"}
    claim = f"/group-posts/{public_id('pst', offered.pk)}/claim/"
    is_problem(till.send("POST", claim, body), 403, "not_in_group")
    join = f"/group-codes/{made.join_code}/join/"
    assert [till.send("POST", join, body).status_code for _nth in range(2)] == [201, 200]
    assert [one["left"] for one in till.read(f"/group-codes/{made.join_code}/posts/").json()["results"]] == [1]
    first = till.send("POST", claim, body, once="k1")
    again = till.send("POST", claim, body, once="k1")
    assert (first.status_code, again.json()) == (201, first.json())
    assert first.json()["coupon"]["code"] == Coupon.objects.get().code
    is_problem(till.send("POST", claim, body), 409, "claimed_already")
    assert till.send("POST", f"/group-codes/{made.join_code}/leave/", body).json()["members"] == 0
    assert GroupClaim.objects.count() == 1


def test_a_key_of_another_store_finds_neither_group_nor_post(lin, zihan):
    made = group(lin)
    offered = post(made)
    till = make_till(stores=[make_store("西溪店")])
    body = {"member": public_id("mem", zihan.pk)}
    is_problem(till.send("POST", f"/group-codes/{made.join_code}/join/", body), 404, "group_not_found")
    claim = f"/group-posts/{public_id('pst', offered.pk)}/claim/"
    is_problem(till.send("POST", claim, body), 404, "post_not_found")
    own = make_till(stores=[lin.store])  # control: a key of the store finds both
    assert own.send("POST", f"/group-codes/{made.join_code}/join/", body).status_code == 201


def test_a_link_is_followed_its_coupon_taken_once_and_the_order_brings_its_code(lin, zihan):
    till, shared = make_till(), link(lin, template=shared_coupon())
    body = {"member": public_id("mem", zihan.pk)}
    assert till.read(f"/share-codes/{shared.code}/").json()["kind"] == "coupon"
    assert till.send("POST", f"/share-codes/{shared.code}/click/", {}).status_code == 201
    taken = [till.send("POST", f"/share-codes/{shared.code}/claim/", body) for _nth in range(2)]
    assert [answer.status_code for answer in taken] == [201, 200]
    assert taken[0].json()["code"] == taken[1].json()["code"]
    assert list(ShareClick.objects.order_by("pk").values_list("member", flat=True)) == [None, zihan.pk]
    is_problem(till.send("POST", "/share-codes/NOSUCHCO/click/", body), 404, "share_link_not_found")
    order = {
        "order_no": "S-1", "paid_at": "2026-11-20T10:00:00+08:00", "store": lin.store.code, **body,
        "lines": [{"sku": "F001", "quantity": 1, "unit_price": "58.00"}], "share_code": shared.code,
    }  # fmt: skip
    assert [till.send("POST", "/orders/", order).status_code for _nth in range(2)] == [201, 200]
    is_problem(till.send("POST", "/orders/", {**order, "share_code": ""}), 409, "order_conflict")
    assert OrderShareCode.objects.get().code == shared.code


def test_a_member_without_recommendations_gets_an_empty_list(zihan):
    till = make_till()
    assert till.read(f"/members/{public_id('mem', zihan.pk)}/recommendations/").json() == {"results": []}
    assert till.read("/members/mem_nobody/recommendations/").status_code == 404
