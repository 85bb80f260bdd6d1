"""Coupon packs: put together, published, given; what can be given is given, and the rest keeps its reason."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coupons import catalogue, packcatalogue, packs
from coupons.errors import CouponRefused
from coupons.models import Coupon, CouponTemplate, GivenPack, PackItem, PackStep
from coupons.packcatalogue import ItemDraft, PackContradicts
from stores.errors import Conflict, NotFound, Refusal
from tests.coupons.shop import broken, open_shop, told
from tests.makers import make_coupon, make_member, make_pack, make_store, make_template

pytestmark = pytest.mark.django_db


def shipping(**fields) -> CouponTemplate:
    """Another coupon than ¥10 off."""
    return make_template("试吃券", kind="gift", gift_name="草莓", gift_value=Decimal(12), **fields)


def give(pack, member, key: str = "k1", **more):
    """The pack, from headquarters."""
    return packs.give_pack(pack, member, origin="staff", request_key=key, **more)


def steps(given) -> list[tuple[str, bool, str]]:
    """Template, whether its coupon is there, and why not."""
    rows = PackStep.objects.filter(given=given).order_by("nth").select_related("template")
    return [(row.template.name, row.coupon_id is not None, row.refusal) for row in rows]


def nothing_was_given() -> bool:
    return not (GivenPack.objects.exists() or PackStep.objects.exists() or told("pack.given"))


def test_what_is_due_at_once_is_in_the_wallet_and_the_rest_comes_on_its_day():
    ten, tasting = make_template(), shipping()
    shanghai = make_store()
    mei = make_member("张晓梅", home_store=shanghai)
    given = give(make_pack((ten, 2), (tasting, 1, 7)), mei).given
    assert steps(given) == [("满60减10", True, ""), ("满60减10", True, ""), ("试吃券", False, "")]
    assert {coupon.origin for coupon in Coupon.objects.filter(member=mei)} == {"staff"}
    coming = packs.coming_to(mei).get()
    local = timezone.localtime(coming.due_at)
    assert (local.date(), local.hour) == (timezone.localdate() + timedelta(days=7), 0)
    assert [(fact.member_id, fact.subject) for fact in told("pack.given")] == [(mei.pk, given.pk)]
    assert broken() == []


def test_the_days_are_those_of_the_members_home_store(time_machine):
    time_machine.move_to("2026-11-22T17:30:00Z")  # already the 23rd in Shanghai, still the 22nd in London
    tasting = shipping()
    pack = make_pack((make_template(), 1), (tasting, 1, 1))
    here, there = make_member(home_store=make_store()), make_member(home_store=make_store(time_zone="Europe/London"))
    for member in (here, there):
        give(pack, member)
    due = {step.given.member_id: step.due_at.isoformat() for step in PackStep.objects.filter(coupon=None)}
    assert due == {here.pk: "2026-11-23T16:00:00+00:00", there.pk: "2026-11-23T00:00:00+00:00"}


def test_the_same_request_gives_once_and_another_one_again():
    mei, pack = make_member(), make_pack()
    first, again = give(pack, mei), give(pack, mei)
    assert (first.is_new, again.is_new, first.given) == (True, False, again.given)
    packcatalogue.stop(pack, None)
    assert give(pack, mei).given == first.given, "a repeated request hears the same, whatever became of the pack"
    packcatalogue.publish(pack, None)
    assert give(pack, mei, "k2").is_new
    assert Coupon.objects.filter(member=mei).count() == 2


def test_what_cannot_be_given_keeps_its_reason_beside_what_can():
    ten, tasting, two = make_template(), shipping(stock=5), make_template("满30减2", member_limit=1)
    pack, mei = make_pack((ten, 1), (tasting, 2), (two, 1)), make_member()
    make_coupon(mei, template=two)
    CouponTemplate.objects.filter(pk=tasting.pk).update(stock=1)
    given = give(pack, mei).given
    outcome = [(True, ""), (True, ""), (False, "stock_spent"), (False, "limit_reached")]
    assert [step[1:] for step in steps(given)] == outcome
    assert broken() == []


def test_a_pack_of_which_nothing_can_be_given_is_refused_whole():
    ten, two = make_template(), make_template("满30减2")
    pack, mei = make_pack((ten, 1), (two, 1)), make_member()
    catalogue.stop(ten, None)
    catalogue.stop(two, None)
    with pytest.raises(CouponRefused) as refusal:
        give(pack, mei)
    assert refusal.value.code == "template_not_active"
    assert nothing_was_given()
    assert not Coupon.objects.exists()


def test_a_pack_whose_later_coupons_may_still_come_is_given():
    ten, tasting = make_template(), shipping()
    pack = make_pack((ten, 1), (tasting, 1, 3))
    catalogue.stop(ten, None)
    assert steps(give(pack, make_member()).given) == [("满60减10", False, "template_not_active"), ("试吃券", False, "")]


def test_a_pack_that_is_not_published_and_a_member_who_is_gone_get_nothing():
    draft, pack = make_pack(published=False), make_pack()
    with pytest.raises(CouponRefused) as refusal:
        give(draft, make_member())
    assert refusal.value.code == "pack_not_active"
    with pytest.raises(NotFound):
        give(pack, make_member(state="erased"))
    assert nothing_was_given()


def test_the_guide_who_gave_it_stands_on_every_coupon():
    shop = open_shop()
    give(make_pack(), shop.xiaomei, guide=shop.xiaoman)
    assert Coupon.objects.get().guide == shop.xiaoman


@pytest.mark.parametrize(
    ("fields", "item", "words"),
    [
        ({}, None, ""),
        ({"member_limit": 1}, (2, 0), "1"),
        ({"stock": 1}, (2, 0), "1"),
        ({"valid_from": date(2026, 1, 1), "valid_until": date(2026, 11, 25)}, (1, 10), "2026-11-25"),
        ({"member_period": "day", "member_period_limit": 1}, (2, 5), "1"),
    ],
)
def test_what_cannot_be_meant_is_not_published(fields, item, words, time_machine):
    time_machine.move_to("2026-11-22T02:00:00Z")
    period = {name: fields.pop(name) for name in list(fields) if name.startswith("member_period")}
    template = make_template(**fields)
    CouponTemplate.objects.filter(pk=template.pk).update(**period)
    template.refresh_from_db()
    pack = packcatalogue.create_pack(name="新人礼包", items=[ItemDraft(template, *item)] if item else [], by=None)
    with pytest.raises(PackContradicts) as refusal:
        packcatalogue.publish(pack, None)
    (problem,) = refusal.value.extra["problems"]
    assert words in problem
    pack.refresh_from_db()
    assert pack.state == "draft"


def test_a_coupon_that_is_not_being_issued_is_not_part_of_a_published_pack():
    template = make_template()
    pack = make_pack((template, 1), published=False)
    catalogue.stop(template, None)
    with pytest.raises(PackContradicts):
        packcatalogue.publish(pack, None)
    catalogue.publish(template, None)
    assert packcatalogue.publish(pack, None).state == "active"
    with pytest.raises(Conflict):
        packcatalogue.publish(pack, None)


def test_a_published_pack_changes_for_those_to_come_and_never_into_nonsense():
    ten, tasting = make_template(), shipping()
    pack, mei = make_pack((ten, 1), (tasting, 1, 7)), make_member()
    before = steps(give(pack, mei).given)
    kept = PackItem.objects.get(template=ten)
    packcatalogue.change_pack(pack, name="老客礼包", items=[ItemDraft(ten, 3)], by=None)
    assert (pack.name, [(item.pk, item.count) for item in pack.items.all()]) == ("老客礼包", [(kept.pk, 3)])
    assert steps(GivenPack.objects.get()) == before
    for items, error in (([], PackContradicts), ([ItemDraft(ten), ItemDraft(ten, 2)], Refusal)):
        with pytest.raises(error):
            packcatalogue.change_pack(pack, items=items, by=None)
    with pytest.raises(Refusal):
        packcatalogue.change_pack(pack, items=[ItemDraft(ten, 21)], by=None)
    assert [item.count for item in pack.items.all()] == [3]


def test_a_pack_is_one_sentence_and_has_a_price():
    pack = make_pack((make_template(), 2), (shipping(), 1, 7))
    items = PackItem.objects.filter(pack=pack).select_related("template__terms")
    words = packcatalogue.sentence(items)
    assert words.index("2") < words.index("7")
    assert (packs.preview_cost(pack), packs.value_of(items)) == (Decimal(32), Decimal(32))
