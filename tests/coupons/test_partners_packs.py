"""What a partner's pack holds of the partner's budget goes back with every step that is never given, once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coupons import approvals, catalogue, packbudgets, packcatalogue, packdue, packs
from coupons.models import GivenPack, PackStep
from members.privacy import erasure
from stores import jobs
from stores.errors import Refusal
from stores.models import Partner
from tests.api.callers import make_partner
from tests.coupons.shop import news_arrives
from tests.makers import make_admin, make_member, make_pack, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    """A partner who may give away ¥100."""
    return make_partner(budget=100)


@pytest.fixture
def given(partner) -> GivenPack:
    """¥10 at once, and two tastings of ¥12 later: ¥34 held."""
    tasting = make_template("试吃券", kind="gift", gift_name="草莓", gift_value=Decimal(12))
    pack = make_pack((make_template(), 1), (tasting, 2, 7))
    made = packs.give_pack(pack, make_member("张晓梅"), origin="partner", origin_id=partner.pk, request_key="k").given
    packbudgets.take(made, partner)
    return made


def used() -> Decimal:
    return Partner.objects.get().budget_used


def give_due() -> None:
    PackStep.objects.update(due_at=timezone.now() - timedelta(hours=1))
    job = jobs.plan(packdue.GIVE, params={})
    assert jobs.run_to_end(job.pk).state == "done"


def test_steps_that_are_given_keep_what_they_hold(given):
    assert used() == 34
    give_due()
    assert (used(), PackStep.objects.filter(coupon=None).count()) == (34, 0)


def test_steps_that_are_refused_on_their_day_give_it_back_once_and_take_it_when_given_after_all(given):
    template = PackStep.objects.last().template
    catalogue.stop(template, None)
    for _time in range(2):
        give_due()
    assert used() == 10
    approvals.publish(template, None)
    step = PackStep.objects.filter(refusal="template_not_active").first()
    for _tap in range(2):
        packdue.give_again(step, by=None)
    assert used() == 22
    Partner.objects.update(budget=22)
    other = PackStep.objects.get(refusal="template_not_active")
    with pytest.raises(Refusal) as refused:
        packdue.give_again(other, by=None)
    assert refused.value.code == "budget_spent"
    other.refresh_from_db()
    assert (other.coupon, used()) == (None, 22)


def test_a_pack_taken_back_and_a_member_erased_give_it_back(given):
    packcatalogue.stop(given.pack, None)
    jobs.run_to_end(packdue.take_back_later(given.pack, by=None).pk)
    assert used() == 10
    PackStep.objects.filter(refusal="pack_stopped").update(refusal="", held=12)
    Partner.objects.update(budget_used=34)
    erasure.erase(given.member, asked_by="member", by=make_admin())
    news_arrives()
    assert (used(), PackStep.objects.filter(refusal="member_erased").count()) == (10, 2)


def test_packs_of_headquarters_touch_no_partner(partner):
    pack = make_pack((make_template(), 1), (make_template("试吃券", kind="gift", gift_name="草莓"), 1, 7))
    packs.give_pack(pack, make_member(), origin="staff", origin_id=partner.pk, request_key="k")
    catalogue.stop(PackStep.objects.last().template, None)
    give_due()
    assert used() == 0
