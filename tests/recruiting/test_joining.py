"""Signing up: nothing follows from a number until it is shown to be theirs; a member is found, not made twice."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.channels import CHANNELS
from campaigns.channels.base import Came, Sent
from campaigns.models import CodeDay, JoinRequest, JoinState, SignUp
from campaigns.recruiting import codes, joining
from coupons.models import Coupon, CouponTemplate, GivenPack
from members.models import Consent, Member, MemberTag
from members.privacy import consents, wordings
from members.tagorigins import origin
from stores import policy
from stores.errors import NotFound, Refusal
from stores.signin import TooManyTries
from tests.makers import make_guide, make_member, make_pack, make_store, make_template
from tests.recruiting.people import PHONE, asked, campaign_code, joined, news_arrives, open_shop
from tests.workbench.scenery import a_tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def texts(monkeypatch, settings) -> list[str]:
    """Text messages are set up; what would leave is kept here."""
    left: list[str] = []

    def send(batch):
        left.extend(one.text for one in batch)
        return [Sent(one.touch_id, Came.ACCEPTED) for one in batch]

    settings.SMS_URL, settings.SMS_KEY = "https://sms.example", "key"
    monkeypatch.setattr(CHANNELS["sms"], "send", send)
    return left


def digits(text: str) -> str:
    return re.search(r"\d{6}", text)[0]


def test_a_number_alone_makes_nobody_a_member():
    shop = open_shop()
    asked(codes.of_guide(shop.xiaoman), name="张晓梅")
    assert Member.objects.count() == 0
    request = JoinRequest.objects.get()
    assert request.shown == "138****5678"
    assert PHONE.encode() not in bytes(request.sealed)


def test_a_guide_confirms_and_the_member_is_theirs():
    shop = open_shop()
    tag, template = a_tag("夏日新客"), make_template("新人券")
    code = campaign_code(store=shop.store, guide=shop.xiaoman, template=template, source="summer")
    code.tags.add(tag)
    member = joined(code, shop.xiaoman, name="张晓梅", birthday=date(1992, 5, 6))
    assert (member.name, member.guide, member.home_store, member.source) == (
        *("张晓梅", shop.xiaoman, shop.store, "summer"),
    )
    carried = MemberTag.objects.select_related("set_by").get()
    assert (carried.tag, carried.source) == (tag, "code")
    assert origin(carried).words == _("By the code they signed up with")
    coupon = Coupon.objects.get()
    assert (coupon.member, coupon.template, coupon.origin) == (member, template, "recruit")
    assert (SignUp.objects.get().coupon, CodeDay.objects.get().sign_ups) == (coupon, 1)


def test_what_was_typed_is_forgotten_when_the_sign_up_ends():
    shop = open_shop()
    request = asked(codes.of_guide(shop.xiaoman), name="张晓梅", birthday=date(1992, 5, 6))
    joining.confirm_in_store(request, by=shop.xiaoman)
    ended = JoinRequest.objects.get()
    assert (ended.state, ended.sealed, ended.name, ended.birthday) == (JoinState.CONFIRMED, None, "", None)


def test_somebody_who_is_a_member_stays_whose_they_are_and_gets_no_second_welcome():
    shop, elsewhere = open_shop(), make_guide("顾知夏", store=make_store("西溪店"))
    old = make_member("张晓梅", guide=elsewhere, phone=PHONE, source="pos")
    code = campaign_code(store=shop.store, template=make_template("新人券"))
    assert joined(code, shop.xiaoman, name="别的名字") == old
    old.refresh_from_db()
    assert (old.name, old.guide, old.source) == ("张晓梅", elsewhere, "pos")
    assert (Member.objects.count(), Coupon.objects.count(), CodeDay.objects.count()) == (1, 0, 0)
    assert not SignUp.objects.get().is_new


def test_the_request_looks_the_same_for_a_member_and_for_nobody():
    shop = open_shop()
    make_member("张晓梅", guide=shop.hejun, phone=PHONE)
    code = codes.of_guide(shop.xiaoman)
    known, unknown = asked(code), asked(code, phone="13900001111")
    told = ["state", "store_id", "guide_id", "member_id", "name", "consents", "secret"]
    assert [getattr(known, one) for one in told] == [getattr(unknown, one) for one in told]


def test_a_welcome_pack_is_given_once_however_often_the_news_comes():
    shop, pack = open_shop(), make_pack()
    joined(campaign_code(store=shop.store, pack=pack), shop.xiaoman)
    news_arrives()
    assert GivenPack.objects.get().origin == "recruit"
    assert SignUp.objects.get().pack == GivenPack.objects.get()


def test_a_welcome_that_has_run_out_is_noted_with_its_reason():
    shop, template = open_shop(), make_template("新人券", stock=1)
    CouponTemplate.objects.update(issued=1)
    joined(campaign_code(store=shop.store, template=template), shop.xiaoman)
    assert (SignUp.objects.get().refusal, Coupon.objects.count()) == ("stock_spent", 0)


def test_who_signs_up_by_the_stores_code_goes_to_the_guide_with_the_fewest_members():
    shop = open_shop()
    make_member("老会员", guide=shop.xiaoman)
    code = codes.of_store(shop.store, by=shop.zhoumin)
    assert joined(code, shop.zhoumin).guide == shop.hejun
    policy.change("recruiting.share_out", False, by=None)
    assert joined(code, shop.zhoumin, phone="13900001111").guide is None


def test_the_code_of_a_guide_who_left_leads_to_the_store():
    shop = open_shop()
    code = codes.of_guide(shop.xiaoman)
    shop.xiaoman.is_active = False
    shop.xiaoman.save()
    member = joined(codes.live(code.code), shop.zhoumin)
    assert (member.home_store, member.guide) == (shop.store, shop.hejun)


def test_a_yes_is_written_down_with_its_wording_and_a_no_is_not():
    shop = open_shop()
    wordings.add("sms", "2026-1", "我同意接收短信")
    chosen = {"sms": ("2026-1", "zh-hans")}
    member = joined(codes.of_guide(shop.xiaoman), shop.xiaoman, consents=chosen)
    entry = Consent.objects.get()
    assert (entry.channel, entry.granted, entry.wording_version, entry.store) == ("sms", True, "2026-1", shop.store)
    assert not consents.may_contact(member, "wecom")


def test_nobody_of_another_store_confirms_or_sees_a_sign_up():
    shop, stranger = open_shop(), make_guide("顾知夏", store=make_store("西溪店"))
    request = asked(codes.of_guide(shop.xiaoman))
    with pytest.raises(NotFound):
        joining.confirm_in_store(request, by=stranger)
    with pytest.raises(NotFound):
        joining.turn_down(request, by=stranger)
    assert list(joining.waiting_for(stranger)) == []
    assert list(joining.waiting_for(shop.hejun)) == [request]
    assert (Member.objects.count(), JoinRequest.objects.get().state) == (0, JoinState.WAITING)


def test_a_sign_up_that_was_turned_down_or_waited_too_long_has_ended():
    shop = open_shop()
    down, late = asked(codes.of_guide(shop.xiaoman)), asked(codes.of_guide(shop.xiaoman), phone="13900001111")
    joining.turn_down(down, by=shop.xiaoman)
    JoinRequest.objects.filter(pk=late.pk).update(created_at=timezone.now() - timedelta(hours=25))
    for request in (down, late):
        with pytest.raises(NotFound):
            joining.confirm_in_store(request, by=shop.xiaoman)
    assert joining.expire(timezone.now()) == 1
    assert set(JoinRequest.objects.values_list("state", "sealed", "name")) == {
        *(("refused", None, ""), ("expired", None, "")),
    }


def test_one_number_and_one_address_ask_only_so_often():
    shop = open_shop()
    code = codes.of_guide(shop.xiaoman)
    policy.change("joining.number_tries", 2, by=None)
    policy.change("joining.address_tries", 5, by=None)
    for address in ("10.0.0.1", "10.0.0.2"):
        asked(code, address=address)
    with pytest.raises(TooManyTries):
        asked(code, address="10.0.0.3")
    for nth in range(4):
        asked(code, phone=f"1390000111{nth}")
    with pytest.raises(TooManyTries):
        asked(code, phone="13900001119")
    assert JoinRequest.objects.count() == 6


def test_the_code_that_was_sent_makes_them_a_member(texts):
    shop = open_shop()
    request = asked(codes.of_guide(shop.xiaoman))
    assert joining.send_code(request)
    with pytest.raises(Refusal) as refused:
        joining.confirm_by_code(request, "000000" if digits(texts[0]) != "000000" else "000001")
    assert (refused.value.code, refused.value.extra) == ("code_wrong", {"left": 4})
    brought = joining.confirm_by_code(request, digits(texts[0]))
    assert (brought.is_new, brought.member.guide) == (True, shop.xiaoman)


def test_a_code_holds_for_five_tries_and_ten_minutes(texts):
    request = asked(codes.of_guide(open_shop().xiaoman))
    joining.send_code(request)
    right = digits(texts[0])
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _nth in range(joining.MOST_TYPED):
        with pytest.raises(Refusal):
            joining.confirm_by_code(request, wrong)
    with pytest.raises(Refusal) as refused:
        joining.confirm_by_code(request, right)
    assert refused.value.code == "code_ended"
    JoinRequest.objects.update(tries=0, sent_at=timezone.now() - timedelta(minutes=11))
    with pytest.raises(Refusal):
        joining.confirm_by_code(request, right)
    assert Member.objects.count() == 0
    JoinRequest.objects.update(sent_at=timezone.now())
    assert joining.confirm_by_code(request, right).is_new  # control: it was the right one


def test_codes_are_not_sent_one_after_another_nor_without_end(texts):
    request = asked(codes.of_guide(open_shop().xiaoman))
    joining.send_code(request)
    with pytest.raises(Refusal) as refused:
        joining.send_code(request)
    assert refused.value.code == "sent_just_now"
    JoinRequest.objects.update(sends=5, sent_at=timezone.now() - timedelta(minutes=2))
    with pytest.raises(Refusal) as refused:
        joining.send_code(request)
    assert (refused.value.code, len(texts)) == ("too_many_codes", 1)
