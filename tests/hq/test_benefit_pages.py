"""What HQ does about benefits, gifts and exchanges: sound forms, logs to filter and take away, verbs behind actions."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from coupons import exchange, gifts
from coupons.models import Coupon, GivenGift, PointsExchange, TierGift
from members import benefits
from members.defaults import ensure_defaults
from members.ledgers import points
from members.models import Benefit, BenefitUse, Member, Tier
from tests.hq.test_actions import run_action
from tests.makers import days_ago, make_admin, make_guide, make_marketer, make_member, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def wan():
    """Su Wan's browser; the house as it was delivered."""
    ensure_defaults()
    return signed_in(make_marketer())


def signed_in(person) -> Client:
    """The browser of somebody who has signed in."""
    browser = Client()
    browser.force_login(person)
    return browser


def entered(**changed) -> dict:
    """A tasting for gold members, as it is typed in."""
    tier = Tier.objects.get(code="gold")
    return {"tier": tier.pk, "kind": "tasting", "title": "车厘子试吃", "value": "", "quota": "2", "period": "month",
            "is_active": "on"} | changed  # fmt: skip


def the_gift(kind: str = "birthday", tier: str = "plain", **fields) -> TierGift:
    """A gift of a tier as a coupon of its own."""
    benefit = Benefit.objects.get(tier__code=tier, kind=f"{kind}_gift")
    return TierGift.objects.create(benefit=benefit, template=make_template("生日券", **fields))


def test_a_benefit_is_entered_and_its_contradictions_are_said_beside_their_field(wan):
    url = reverse("admin:members_benefit_add")
    refused = wan.post(url, entered(kind="percent_off", quota="", period="none"))
    assert refused.context["adminform"].form.errors.keys() == {"value"}
    assert not Benefit.objects.filter(title="车厘子试吃").exists()
    wan.post(url, entered())
    assert Benefit.objects.get(title="车厘子试吃").quota == 2
    page = wan.get(reverse("admin:members_benefit_changelist")).content.decode()
    for words in ("每月 2 次", "收银时 9.5折", "积分 1.5 倍", "店员或合作方记录"):
        assert words in page


def test_a_benefit_that_was_used_keeps_its_kind_and_is_not_deleted(wan):
    tasting = Benefit.objects.get(tier__code="gold", kind="tasting")
    benefits.use(make_member(tier="gold"), tasting, reference="a")
    url = reverse("admin:members_benefit_change", args=[tasting.pk])
    answer = wan.post(url, entered(kind="free_shipping", title=tasting.title))
    assert answer.context["adminform"].form.errors.keys() == {"kind"}
    assert wan.post(reverse("admin:members_benefit_delete", args=[tasting.pk]), {"post": "yes"}).status_code == 403
    tasting.refresh_from_db()
    assert tasting.kind == "tasting"


def test_uses_are_listed_filtered_taken_away_as_a_file_and_taken_back(wan):
    tasting = Benefit.objects.get(tier__code="gold", kind="tasting")
    mei = make_member("张晓梅", tier="gold", guide=make_guide(), phone="13812345678")
    used = benefits.use(mei, tasting, reference="visit-7", by=mei.guide)
    url = reverse("admin:members_benefituse_changelist")
    assert "visit-7" in wan.get(url, {"benefit__kind__exact": "tasting"}).content.decode()
    assert "visit-7" not in wan.get(url, {"benefit__kind__exact": "free_shipping"}).content.decode()
    exported = wan.post(reverse("admin:members_benefituse_export"), {"format": "0"} | chosen_fields())
    text = exported.content.decode()
    assert mei.code in text
    assert "visit-7" in text
    assert "张晓梅" not in text
    assert "5678" not in text
    run_action(wan, "members_benefituse", "take_back", used)
    assert BenefitUse.objects.get().taken_back_at


