"""The page behind a code: works without a script, tells nobody whose number it is, and keeps machines out."""

import pytest
from django.test import Client

from campaigns.models import ChannelCode, CodeDay, JoinRequest, SignUp
from campaigns.recruiting import codes, joining, referring
from coupons.models import Coupon
from members.models import Member
from members.privacy import wordings
from stores import policy
from tests.makers import make_member, make_store, make_template
from tests.recruiting.people import PHONE, campaign_code, make_programme, news_arrives, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


def page(code: ChannelCode) -> str:
    return f"/join/{code.code}/"


def signs_up(browser: Client, code: ChannelCode, **typed):
    return browser.post(page(code), {"phone": PHONE, **typed})


def test_somebody_scans_signs_up_is_confirmed_and_sees_code_and_coupon(shop):
    code = campaign_code(store=shop.store, template=make_template("新人券"))
    browser = Client()
    first = browser.get(page(code))
    assert (first.status_code, "滨河路店" in first.content.decode()) == (200, True)
    answer = signs_up(browser, code, name="张晓梅")
    assert (answer.status_code, answer["Location"]) == (302, f"/join/{code.code}/next/")
    request = JoinRequest.objects.get()
    assert request.spoken in browser.get(answer["Location"]).content.decode()
    joining.confirm_in_store(joining.shown_to(request.spoken, by=shop.xiaoman), by=shop.xiaoman)
    news_arrives()
    shown = browser.get(answer["Location"]).content.decode()
    assert Member.objects.get().code in shown
    assert "新人券" in shown
    assert "<svg" in shown


def test_a_phone_counts_one_scan_a_day_and_a_sign_up(shop):
    code = codes.of_guide(shop.xiaoman)
    browser = Client()
    for _nth in range(3):
        browser.get(page(code))
    Client(headers={"User-Agent": "another"}).get(page(code))
    assert CodeDay.objects.get().scans == 2


def test_the_answer_is_the_same_for_a_member_and_for_nobody(shop):
    make_member("张晓梅", guide=shop.hejun, phone=PHONE)
    code = codes.of_guide(shop.xiaoman)
    pages = []
    for phone in (PHONE, "13900001111"):
        browser = Client()
        answer = signs_up(browser, code, phone=phone)
        shown = browser.get(answer["Location"]).content.decode()
        request = JoinRequest.objects.order_by("-pk").first()
        pages.append((answer.status_code, shown.replace(request.spoken, "").split("csrf")[0]))
    assert pages[0] == pages[1]
    assert "张晓梅" not in pages[0][1]


def test_a_member_whom_only_a_guide_confirmed_does_not_see_their_code_there(shop):
    """Somebody with another's number would otherwise pay with their coupons."""
    member = make_member("张晓梅", guide=shop.hejun, phone=PHONE)
    browser = Client()
    signs_up(browser, codes.of_guide(shop.xiaoman))
    joining.confirm_in_store(JoinRequest.objects.get(), by=shop.xiaoman)
    shown = browser.get(f"/join/{codes.of_guide(shop.xiaoman).code}/next/").content.decode()
    assert member.code not in shown
    assert "张晓梅" not in shown


def test_who_asked_stands_in_a_cookie_and_nobody_elses_browser_sees_it(shop):
    code = codes.of_guide(shop.xiaoman)
    answer = signs_up(Client(), code)
    assert PHONE not in answer["Location"]
    stranger = Client().get(f"/join/{code.code}/next/")
    assert (stranger.status_code, stranger["Location"]) == (302, page(code))
    forged = Client()
    forged.cookies["changke_join"] = str(JoinRequest.objects.get().pk)
    assert forged.get(f"/join/{code.code}/next/").status_code == 302


def test_a_machine_that_fills_everything_writes_nothing_and_learns_nothing(shop):
    browser = Client()
    answer = signs_up(browser, codes.of_guide(shop.xiaoman), website="https://spam.example")
    assert answer.status_code == 302
    assert browser.get(answer["Location"]).status_code == 200
    assert JoinRequest.objects.count() == 0


@pytest.mark.parametrize("typed", [{"phone": "123"}, {"phone": ""}, {"birthday": "morgen"}, {"phone": "1" * 5000}])
def test_what_cannot_be_read_is_said_and_nothing_is_written(shop, typed):
    answer = signs_up(Client(), codes.of_guide(shop.xiaoman), **typed)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert JoinRequest.objects.count() == 0


def test_too_many_sign_ups_of_a_number_pause(shop):
    policy.change("joining.number_tries", 2, by=None)
    code = codes.of_guide(shop.xiaoman)
    assert [signs_up(Client(), code).status_code for _nth in range(3)] == [302, 302, 429]
    assert JoinRequest.objects.count() == 2


def test_only_what_is_ticked_is_agreed_to(shop):
    wordings.add("sms", "2026-1", "我同意接收短信")
    wordings.add("wecom", "2026-2", "我同意企业微信")
    code = codes.of_guide(shop.xiaoman)
    assert "2026-1" in Client().get(page(code)).content.decode()
    signs_up(Client(), code, agree_sms="1")
    assert JoinRequest.objects.get().consents == [["sms", "2026-1", "zh-hans"]]


def test_without_a_store_the_nearest_are_offered_first_and_one_must_be_chosen(shop):
    far = make_store("遥远店", latitude=39.9, longitude=116.4, city="北京")
    code = campaign_code()
    plain = Client().get(page(code)).content.decode()
    assert "滨河路店" in plain
    assert far.name in plain
    near = Client().post(page(code), {"near": "1", "latitude": "30.2501", "longitude": "120.1601", "phone": PHONE})
    assert "滨河路店" in near.content.decode()
    assert far.name not in near.content.decode()
    assert signs_up(Client(), code).status_code == 422
    assert signs_up(Client(), code, store=shop.store.pk).status_code == 302
    assert JoinRequest.objects.get().store == shop.store


def test_nonsense_for_a_place_is_no_place(shop):
    for spot in (("nan", "0"), ("1e999", "0"), ("abc", "def"), ("500", "500")):
        answer = Client().post(page(campaign_code()), {"near": "1", "latitude": spot[0], "longitude": spot[1]})
        assert answer.status_code == 200


def test_an_invitation_has_a_page_of_its_own(shop):
    make_programme()
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    browser = Client()
    path = f"/join/{referring.code_of(meimei).code}/"
    assert browser.get(path).status_code == 200
    assert browser.post(path, {"phone": "13900001111"}).status_code == 302
    joining.confirm_in_store(JoinRequest.objects.get(), by=shop.hejun)
    friend = Member.objects.get(phone_last4="1111")
    assert (friend.guide, friend.source) == (shop.xiaoman, "referral")
    assert SignUp.objects.get().code is None


def test_a_wrong_invite_code_is_said_and_nothing_is_written(shop):
    answer = signs_up(Client(), codes.of_guide(shop.xiaoman), invite="RABCDEFG")
    assert answer.status_code == 422
    assert JoinRequest.objects.count() == 0


def test_a_code_that_leads_nowhere_says_so(shop):
    code = campaign_code(store=shop.store)
    ChannelCode.objects.update(state="off")
    assert Client().get(page(code)).status_code == 410
    assert Client().get("/join/ABCDEFGH/").status_code == 404
    assert Client().get("/join/%00/").status_code == 404
    assert Coupon.objects.count() == 0


def test_the_page_speaks_english_when_asked(shop):
    browser = Client()
    code = codes.of_guide(shop.xiaoman)
    browser.post("/i18n/setlang/", {"language": "en", "next": page(code)})
    assert "Become a member at" in browser.get(page(code)).content.decode()
