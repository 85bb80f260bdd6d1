"""What members may demand through a partner: their data, their erasure, and the words they agree to."""

import pytest

from members.models import Consent, Erasure, Member, MemberState
from members.oneid.identities import find
from tests.api.callers import is_problem, make_till
from tests.campaigns.scenery import deliver_all
from tests.consenting import make_wording
from tests.everywhere import places_with
from tests.makers import make_coupon, make_member, make_order, make_tiers

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture
def mini():
    """The mini-program's server, which may see whole numbers."""
    make_tiers()
    return make_till("members:read", "members:write", "members:pii", "members:erase")


def test_a_member_gets_everything_and_the_call_is_on_record(mini):
    member = make_member("张晓梅", phone=PHONE)
    make_order("30.00", member=member)
    data = mini.read(f"/members/{member.public_id}/export/")
    assert data.status_code == 200
    assert data.json()["identities"][0]["value"] == PHONE
    assert data.json()["orders"][0]["net_amount"] == "30.00"
    looks = mini.read(f"/members/{member.public_id}/export/").json()["looks"]
    assert [row["kind"] for row in looks] == ["member.exported"]


def test_without_the_scope_there_is_neither_export_nor_erasure():
    member = make_member(phone=PHONE)
    till = make_till("members:read", "members:write")
    path = f"/members/{member.public_id}"
    is_problem(till.read(f"{path}/export/"), 403, "scope_missing")
    for caller in (till, make_till("members:pii")):  # seeing numbers is no reason to be able to destroy
        answer = caller.send("POST", f"{path}/erase/", {"confirm": member.public_id})
        is_problem(answer, 403, "scope_missing")
    assert find("phone", PHONE) == member


def test_an_erased_member_answers_like_nobody_everywhere(mini):
    member = make_member("张晓梅霞", phone=PHONE)
    make_coupon(member)
    answer = mini.send("POST", f"/members/{member.public_id}/erase/", {"confirm": member.public_id})
    assert answer.status_code == 200
    assert answer.json()["removed"]["identity:phone"] == 1
    deliver_all()
    proof = Erasure.objects.get()
    assert proof.asked_by == f"member, partner:{mini.key.partner.code}"
    assert proof.removed["coupons"] == 1
    for path in ("", "coupons/", "ledger/", "benefits/", "timeline/", "export/"):
        is_problem(mini.read(f"/members/{member.public_id}/{path}"), 404, "member_not_found")
    again = mini.send("POST", f"/members/{member.public_id}/erase/", {"confirm": member.public_id})
    is_problem(again, 404, "member_not_found")
    assert mini.read("/members/", identity=f"phone:{PHONE}").json()["results"] == []
    assert places_with("张晓梅霞") == set()
    new = mini.send("POST", "/members/", {"identities": [f"phone:{PHONE}"]})
    assert (new.status_code, new.json()["id"] != member.public_id) == (201, True)


@pytest.mark.parametrize("body", [{}, {"confirm": "mem_somebodyelse"}, {"confirm": "", "asked_by": "nobody"}])
def test_an_erasure_that_is_not_confirmed_changes_nothing(mini, body):
    member = make_member("张晓梅", phone=PHONE)
    answer = mini.send("POST", f"/members/{member.public_id}/erase/", body)
    assert answer.status_code in (400, 422)
    assert Member.objects.get(pk=member.pk).state == MemberState.ACTIVE
    assert find("phone", PHONE) == member


def test_the_same_call_again_under_its_key_gets_the_same_proof(mini):
    member = make_member(phone=PHONE)
    body = {"confirm": member.public_id}
    first, second = (mini.send("POST", f"/members/{member.public_id}/erase/", body, once="e-1") for _ in range(2))
    assert (second.status_code, second.json()) == (200, first.json())
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Erasure.objects.count() == 1


def test_partners_are_told_the_words_and_may_name_no_others(mini):
    for channel in ("sms", "email"):
        make_wording(channel, "1")
    words = {row["channel"]: row for row in mini.read("/consent-wordings/").json()["wordings"]}
    assert words["sms"]["version"] == "1"
    assert words["sms"]["text"]
    english = mini.get("/api/v1/consent-wordings/", headers={"Accept-Language": "en"}).json()["wordings"]
    assert {row["channel"] for row in english} >= {"sms", "email"}
    member = make_member()
    bad = {"consents": [{"channel": "email", "granted": False},
                        {"channel": "sms", "granted": True, "wording_version": "our-own"}]}  # fmt: skip
    path = f"/members/{member.public_id}/consents/"
    assert is_problem(mini.send("PUT", path, bad), 422, "wording_unknown")
    assert Consent.objects.count() == 0
    good = {"consents": [{"channel": "sms", "granted": True, "wording_version": "1", "language": "zh-hans"}]}
    assert mini.send("PUT", path, good).status_code == 200
    assert Consent.objects.get().language == "zh-hans"
