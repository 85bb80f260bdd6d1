"""An offer to several members when the same button is pressed by many fingers, and by the whole store at once."""

from collections import Counter
from functools import partial

import pytest

from campaigns import manyoffers
from coupons.models import GuideBudget, Offer, OfferQuota, StoreBudget
from stores import policy
from tests.concurrency.crowd import at_once
from tests.coupons.shop import agree, broken, open_shop
from tests.makers import make_guide, make_member, make_template

pytestmark = pytest.mark.django_db(transaction=True)
FINGERS, MEMBERS = 6, 5


@pytest.fixture
def shop():
    policy.forget()
    yield open_shop()
    policy.forget()


def willing(shop, guide, count: int = MEMBERS) -> list[int]:
    """Members of a guide who agreed to be written to."""
    found = [make_member(f"{guide.name}的会员{nth}", guide=guide) for nth in range(count)]
    for member in found:
        agree(member)
    return [member.pk for member in found]


def used(*models) -> list[int]:
    return [sum(one.objects.values_list("count_used", flat=True)) for one in models]


def test_many_fingers_on_one_button_send_once(shop):
    template = make_template(open_to_guides=True, guide_month_quota=50)
    ids = willing(shop, shop.xiaoman)
    press = partial(manyoffers.send_many, shop.xiaoman, ids, template, text="您好", request_key="one-press")
    outcome = at_once([press] * FINGERS)
    assert (outcome.broken, outcome.refused) == ([], [])
    assert {len(sent.offers) for sent in outcome.done} == {MEMBERS}
    assert Offer.objects.count() == MEMBERS
    assert OfferQuota.objects.get().used == MEMBERS
    assert broken() == []


def test_without_the_key_every_finger_sends(shop):
    """The control: with a key of its own each press is an offer of its own, as far as the week's limit lets it."""
    policy.change("offers.member_weekly_cap", 50, by=None)
    policy.change("contacts.per_day", 50, by=None)
    policy.forget()
    template = make_template(open_to_guides=True, guide_month_quota=50)
    ids = willing(shop, shop.xiaoman)
    presses = [
        partial(manyoffers.send_many, shop.xiaoman, ids, template, text="您好", request_key=f"press-{nth}")
        for nth in range(3)
    ]
    assert at_once(presses).broken == []
    assert Offer.objects.count() == 3 * MEMBERS


def test_the_stores_budget_holds_when_its_guides_send_to_many_at_once(shop):
    policy.change("offers.store_month_count", 7, by=None)
    policy.forget()
    template = make_template(open_to_guides=True, guide_month_quota=50)
    guides = [shop.xiaoman, *(make_guide(f"导购{nth}", store=shop.store) for nth in range(2))]
    presses = [
        partial(manyoffers.send_many, guide, willing(shop, guide), template, text="您好", request_key=f"of-{guide.pk}")
        for guide in guides
    ]
    outcome = at_once(presses)
    assert outcome.broken == []
    assert sum(len(sent.offers) for sent in outcome.done) == Offer.objects.count() == 7
    assert sum(len(sent.dropped) for sent in outcome.done) == 3 * MEMBERS - 7
    assert used(GuideBudget, StoreBudget) == [7, 7]
    assert Counter(Offer.objects.values_list("state", flat=True)) == {"queued": 7}
    assert broken() == []
