"""What headquarters does about the data of a member: look at the phone, consent, hand out, erase."""

import json
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from members import profiles
from members.models import Consent, Erasure, Member, MemberState
from members.oneid.identities import find
from stores import policy
from tests.consenting import agree, make_wording
from tests.everywhere import places_with
from tests.makers import make_admin, make_guide, make_marketer, make_member, make_order, make_tiers
from tests.members.shop import told

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture
def meimei():
    make_tiers()
    return make_member("张晓梅霞", phone=PHONE, guide=make_guide())


def signed_in(person) -> Client:
    """A browser of somebody."""
    browser = Client()
    browser.force_login(person)
    return browser


def page(member, name: str) -> str:
    """The address of a step."""
    return reverse("admin:members_member_change", args=[member.pk]).replace("change/", f"{name}/")


def test_a_look_at_the_phone_needs_a_reason_is_counted_and_on_record(meimei):
    jianguo = make_admin()
    browser = signed_in(jianguo)
    assert PHONE not in browser.get(page(meimei, "phone")).content.decode()
    assert PHONE not in browser.post(page(meimei, "phone"), {}).content.decode()
    answer = browser.post(page(meimei, "phone"), {"reason": "call_back"})
    assert PHONE in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert told(meimei, "member.revealed") == [{"by": jianguo.pk, "reason": "call_back"}]
    policy.change("identities.reveals_per_day", 1, by=None)
    assert PHONE not in browser.post(page(meimei, "phone"), {"reason": "call_back"}).content.decode()


def test_a_role_that_may_not_reveal_does_not(meimei):
    policy.change("identities.reveal_roles", ["hq_admin"], by=None)
    answer = signed_in(make_marketer()).post(page(meimei, "phone"), {"reason": "call_back"})
    assert answer.status_code == 403
    assert told(meimei, "member.revealed") == []


def test_consent_is_written_down_in_the_words_of_today_and_the_proof_shows_them(meimei):
    make_wording("sms", "2", text="我同意接收短信", starts_on=date(2026, 1, 1))
    browser = signed_in(make_marketer())
    assert "我同意接收短信" in browser.get(page(meimei, "consent")).content.decode()
    assert browser.post(page(meimei, "consent"), {"channel": "sms", "granted": "yes"}).status_code == 302
    entry = Consent.objects.get()
    assert (entry.granted, entry.wording_version, entry.collected_by[:2]) == (True, "2", "苏婉")
    browser.post(page(meimei, "consent"), {"channel": "sms", "granted": "no"})
    assert Consent.objects.count() == 2
    assert "苏婉" in browser.get(page(meimei, "consent")).content.decode()


def test_only_an_administrator_hands_out_the_data(meimei):
    make_order("30.00", member=meimei)
    assert signed_in(make_marketer()).post(page(meimei, "data"), {"reason": "member"}).status_code == 403
    answer = signed_in(make_admin()).post(page(meimei, "data"), {"reason": "member"})
    assert answer["Content-Type"] == "application/json"
    assert json.loads(answer.content)["identities"][0]["value"] == PHONE
    assert len(told(meimei, "member.exported")) == 1


@pytest.mark.parametrize(
    "form",
    [
        {"asked_by": "member", "reason": "asked by phone", "code": "000000000000"},
        {"asked_by": "member", "reason": "asked by phone"},
        {"asked_by": "member", "reason": "", "code": "right"},
        {"asked_by": "", "reason": "asked by phone", "code": "right"},
    ],
)
def test_an_erasure_without_second_confirmation_or_reason_does_not_happen(meimei, form):
    form = {name: meimei.code if value == "right" else value for name, value in form.items()}
    assert signed_in(make_admin()).post(page(meimei, "erase"), form).status_code == 200
    assert Member.objects.get(pk=meimei.pk).state == MemberState.ACTIVE
    assert find("phone", PHONE) == meimei


def test_an_erased_member_is_in_no_list_and_the_proof_is_found_by_the_number(meimei):
    jianguo = make_admin()
    browser, code = signed_in(jianguo), meimei.code
    form = {"asked_by": "member", "reason": "asked in the store", "code": code}
    assert signed_in(make_marketer()).post(page(meimei, "erase"), form).status_code == 403
    answer = browser.post(page(meimei, "erase"), form)
    proof = Erasure.objects.get()
    assert answer["Location"] == reverse("admin:members_erasure_change", args=[proof.pk])
    shown = browser.get(answer["Location"]).content.decode()
    assert "何建国" in shown
    assert "asked in the store" in shown
    members = reverse("admin:members_member_changelist")
    for query in ("", "张晓梅霞", PHONE[-4:], code):
        assert meimei.public_id not in browser.get(members, {"q": query}).content.decode()
        assert f"/{meimei.pk}/change/" not in browser.get(members, {"q": query}).content.decode()
    assert browser.get(reverse("admin:members_member_change", args=[meimei.pk])).status_code in (302, 404)
    assert browser.get(page(meimei, "phone")).status_code == 404
    proofs = reverse("admin:members_erasure_changelist")
    assert meimei.public_id in browser.get(proofs, {"q": f"+86 {PHONE}"}).content.decode()
    assert meimei.public_id not in browser.get(proofs, {"q": "13700000001"}).content.decode()
    assert places_with("张晓梅霞") == set()


def test_hq_reads_who_looked_and_who_looked_most(meimei):
    policy.forget()  # what another test set went with its transaction
    jianguo, guide = make_admin(), meimei.guide
    for _nth in range(3):
        profiles.reveal_phone(meimei, reason="after_sales", by=guide)
    browser = signed_in(jianguo)
    shown = browser.get("/hq/reveals/").content.decode()
    assert shown.count(str(dict(profiles.RevealReason.choices)["after_sales"])) == 3
    assert PHONE not in shown
    assert "张晓梅霞" in browser.get("/hq/reveals/", {"by": guide.username}).content.decode()
    assert (
        "张晓梅霞" not in browser.get("/hq/reveals/", {"until": "2020-01-01", "since": "2019-01-01"}).content.decode()
    )
    assert browser.get("/hq/reveals/", {"by": "谁也不是", "before": "nonsense"}).status_code == 200
    assert signed_in(guide).get("/hq/reveals/").status_code in (302, 403)


def test_wordings_are_added_and_never_changed(meimei):
    browser = signed_in(make_marketer())
    add = reverse("admin:members_consentwording_add")
    form = {"channel": "sms", "purpose": "marketing", "version": "7", "language": "zh-hans", "text": "我同意",
            "starts_on": "2026-01-01"}  # fmt: skip
    assert browser.post(add, form).status_code == 302
    wording = make_wording("sms", "7")
    assert (wording.text, wording.made_by.name) == ("我同意", "苏婉")
    change = reverse("admin:members_consentwording_change", args=[wording.pk])
    assert browser.post(change, {**form, "text": "我什么都同意"}).status_code == 403
    assert make_wording("sms", "7").text == "我同意"
    agree(meimei, "sms")
    ledger = reverse("admin:members_consent_change", args=[Consent.objects.get().pk])
    assert make_wording("sms", "1").text in browser.get(ledger).content.decode()