def chosen_fields() -> dict:
    """The columns of the file, all of them."""
    names = ("used_at", "member", "tier", "benefit", "kind", "store", "made_by", "reference", "taken_back_at")
    return {"resource": "0"} | {f"benefituseresource_{name}": "on" for name in names}


def test_a_gift_is_put_together_and_one_the_tier_could_not_use_is_refused(wan):
    url, benefit = reverse("admin:coupons_tiergift_add"), Benefit.objects.get(tier__code="gold", kind="birthday_gift")
    silver = make_template("银卡券", tier_ids=[Tier.objects.get(code="silver").pk])
    refused = wan.post(url, {"benefit": benefit.pk, "template": silver.pk, "is_active": "on"})
    assert refused.context["adminform"].form.errors.keys() == {"template"}
    tasting = Benefit.objects.get(tier__code="gold", kind="tasting")
    refused = wan.post(url, {"benefit": tasting.pk, "template": make_template().pk, "is_active": "on"})
    assert refused.context["adminform"].form.errors.keys() == {"benefit"}
    assert not TierGift.objects.exists()
    wan.post(url, {"benefit": benefit.pk, "template": make_template("生日券").pk, "is_active": "on"})
    assert TierGift.objects.get().benefit == benefit
    assert "生日券" in wan.get(reverse("admin:coupons_tiergift_changelist")).content.decode()


def test_what_could_not_be_given_is_seen_with_its_reason_and_given_later(wan):
    gift = the_gift(stock=0)
    mei = make_member("张晓梅", birthday=date(1990, 11, 24))
    assert gifts.give([gifts.Due(mei.pk, "birthday_gift", date(2026, 11, 24))]) == 0
    url = reverse("admin:coupons_givengift_changelist")
    assert "券已发完" in wan.get(url, {"why": "any"}).content.decode()
    assert mei.name not in wan.get(url, {"why": "terms_ended"}).content.decode()
    still = run_action(wan, "coupons_givengift", "give", GivenGift.objects.get()).content.decode()
    assert "已经没有了" in still or "发完" in still
    assert not Coupon.objects.exists()
    gift.template.stock = 1
    gift.template.save()
    run_action(wan, "coupons_givengift", "give", GivenGift.objects.get())
    assert GivenGift.objects.get().coupon == Coupon.objects.get()


def test_an_exchange_is_undone_and_a_coupon_withdrawn_with_its_points(wan):
    mei = make_member("张晓梅")
    points.adjust(mei, 500, note="开卡礼", by=None, at=days_ago(20))
    template = make_template(points_price=200)
    made = [exchange.exchange(mei, template, request_key=key) for key in "ab"]
    assert "满60减10" in wan.get(reverse("admin:coupons_pointsexchange_changelist")).content.decode()
    run_action(wan, "coupons_pointsexchange", "undo", made[0])
    run_action(wan, "coupons_coupon", "void", made[1].coupon)
    assert PointsExchange.objects.filter(returned_at=None).count() == 0
    assert Member.objects.get(pk=mei.pk).points == 500


def test_the_price_in_points_is_part_of_the_template(wan):
    form = {"name": "满80减12", "kind": "amount_off", "threshold": "80", "amount_off": "12", "valid_days": "10",
            "guide_month_quota": "5", "points_price": "300", "versions-TOTAL_FORMS": "0",
            "versions-INITIAL_FORMS": "0"}  # fmt: skip
    wan.post(reverse("admin:coupons_coupontemplate_add"), form)
    template = exchange.CouponTemplate.objects.get(name="满80减12")
    assert (template.points_price, template.terms.amount_off) == (300, Decimal(12))


@pytest.mark.parametrize("model", ["members_benefituse", "coupons_givengift", "coupons_pointsexchange"])
def test_the_logs_are_never_written_by_hand(wan, model):
    admin = signed_in(make_admin())
    for browser in (wan, admin):
        assert browser.get(reverse(f"admin:{model}_add")).status_code == 403
