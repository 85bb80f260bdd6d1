"""One coupon into one wallet: stock, limit and state hold, and a refusal leaves nothing behind."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from coupons import catalogue
from coupons.errors import CouponRefused
from coupons.models import Coupon, CouponState, CouponTemplate, Origin
from coupons.moves import Move, move_one
from members.models import Member
from stores.errors import NotFound
from tests.coupons.shop import broken, open_shop, told
from tests.makers import make_coupon, make_member, make_template

pytestmark = pytest.mark.django_db


def refused(**given) -> str:
    """The code of the refusal; nothing was issued."""
    template = given["template"]
    before = Coupon.objects.count(), CouponTemplate.objects.get(pk=template.pk).issued
    with pytest.raises(CouponRefused) as caught:
        make_coupon(given.pop("member", None), **given)
    assert (Coupon.objects.count(), CouponTemplate.objects.get(pk=template.pk).issued) == before
    return caught.value.code


def test_a_coupon_knows_who_gave_it_and_until_when_it_is_good():
    shop = open_shop()
    template = make_template()
    coupon = make_coupon(shop.xiaomei, template=template, origin=Origin.OFFER, origin_id=7, guide=shop.xiaoman)
    coupon.refresh_from_db()
    assert (coupon.member, coupon.guide, coupon.origin, coupon.origin_id) == (shop.xiaomei, shop.xiaoman, "offer", 7)
    assert (coupon.state, coupon.terms) == (CouponState.ISSUED, template.terms)
    assert (timezone.localdate(coupon.valid_until) - timezone.localdate()).days == 7
    [fact] = told("coupon.issued")
    assert (fact.member_id, fact.subject) == (shop.xiaomei.pk, coupon.pk)
    assert fact.data == {"template": template.pk, "origin": "offer"}
    assert broken() == []


def test_the_stock_holds():
    template = make_template(stock=2)
    for _ in range(2):
        make_coupon(template=template)
    assert refused(template=template) == "stock_spent"
    assert broken() == []


def test_the_limit_per_member_holds_and_a_withdrawn_coupon_does_not_count():
    template, xiaomei = make_template(member_limit=1), make_member()
    coupon = make_coupon(xiaomei, template=template)
    assert refused(template=template, member=xiaomei) == "limit_reached"
    make_coupon(make_member("吴晓峰"), template=template)
    move_one(coupon, Move.VOIDED, CouponState.VOIDED, at=timezone.now())
    make_coupon(xiaomei, template=template)
    assert broken() == []


def test_a_draft_and_a_stopped_template_issue_nothing():
    template = make_template()
    catalogue.stop(template, None)
    assert refused(template=template) == "template_not_active"


def test_what_has_ended_is_not_issued():
    template = make_template(valid_from=date(2026, 1, 1), valid_until=date(2026, 1, 31))
    assert refused(template=template) == "terms_ended"


def test_nobody_gives_to_a_member_who_is_no_longer_one():
    template, gone = make_template(), make_member()
    Member.objects.filter(pk=gone.pk).update(state="erased")
    with pytest.raises(NotFound):
        make_coupon(gone, template=template)
    assert Coupon.objects.count() == 0


def test_an_older_version_of_the_terms_may_be_given():
    template = make_template()
    first = template.terms
    catalogue.revise_terms(
        template,
        catalogue.TermsDraft(kind="amount_off", threshold=Decimal(9), amount_off=Decimal(9), valid_days=1),
        by=None,
    )
    assert make_coupon(template=template, terms=first).terms == first
    assert make_coupon(template=template).terms.version == 2
