"""Partners tell of scans and of friends who came by an invitation, and find the stores near a place."""

import pytest
from django.utils import timezone

from campaigns.models import CodeDay, Referral
from campaigns.recruiting import codes, referring
from stores.models import Scope
from tests.api.callers import is_problem, make_till
from tests.makers import make_member, make_store
from tests.recruiting.people import campaign_code, make_programme, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    return make_till(Scope.RECRUIT, Scope.STORES_READ)


def test_a_scan_says_what_the_code_stands_for_and_counts_a_visitor_once(till):
    shop = open_shop()
    code = codes.of_guide(shop.xiaoman)
    answers = [till.send("POST", f"/channel-codes/{code.code.lower()}/scan/", {"visitor": "oG1"}) for _nth in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["counted"] for answer in answers] == [True, False]
    told = answers[0].json()
    assert (told["store"], told["guide"], told["source"]) == (shop.store.code, shop.xiaoman.employee_no, "guide_code")
    assert CodeDay.objects.get().scans == 1


def test_the_same_idempotency_key_gives_the_same_answer(till):
    code = codes.of_guide(open_shop().xiaoman)
    path = f"/channel-codes/{code.code}/scan/"
    first, again = (till.send("POST", path, {"visitor": "oG1"}, once="k1") for _nth in range(2))
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_code_that_ended_never_was_or_is_another_stores_is_refused(till):
    shop = open_shop()
    over = campaign_code(store=shop.store, state="off")
    is_problem(till.send("POST", f"/channel-codes/{over.code}/scan/", {"visitor": "a"}), 422, "channel_code_ended")
    is_problem(till.send("POST", "/channel-codes/ABCDEFGH/scan/", {"visitor": "a"}), 404, "channel_code_not_found")
    other = make_till(Scope.RECRUIT, stores=[make_store("西溪店")])
    mine = codes.of_guide(shop.xiaoman)
    is_problem(other.send("POST", f"/channel-codes/{mine.code}/scan/", {"visitor": "a"}), 404, "channel_code_not_found")
    assert CodeDay.objects.count() == 0


def test_a_friend_is_referred_once_and_the_inviter_is_not_named(till):
    shop = open_shop()
    make_programme()
    meimei = make_member("张晓梅", guide=shop.xiaoman, phone="13812345678")
    make_member("吴晓峰", guide=shop.hejun, phone="13900001111", joined_at=timezone.now())
    body = {"code": referring.code_of(meimei).code, "identity": "phone:13900001111"}
    first, again = till.send("POST", "/referrals/", body), till.send("POST", "/referrals/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["state"] == "pending"
    assert "张晓梅" not in first.content.decode()
    assert Referral.objects.count() == 1


def test_what_is_no_referral_is_refused_with_its_reason_and_leaves_nothing(till):
    shop = open_shop()
    make_programme()
    meimei = make_member("张晓梅", guide=shop.xiaoman, phone="13812345678", joined_at=timezone.now())
    code = referring.code_of(meimei).code
    me = {"code": code, "identity": "phone:13812345678"}
    assert is_problem(till.send("POST", "/referrals/", me), 422, "self_referral")["why"] == "same_person"
    is_problem(till.send("POST", "/referrals/", me | {"code": "RABCDEFG"}), 404, "invite_code_not_found")
    nobody = {"code": code, "identity": "phone:13900009999"}
    is_problem(till.send("POST", "/referrals/", nobody), 404, "member_not_found")
    old = make_member("老会员", phone="13900002222")
    type(old).objects.filter(pk=old.pk).update(joined_at="2020-01-01T00:00:00Z")
    is_problem(till.send("POST", "/referrals/", {"code": code, "member": old.public_id}), 422, "friend_not_new")
    assert Referral.objects.count() == 0


def test_a_member_has_an_invite_code_and_sees_how_friends_stand(till):
    shop = open_shop()
    make_programme()
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    referring.refer(meimei, make_member("吴晓峰", guide=shop.hejun, joined_at=timezone.now()))
    told = till.read(f"/members/{meimei.public_id}/referrals/").json()
    assert told["path"] == f"/join/{told['code']}/"
    assert [row["state"] for row in told["results"]] == ["pending"]
    assert "吴晓峰" not in str(told)
    stranger = make_till(Scope.RECRUIT, stores=[make_store("西溪店")])
    is_problem(stranger.read(f"/members/{meimei.public_id}/referrals/"), 404, "member_not_found")


def test_the_nearest_stores_come_first_and_those_beyond_three_kilometres_not_at_all(till):
    shop = open_shop()
    near = make_store("近店", latitude=30.2502, longitude=120.1602)
    make_store("远店", latitude=30.4, longitude=120.3)
    make_store("关店", latitude=30.25, longitude=120.16, closed_on="2020-01-01")
    found = till.read("/stores/nearest/", latitude=30.2503, longitude=120.1603).json()["results"]
    assert [row["store"]["code"] for row in found] == [near.code, shop.store.code]
    assert found[0]["km"] < found[1]["km"] < 3
    wide = till.read("/stores/nearest/", latitude=30.2503, longitude=120.1603, within=50).json()["results"]
    assert len(wide) == 3


@pytest.mark.parametrize("place", [{}, {"latitude": "nan", "longitude": "1"}, {"latitude": "91", "longitude": "0"},
                                   {"latitude": "1e400", "longitude": "0"}, {"latitude": "x", "longitude": "y"},
                                   {"latitude": "1", "longitude": "1", "within": "-1"}])  # fmt: skip
def test_a_place_that_is_none_is_refused(till, place):
    is_problem(till.read("/stores/nearest/", **place), 422, "bad_place")
