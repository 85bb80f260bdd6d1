"""Headquarters' pages of recruiting: a code is made, printed and looked at; referrals are set up and taken back."""

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import ChannelCode, Referral, ReferralProgramme
from campaigns.recruiting import codes, referring
from coupons.models import Coupon
from tests.makers import make_admin, make_marketer, make_member, make_order, make_template
from tests.recruiting.people import campaign_code, make_programme, news_arrives, open_shop
from tests.workbench.scenery import signed_in

pytestmark = pytest.mark.django_db


def address(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:campaigns_{model}_{page}", args=args)


@pytest.fixture
def browser():
    return signed_in(make_marketer())


def form(**more: object) -> dict[str, object]:
    return {"name": "地铁海报", "source": "metro", "state": "active", "_save": "1"} | more


def test_a_marketer_makes_a_code_and_changes_it(browser):
    store = open_shop().store
    template = make_template("新人券")
    answer = browser.post(address("channelcode", "add"), form(store=store.pk, template=template.pk))
    assert answer.status_code == 302
    code = ChannelCode.objects.get()
    assert (len(code.code), code.kind, code.template) == (8, "campaign", template)
    browser.post(address("channelcode", "change", code.pk), form(store=store.pk, source="station"))
    changed = ChannelCode.objects.get()
    assert (changed.code, changed.source, changed.template) == (code.code, "station", None)


def test_a_code_with_both_a_coupon_and_a_guide_of_another_store_is_refused(browser):
    shop, elsewhere = open_shop(), open_shop()
    wrong = form(store=elsewhere.store.pk, guide=shop.xiaoman.pk)
    assert browser.post(address("channelcode", "add"), wrong).status_code == 200
    backwards = form(starts_on="2026-05-02", ends_on="2026-05-01")
    assert browser.post(address("channelcode", "add"), backwards).status_code == 200
    assert ChannelCode.objects.count() == 0


def test_whose_a_guides_code_is_cannot_be_changed(browser):
    shop = open_shop()
    code = codes.of_guide(shop.xiaoman)
    browser.post(address("channelcode", "change", code.pk), form(guide=shop.hejun.pk, name="换人"))
    changed = ChannelCode.objects.get()
    assert (changed.guide, changed.name) == (shop.xiaoman, "换人")


def test_poster_and_results_of_a_code_open(browser):
    code = campaign_code(store=open_shop().store)
    for size in ("a4", "a6"):
        assert code.code in browser.get(address("channelcode", "poster", code.pk), {"size": size}).content.decode()
    for query in ({}, {"since": "2026-01-01", "until": "2026-02-01"}, {"since": "x"}):
        assert browser.get(address("channelcode", "results", code.pk), query).status_code == 200
    assert browser.get(address("channelcode", "poster", code.pk), {"size": "a0"}).status_code == 404


def test_a_programme_is_set_up_and_shows_what_it_brought(browser):
    given = {"name": "老带新", "starts_on": "2026-01-01", "is_active": "on", "inviter_points": "50", "_save": "1"}
    given |= {"friend_points": "0", "monthly_ceiling": "5", "least_amount": "0"}
    given |= {"order_within_days": "30", "return_days": "15"}
    nothing = given | {"inviter_points": "0"}
    assert browser.post(address("referralprogramme", "add"), nothing).status_code == 200
    assert ReferralProgramme.objects.count() == 0
    assert browser.post(address("referralprogramme", "add"), given).status_code == 302
    programme = ReferralProgramme.objects.get()
    assert browser.get(address("referralprogramme", "change", programme.pk)).status_code == 200


def test_a_referral_that_was_abused_is_taken_back(browser):
    shop = open_shop()
    make_programme()
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    feng = make_member("吴晓峰", guide=shop.hejun, joined_at=timezone.now())
    referring.refer(meimei, feng)
    make_order("100.00", member=feng, store=shop.store)
    news_arrives()
    row = Referral.objects.get()
    action = {"action": "take_back", "_selected_action": [row.pk]}
    browser.post(address("referral", "changelist"), action)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("void", "by_hand")
    assert Coupon.objects.filter(origin="referral", state="issued").count() == 0


def test_the_lists_of_recruiting_open_for_an_administrator():
    browser = signed_in(make_admin())
    campaign_code(store=open_shop().store)
    for model in ("channelcode", "joinrequest", "signup", "referral", "referralprogramme", "invitecode"):
        assert browser.get(address(model, "changelist")).status_code == 200, model
