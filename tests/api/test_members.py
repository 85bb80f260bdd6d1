"""Members over the API: sign up, find, read, change, agree; what a key without members:pii never sees."""

import json
from datetime import date

import pytest

from members import tags
from members.models import Identity, Member, Tag, TagGroup
from members.oneid.identityseals import identity_row
from members.privacy import consents
from stores.models import Scope
from tests.api.callers import is_problem, make_till
from tests.consenting import agree
from tests.makers import days_ago, make_guide, make_member, make_order, make_store, make_tiers

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture(autouse=True)
def _tiers():
    make_tiers()


@pytest.fixture
def till():
    return make_till(Scope.MEMBERS_READ, Scope.MEMBERS_WRITE)


def test_a_new_customer_is_signed_up_and_a_known_one_recognised(till):
    guide = make_guide()
    body = {
        "identities": ["phone:+86 138-1234-5678", "wechat_unionid:oU1"],
        "name": "张晓梅",
        "birthday": "1990-02-28",
        "store": guide.store.code,
        "guide": guide.employee_no,
    }
    created = till.send("POST", "/members/", body)
    assert created.status_code == 201, created.content
    shown = created.json()
    assert (shown["name"], shown["birthday"], shown["guide"]["employee_no"]) == (
        "张晓梅",
        "1990-02-28",
        guide.employee_no,
    )
    assert shown["home_store"]["code"] == guide.store.code
    known = till.send("POST", "/members/", {"identities": [f"phone:{PHONE}", "card_no:C-7"], "name": "另一个名字"})
    assert (known.status_code, known.json()["id"], known.json()["name"]) == (200, shown["id"], "张晓梅")
    assert {row["kind"] for row in known.json()["identities"]} == {"phone", "wechat_unionid", "card_no"}
    assert Member.objects.count() == 1


def test_identities_of_two_members_are_a_conflict_that_names_both(till):
    one, two = make_member(phone=PHONE), make_member()
    identity_row(two, "card_no", "C-7").save()
    answer = till.send("POST", "/members/", {"identities": [f"phone:{PHONE}", "card_no:C-7"]})
    members = is_problem(answer, 409, "identity_conflict")
    assert set(members["members"]) == {one.public_id, two.public_id}
    assert Identity.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"identities": []}, 400, "invalid"),
        ({"identities": ["13812345678"]}, 422, "bad_identity"),
        ({"identities": ["phone:13800138000"]}, 422, "bad_identity"),
        ({"identities": ["shoe_size:42"]}, 422, "bad_identity"),
        ({"identities": ["phone:13812345678"], "birthday": "2990-01-01"}, 422, "bad_birthday"),
        ({"identities": ["phone:13812345678"], "birthday": "1990-02-30"}, 400, "invalid"),
        ({"identities": ["phone:13812345678"], "store": "nowhere"}, 422, "store_not_found"),
        ({"identities": ["phone:13812345678"], "guide": "nobody"}, 422, "guide_not_found"),
        ({"identities": ["phone:13812345678"], "joined_at": "2099-01-01T00:00:00Z"}, 422, "future_date"),
    ],
)
def test_a_sign_up_that_cannot_be_is_refused_and_makes_nobody(till, body, status, code):
    is_problem(till.send("POST", "/members/", body), status, code)
    assert Member.objects.count() == 0
    assert Identity.objects.count() == 0


def test_a_member_is_found_by_any_identity(till):
    member = make_member(phone=PHONE)
    make_member()
    found = till.read("/members/", identity=f"phone:0086{PHONE}").json()["results"]
    assert [row["id"] for row in found] == [member.public_id]
    assert till.read("/members/", identity="phone:13911112222").json()["results"] == []


def test_the_profile_says_why_this_tier_and_what_is_missing(till):
    member = make_member(phone=PHONE)
    make_order("400.00", member=member, paid_at=days_ago(3))
    shown = till.read(f"/members/{member.public_id}/").json()
    assert (shown["tier"]["code"], shown["tier"]["next"]["code"]) == ("plain", "silver")
    assert shown["tier"]["missing"] == 1000 - shown["growth"]
    assert shown["points"] > 0
    assert shown["stage"] == "growing"


def test_tags_and_consents_are_in_the_profile(till):
    member = make_member()
    group = TagGroup.objects.create(name="水果口味")
    tags.set_tag(member, Tag.objects.create(group=group, name="爱吃葡萄"), by=None)
    agree(member, "sms")
    shown = till.read(f"/members/{member.public_id}/").json()
    assert shown["tags"] == [{"group": "水果口味", "name": "爱吃葡萄"}]
    assert [(row["channel"], row["granted"]) for row in shown["consents"]] == [("sms", True)]


