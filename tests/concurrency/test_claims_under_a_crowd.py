"""A post with few pieces and a crowd that wants one, at the very same moment."""

from collections import Counter
from functools import partial

import pytest
from django.utils import timezone

from campaigns.models import GroupClaim, GroupPost
from campaigns.spreading import claims, groups
from coupons.models import Coupon
from stores.errors import Conflict
from tests.campaigns.spreading.scenery import broken, group, post, product
from tests.concurrency.crowd import at_once, meeting
from tests.makers import make_guide, make_member

pytestmark = pytest.mark.django_db(transaction=True)

CROWD, STOCK = 64, 10


def test_ten_pieces_are_claimed_ten_times_by_a_crowd_of_sixty_four():
    made = group(make_guide())
    people = [make_member(f"会员{nth}") for nth in range(CROWD)]
    for member in people:
        groups.join(made, member)
    offered = post(made, stock=STOCK)
    outcome = at_once([partial(claims.claim, offered, member) for member in people])
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (STOCK, {"sold_out": CROWD - STOCK})
    assert (GroupClaim.objects.count(), Coupon.objects.count()) == (STOCK, STOCK)
    assert broken() == []


def test_one_member_who_taps_sixteen_times_gets_one():
    made, zihan = group(make_guide()), make_member("周子涵")
    groups.join(made, zihan)
    offered = post(made, stock=STOCK)
    outcome = at_once([partial(claims.claim, offered, zihan)] * 16)
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (1, {"claimed_already": 15})
    assert zihan.coupons.count() == 1


def test_without_the_condition_in_the_statement_more_are_given_than_there_are():
    """The control: look first, write afterwards."""
    made = group(make_guide())
    offered = post(made, product=product(), stock=STOCK)
    people = [make_member(f"会员{nth}") for nth in range(32)]
    all_looked = meeting(len(people))

    def unguarded(member) -> GroupClaim:
        held = GroupPost.objects.get(pk=offered.pk)
        all_looked()
        if held.claimed >= STOCK:
            raise Conflict("none left", code="sold_out")
        GroupPost.objects.filter(pk=offered.pk).update(claimed=held.claimed + 1)
        return GroupClaim.objects.create(post=offered, member=member, at=timezone.now())

    outcome = at_once([partial(unguarded, member) for member in people])
    assert outcome.broken == []
    assert GroupClaim.objects.count() > STOCK
