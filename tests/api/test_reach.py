"""A key limited to stores reads the members of its stores; whoever comes in for the first time is served, too."""

import pytest

from members.models import Consent, Erasure, Identity, Member, Return
from stores import policy
from tests.api.callers import is_problem, make_till
from tests.api.test_store_limits import sale
from tests.makers import make_member, make_order, make_store, make_tiers

pytestmark = pytest.mark.django_db
PHONE = "13812345678"
READS = ("", "code/", "ledger/", "benefits/", "timeline/", "tags/", "export/")


@pytest.fixture(autouse=True)
def _settings_read_anew():
    policy.forget()
    yield
    policy.forget()


@pytest.fixture
def ours():
    make_tiers()
    return make_store("静安寺店")


@pytest.fixture
def theirs():
    return make_store("徐家汇店")


@pytest.fixture
def stranger(theirs):
    """Zhang Xiaomei, whose home is the other store."""
    return make_member("张晓梅", phone=PHONE, home_store=theirs)


def listed(till) -> list[str]:
    return [row["id"] for row in till.read("/members/").json()["results"]]


def test_only_members_of_its_stores_are_listed_and_found(ours, theirs, stranger):
    home, buyer = make_member("王建国", home_store=ours), make_member("李娜", home_store=theirs)
    make_order("20.00", member=buyer, store=ours)
    till = make_till(stores=[ours])
    assert listed(till) == [home.public_id, buyer.public_id]
    assert till.read("/members/", identity=f"phone:{PHONE}").json()["results"] == []
    assert till.read("/members/", home_store=theirs.public_id).json()["results"][0]["id"] == buyer.public_id
    # control: a key for both stores, and a key without stores, see everybody
    for key in (make_till(stores=[ours, theirs]), make_till()):
        assert set(listed(key)) == {stranger.public_id, home.public_id, buyer.public_id}


@pytest.mark.parametrize("part", READS)
def test_everything_about_others_answers_as_if_they_did_not_exist(ours, theirs, stranger, part):
    path = f"/members/{stranger.public_id}/{part}"
    is_problem(make_till(stores=[ours]).read(path), 404, "member_not_found")
    assert make_till(stores=[theirs]).read(path).status_code == 200


def test_others_are_neither_changed_nor_erased(ours, stranger):
    till, path = make_till(stores=[ours]), f"/members/{stranger.public_id}"
    before = Member.objects.values().get(pk=stranger.pk)
    said = {"consents": [{"channel": "sms", "granted": False}]}
    is_problem(till.send("PATCH", f"{path}/", {"name": "别人"}), 404, "member_not_found")
    is_problem(till.send("PUT", f"{path}/consents/", said), 404, "member_not_found")
    is_problem(till.send("POST", f"{path}/erase/", {"confirm": stranger.public_id}), 404, "member_not_found")
    assert Member.objects.values().get(pk=stranger.pk) == before
    assert (Consent.objects.count(), Erasure.objects.count()) == (0, 0)


def test_who_comes_in_for_the_first_time_is_known_but_not_told_about(ours, stranger):
    till = make_till(stores=[ours])
    body = {"identities": [f"phone:{PHONE}"], "store": ours.code}
    answer = till.send("POST", "/members/", body)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["id"], found["tier"]["code"]) == (stranger.public_id, "plain")
    assert (found["name"], found["phone"], found["birthday"]) == ("", "138****5678", None)
    assert [found[part] for part in ("identities", "tags", "consents", "merged_from")] == [[], [], [], []]
    assert "张晓梅" not in answer.content.decode()
    # the first purchase makes them a member of this store, too
    assert till.send("POST", "/orders/", sale(ours, identity=f"phone:{PHONE}")).status_code == 201
    assert till.send("POST", "/members/", body).json()["name"] == "张晓梅"
    assert till.read(f"/members/{stranger.public_id}/").status_code == 200