def test_a_change_changes_what_it_names_and_nothing_else(till):
    member = make_member("张晓梅", birthday=date(1990, 2, 28))
    dreams = {"name": "张小梅", "points": 999, "tier": "gold"}
    is_problem(till.send("PATCH", f"/members/{member.public_id}/", dreams), 400, "invalid")
    answer = till.send("PATCH", f"/members/{member.public_id}/", {"name": "张小梅"})
    assert (answer.status_code, answer.json()["name"], answer.json()["birthday"]) == (200, "张小梅", "1990-02-28")
    member.refresh_from_db()
    assert (member.name, member.points, member.tier.code) == ("张小梅", 0, "plain")


def test_a_lunar_birthday_is_told_as_it_is_kept(time_machine):
    time_machine.move_to("2026-11-22T02:00:00Z")
    till, member = make_till(), make_member("张晓梅", birthday=date(1990, 10, 3))
    kept = till.send("PATCH", f"/members/{member.public_id}/", {"birthday_calendar": "lunar"}).json()["birthday_kept"]
    assert kept == {"calendar": "lunar", "month": 8, "day": 15, "words": "农历八月十五", "next_on": "2027-09-15"}
    told = till.send("PATCH", f"/members/{member.public_id}/", {"birthday": None}).json()
    assert (told["birthday"], told["birthday_kept"]) == (None, None)


def test_a_member_who_was_erased_looks_like_nobody(till):
    member = make_member(phone=PHONE, state="erased")
    for path in ("", "coupons/", "ledger/", "benefits/", "timeline/"):
        is_problem(till.read(f"/members/{member.public_id}/{path}"), 404, "member_not_found")
    is_problem(till.send("PATCH", f"/members/{member.public_id}/", {"name": "x"}), 404, "member_not_found")
    assert till.read("/members/").json()["results"] == []


def test_consents_are_granted_and_withdrawn_and_the_same_again_changes_nothing(till):
    member, store = make_member(), make_store()
    path = f"/members/{member.public_id}/consents/"
    body = {"consents": [{"channel": "sms", "granted": True, "wording_version": "1"}], "store": store.code}
    for _ in range(2):
        assert till.send("PUT", path, body).status_code == 200
    assert member.consents.count() == 1
    assert member.consents.get().collected_by.startswith("partner:")
    body = {"consents": [{"channel": "sms", "granted": False}, {"channel": "email", "granted": False}]}
    now = till.send("PUT", path, body).json()["consents"]
    assert {row["channel"]: row["granted"] for row in now} == {"sms": False, "email": False}
    assert not consents.may_contact(member, "sms")


def test_one_bad_consent_leaves_all_as_they_were(till):
    member = make_member()
    body = {"consents": [{"channel": "email", "granted": False}, {"channel": "sms", "granted": True}]}
    is_problem(till.send("PUT", f"/members/{member.public_id}/consents/", body), 422, "wording_missing")
    assert member.consents.count() == 0


def test_ledgers_list_each_entry_with_its_order(till):
    member = make_member()
    order = make_order("100.00", member=member)
    for name, total in (("points", member.points), ("growth", member.growth)):
        rows = till.read(f"/members/{member.public_id}/ledger/", ledger=name).json()["results"]
        member.refresh_from_db()
        total = getattr(member, name)
        assert sum(row["delta"] for row in rows) == total > 0
        assert {row["order"]["order_no"] for row in rows} == {order.order_no}


def test_the_timeline_tells_in_words_and_leaves_out_what_is_internal(till):
    guide = make_guide()
    member = make_member(guide=guide)
    make_order("100.00", member=member)
    rows = till.read(f"/members/{member.public_id}/timeline/").json()["results"]
    assert "order.recorded" in {row["kind"] for row in rows}
    assert all(row["title"] for row in rows)
    assert not {"member.noted", "member.revealed"} & {row["kind"] for row in rows}


def test_without_members_pii_no_answer_holds_an_identity(till):
    member = make_member(phone=PHONE)
    identity_row(member, "email", "xiaomei.zhang@example.com").save()
    make_order("100.00", member=member)
    paths = ["", "coupons/", "ledger/", "benefits/", "timeline/"]
    texts = [till.read(f"/members/{member.public_id}/{path}").content.decode() for path in paths]
    texts += [
        till.read("/members/").content.decode(),
        till.read("/members/", identity=f"phone:{PHONE}").content.decode(),
    ]
    texts += [till.send("POST", "/members/", {"identities": [f"phone:{PHONE}"]}).content.decode()]
    texts += [till.send("PATCH", f"/members/{member.public_id}/", {"name": "张小梅"}).content.decode()]
    for text in texts:
        assert PHONE not in text
        assert "xiaomei.zhang@example.com" not in text
    assert json.loads(texts[0])["phone"] == "138****5678"


def test_with_members_pii_the_whole_number_is_there():
    member = make_member(phone=PHONE)
    till = make_till(Scope.MEMBERS_READ, Scope.MEMBERS_PII)
    assert till.read(f"/members/{member.public_id}/").json()["phone"] == PHONE
    assert till.read("/members/").json()["results"][0]["phone"] == PHONE
