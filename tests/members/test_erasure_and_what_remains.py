"""After an erasure nothing tells of the member: no answer kept for tills that ask again, no trace of a correction."""

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Member
from members.privacy import erasure
from stores.models import StoredReply
from tests.api.callers import make_till
from tests.everywhere import places_with
from tests.makers import make_admin, make_member, make_tiers

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture(autouse=True)
def _tiers():
    make_tiers()


def test_an_answer_that_was_kept_for_a_second_try_tells_nothing_of_somebody_erased():
    till = make_till()
    body = {"identities": [f"phone:{PHONE}"], "name": "张晓梅霞"}
    first = till.send("POST", "/members/", body, once="s-1")
    other = till.send("POST", "/members/", {"identities": ["phone:13987654321"], "name": "李娜"}, once="s-2")
    assert "张晓梅霞" in till.send("POST", "/members/", body, once="s-1").content.decode()  # control
    gone = till.send("POST", f"/members/{first.json()['id']}/erase/", {"confirm": first.json()["id"]}, once="e-1")
    again = till.send("POST", "/members/", body, once="s-1")
    assert (again.status_code, again.json()["code"]) == (404, "answer_forgotten")
    assert Member.objects.count() == 2  # nobody was signed up anew by asking again
    assert not [told for told in ("张晓梅霞", PHONE, "5678") if told in again.content.decode()]
    # others' answers stay, and so does the proof
    assert till.send("POST", "/members/", {"identities": ["phone:13987654321"], "name": "李娜"}, once="s-2").json() == (
        other.json()
    )
    proof = till.send("POST", f"/members/{first.json()['id']}/erase/", {"confirm": first.json()["id"]}, once="e-1")
    assert (proof.status_code, proof.json()) == (200, gone.json())
    assert StoredReply.objects.count() == 3


def test_a_correction_in_the_admin_leaves_no_name_behind():
    member = make_member("张晓梅霞", phone=PHONE)
    browser = Client()
    browser.force_login(make_admin())
    add = reverse("admin:members_pointsentry_add")
    form = {"member_code": member.code, "delta": "5", "note": "for 张晓梅霞"}
    assert browser.post(add, form).status_code == 302
    erasure.erase(member, asked_by="member", reason="asked")
    assert places_with("张晓梅霞") == set()
