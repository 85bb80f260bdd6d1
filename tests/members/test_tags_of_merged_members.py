"""System tags follow a merge and its undoing at once: the rules are asked again when everything has followed."""

import pytest

from members.defaults import ensure_defaults
from members.models import MemberMerge, MemberTag, Tag, TagGroup
from members.oneid import merging
from members.oneid.strays import gather
from members.tagrules import refresh_rules
from tests.campaigns.scenery import deliver_all, new_batch
from tests.makers import days_ago, make_member, make_order, make_tiers
from tests.members.merges import merged, parted
from tests.members.shop import open_shop

pytestmark = pytest.mark.django_db
TWICE = "近一年两单"


@pytest.fixture
def shop():
    make_tiers()
    ensure_defaults()
    rule = {"all": [{"fact": "orders_365d", "op": "gte", "value": "2"}]}
    Tag.objects.create(group=TagGroup.objects.get(kind=TagGroup.Kind.SYSTEM), name=TWICE, rule=rule)
    return open_shop()


@pytest.fixture
def two(shop):
    """Two records of Zhang Xiaomei, each with one order: too few for the tag of who has bought twice in a year."""
    both = [make_member("张晓梅", guide=shop.xiaoman), make_member("张小梅", phone="13900001111")]
    for member in both:
        make_order("30.00", member=member, store=shop.store, paid_at=days_ago(30))
    deliver_all()
    refresh_rules()
    assert carriers() == set()
    return both


def carriers() -> set[str]:
    """Who carries the tag by rule."""
    return set(MemberTag.objects.filter(tag__name=TWICE, source="rule").values_list("member__name", flat=True))


def test_two_who_together_bought_twice_carry_the_tag_at_once_and_neither_does_once_parted(shop, two):
    made = merged(*two, by=shop.suwan)
    assert carriers() == {"张晓梅"}
    parted(made, by=shop.suwan)
    assert carriers() == set()
    assert refresh_rules() == 0


def test_before_the_news_has_arrived_nobody_carries_it(shop, two):
    """Control: it is the reaction that sets the tag, not the merge."""
    new_batch()
    merging.merge(*two, why=MemberMerge.Why.HAND, by=shop.suwan)
    assert carriers() == set()
    deliver_all()
    assert carriers() == {"张晓梅"}


def test_a_tag_that_one_of_them_carried_comes_home_with_them(shop, two):
    regular = two[1]
    make_order("90.00", member=regular, store=shop.store, paid_at=days_ago(3))
    deliver_all()
    assert carriers() == {"张小梅"}
    made = merged(*two, by=shop.suwan)
    assert carriers() == {"张晓梅"}
    parted(made, by=shop.suwan)
    assert carriers() == {"张小梅"}


def test_what_arrives_for_the_other_record_later_is_looked_at_too(shop, two):
    made = merged(*two, by=shop.suwan)
    MemberTag.objects.filter(tag__name=TWICE).delete()
    new_batch()
    gather([made.pk])
    deliver_all()
    assert carriers() == {"张晓梅"}