def test_a_stored_answer_is_not_told_to_a_narrower_key_of_the_same_partner(ours, theirs, stranger):
    wide = make_till(stores=[ours, theirs])
    narrow = make_till(stores=[ours], partner=wide.key.partner)
    body = {"identities": [f"phone:{PHONE}"]}
    assert wide.send("POST", "/members/", body, once="s-1").json()["name"] == "张晓梅"
    assert "张晓梅" not in narrow.send("POST", "/members/", body, once="s-1").content.decode()


def test_a_new_member_of_a_till_belongs_to_its_store(ours):
    till = make_till(stores=[ours])
    made = till.send("POST", "/members/", {"identities": [f"phone:{PHONE}"], "name": "张晓梅"})
    assert made.status_code == 201
    assert made.json()["home_store"]["code"] == ours.code
    assert listed(till) == [made.json()["id"]]


def test_headquarters_may_open_all_members_to_tills(ours, stranger):
    policy.change("partners.read_all_members", True, by=None)
    assert make_till(stores=[ours]).read(f"/members/{stranger.public_id}/").json()["name"] == "张晓梅"


def refund(till, number: str, store):
    body = {"refund_no": number, "returned_at": "2026-11-21T10:00:00+08:00", "store": store.code, "amount": "5.00"}
    rows = {"orders": [body | {"kind": "return", "order_no": "N-1", "refund_no": f"{number}-b"}]}
    single = till.send("POST", "/orders/pos/N-1/refunds/", body)
    return single, till.send("POST", "/orders/bulk/", rows).json()["results"][0]


def test_goods_come_back_anywhere_unless_headquarters_say_otherwise(ours, theirs):
    make_till().send("POST", "/orders/", sale(theirs))
    till = make_till(stores=[ours])
    single, row = refund(till, "R-1", ours)
    assert (single.status_code, row["status"]) == (201, "created")
    policy.change("partners.return_anywhere", False, by=None)
    single, row = refund(till, "R-2", ours)
    is_problem(single, 403, "store_not_allowed")
    assert (row["status"], row["code"]) == ("refused", "store_not_allowed")
    assert Return.objects.count() == 2
    # control: where it was sold, and by a key without stores
    for key, number in ((make_till(stores=[theirs]), "R-3"), (make_till(), "R-4")):
        single, row = refund(key, number, theirs)
        assert (single.status_code, row["status"]) == (201, "created")


def test_a_member_is_found_by_an_identity_that_no_address_holds(ours, theirs, stranger):
    body = {"identity": f"phone:{PHONE}"}
    found = make_till(stores=[theirs]).send("POST", "/members/find/", body)
    assert (found.status_code, found.json()["id"]) == (200, stranger.public_id)
    is_problem(make_till(stores=[ours]).send("POST", "/members/find/", body), 404, "member_not_found")
    is_problem(make_till().send("POST", "/members/find/", {"identity": "phone:13987654321"}), 404, "member_not_found")
    assert Member.objects.count() == 1


def test_nobody_lets_an_identity_of_their_own_lead_to_a_member_of_another_store(ours, theirs, stranger):
    """Else a stolen till's key would open somebody's wallet to whoever holds the new identity."""
    nameless = make_member("", phone="13987654321", home_store=theirs)
    mine = make_member("李娜", phone="13700000001", home_store=ours)
    till = make_till(stores=[ours])
    before = list(Member.objects.order_by("pk").values()), list(Identity.objects.order_by("pk").values())
    for phone in (PHONE, "13987654321"):
        body = {"identities": [f"phone:{phone}", "wechat_unionid:o-of-a-thief"], "name": "小偷", "store": ours.code}
        assert till.send("POST", "/members/", body).status_code == 200
    joined = till.send("POST", "/members/", {"identities": [f"phone:{PHONE}", "phone:13700000001"]})
    is_problem(joined, 409, "identity_conflict")
    assert (list(Member.objects.order_by("pk").values()), list(Identity.objects.order_by("pk").values())) == before
    # control: to a member of its own store the till may add
    body = {"identities": ["phone:13700000001", "wechat_unionid:o-of-li-na"]}
    assert till.send("POST", "/members/", body).status_code == 200
    assert (mine.identities.count(), nameless.identities.count()) == (2, 1)
