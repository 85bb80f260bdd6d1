"""Packs at headquarters: entered with their items, published in words, given, followed coupon by coupon."""

import pytest
from django.test import Client
from django.urls import reverse

from coupons import catalogue, packdue, packs
from coupons.models import Coupon, CouponPack, PackItem, PackStep
from stores.models import Job
from tests.hq.test_actions import run_action
from tests.makers import make_guide, make_marketer, make_member, make_pack, make_template

pytestmark = pytest.mark.django_db


def signed_in(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def wan() -> Client:
    """Su Wan's browser."""
    return signed_in(make_marketer())


def entered(*items: tuple, name: str = "新人礼包") -> dict:
    """A pack as it is typed in: (template, count, days later, key of the item or nothing)."""
    known = sum(1 for item in items if len(item) > 3)
    data = {"name": name, "note": "", "items-TOTAL_FORMS": len(items), "items-INITIAL_FORMS": known}
    for nth, (template, count, days, *key) in enumerate(items):
        data |= {f"items-{nth}-template": template.pk, f"items-{nth}-count": count, f"items-{nth}-after_days": days}
        data |= {f"items-{nth}-id": key[0], f"items-{nth}-pack": PackItem.objects.get(pk=key[0]).pack_id} if key else {}
    return data


def items(pack) -> list[tuple]:
    return list(pack.items.order_by("pk").values_list("template", "count", "after_days"))


def test_a_pack_is_entered_published_and_changed(wan):
    ten, tasting = make_template(), make_template("试吃券", kind="gift", gift_name="草莓")
    answer = wan.post(reverse("admin:coupons_couponpack_add"), entered((ten, 2, 0), (tasting, 1, 7)))
    assert answer.status_code == 302, answer.context["errors"]
    pack = CouponPack.objects.get()
    assert (pack.created_by.name, items(pack)) == ("苏婉", [(ten.pk, 2, 0), (tasting.pk, 1, 7)])
    page = run_action(wan, "coupons_couponpack", "publish", pack).content.decode()
    pack.refresh_from_db()
    assert pack.state == "active"
    assert "¥20" in page
    first = pack.items.get(template=ten)
    url = reverse("admin:coupons_couponpack_change", args=[pack.pk])
    wan.post(url, entered((ten, 3, 0, first.pk)) | {"items-INITIAL_FORMS": 1})
    assert (ten.pk, 3, 0) in items(pack)


def test_what_a_published_pack_cannot_be_is_said_and_nothing_is_saved(wan):
    ten = make_template(member_limit=2)
    pack = make_pack((ten, 2))
    item = pack.items.get()
    answer = wan.post(reverse("admin:coupons_couponpack_change", args=[pack.pk]), entered((ten, 3, 0, item.pk)))
    assert answer.status_code == 200
    (formset,) = answer.context["inline_admin_formsets"]
    assert "3" in str(formset.formset.non_form_errors())
    assert items(pack) == [(ten.pk, 2, 0)]
    catalogue.stop(ten, None)
    draft = make_pack((make_template(), 1), published=False)
    draft.items.update(template=ten)
    assert "满60减10" in run_action(wan, "coupons_couponpack", "publish", draft).content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_who_was_given_what_is_seen_and_what_was_refused_is_given_later(wan):
    ten, tasting = make_template(), make_template("试吃券")
    pack, mei = make_pack((ten, 1), (tasting, 1), (ten, 1, 7)), make_member("张晓梅")
    catalogue.stop(tasting, None)
    given = packs.give_pack(pack, mei, origin="staff", request_key="k").given
    page = wan.get(reverse("admin:coupons_givenpack_change", args=[given.pk])).content.decode()
    assert "试吃券" in page
    url = reverse("admin:coupons_packstep_changelist")
    counts = {value: wan.get(url, {"outcome": value}).context["cl"].result_list.count()
              for value in ("given", "coming", "any", "template_not_active", "stock_spent")}  # fmt: skip
    assert counts == {"given": 1, "coming": 1, "any": 1, "template_not_active": 1, "stock_spent": 0}
    step = PackStep.objects.get(refusal="template_not_active")
    run_action(wan, "coupons_packstep", "give", step)
    assert Coupon.objects.count() == 1
    catalogue.publish(tasting, None)
    run_action(wan, "coupons_packstep", "give", step)
    assert Coupon.objects.filter(template=tasting).get().member == mei
    assert wan.get(url, {"q": mei.code}).context["cl"].result_list.count() == 3


def test_stopping_with_taking_back_plans_it_and_somebody_of_a_store_may_not(wan):
    pack = make_pack()
    assert run_action(signed_in(make_guide()), "coupons_couponpack", "take_back", pack).redirect_chain
    pack.refresh_from_db()
    assert pack.state == "active"
    run_action(wan, "coupons_couponpack", "take_back", pack)
    pack.refresh_from_db()
    assert (pack.state, Job.objects.get(kind=packdue.TAKE_BACK).params) == ("stopped", {"pack": pack.pk})
    for page in ("givenpack", "packstep"):
        assert wan.get(reverse(f"admin:coupons_{page}_add")).status_code == 403
