"""Somebody who knows the member says that a system tag does not fit; headquarters decides, and the rule minds it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from members import tagcatalogue, tagdisputes, tagrules
from members.chronicle import timeline_of
from members.models import MemberTag, Tag, TagDispute, TagGroup
from members.oneid.merging import merge
from members.privacy import erasure
from members.segments import compiling, trees
from members.tagdisputes import decide, lift, raise_dispute
from members.windows import local_day
from stores.errors import Conflict, NotAllowed, NotFound, Refusal
from tests.makers import make_member, make_order
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db

WHY = "替公司采购，平时不是这样"


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def meimei(shop):
    member = make_member("张晓梅", guide=shop.xiaoman, home_store=shop.store)
    make_order("900.00", member=member, store=shop.store)
    return member


@pytest.fixture
def rich(meimei) -> Tag:
    """A system tag that 张晓梅 carries by rule."""
    Tag.objects.all().delete()
    group = TagGroup.objects.create(name="算出来的", kind="system", guides_set=False, managers_set=False)
    tag = Tag.objects.create(group=group, name="高价值")
    tagcatalogue.keep_rule(tag, {"fact": "spend", "op": "gte", "value": "500"}, by=None)
    tagrules.refresh_rules()
    assert carries(meimei, tag)
    return Tag.objects.get(pk=tag.pk)


def carries(member, tag) -> bool:
    return MemberTag.objects.filter(member=member, tag=tag).exists()


def test_while_it_waits_the_tag_stays_and_counts_and_is_marked(shop, meimei, rich):
    dispute = raise_dispute(meimei, rich, WHY, by=shop.xiaoman)
    tagrules.refresh_rules()
    assert carries(meimei, rich)
    assert compiling.member_ids(trees.parse({"fact": "tags", "op": "any", "value": [rich.pk]})) == [meimei.pk]
    assert tagdisputes.disputed_on([meimei.pk]) == {(meimei.pk, rich.pk)}
    assert list(tagdisputes.waiting()) == [dispute]
    assert told(meimei, "member.tag_disputed") == [{"tag": rich.pk, "upheld": False, "by": shop.xiaoman.pk}]


def test_upheld_the_tag_goes_and_its_rule_leaves_the_member_alone_until_the_day(shop, meimei, rich):
    today = local_day(timezone.now())
    dispute = raise_dispute(meimei, rich, WHY, by=shop.xiaoman)
    decide(dispute, upheld=True, answer="确是代购", until=today + timedelta(days=30), by=shop.suwan)
    assert not carries(meimei, rich)
    tagrules.refresh_rules([meimei.pk])
    tagrules.refresh_rules()
    assert not carries(meimei, rich)
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        tagrules.refresh_rules([meimei.pk])
    assert carries(meimei, rich), "the day is past"
    again = raise_dispute(meimei, rich, WHY, by=shop.zhoumin)
    assert again.state == "open"
    with translation.override("zh-hans"):
        titles = [entry.title for entry in timeline_of(meimei, shop.suwan)]
    assert len([title for title in titles if "高价值" in title]) == 6, titles


def test_without_a_day_it_stays_away_until_headquarters_lifts_it(shop, meimei, rich):
    dispute = decide(raise_dispute(meimei, rich, WHY, by=shop.xiaoman), upheld=True, answer="不再设置", by=shop.suwan)
    with time_machine.travel(timezone.now() + timedelta(days=2000), tick=False):
        tagrules.refresh_rules()
        assert not carries(meimei, rich)
    lift(dispute, by=shop.suwan)
    tagrules.refresh_rules()
    assert carries(meimei, rich)
    with pytest.raises(Conflict) as refused:
        lift(dispute, by=shop.suwan)
    assert refused.value.code == "dispute_state"


def test_rejected_the_tag_stays_and_it_can_be_disputed_anew(shop, meimei, rich):
    dispute = raise_dispute(meimei, rich, WHY, by=shop.xiaoman)
    with pytest.raises(Refusal) as refused:
        decide(dispute, upheld=False, answer=" ", by=shop.suwan)
    assert refused.value.code == "answer_missing"
    decide(dispute, upheld=False, answer="消费记录就是本人的", by=shop.suwan)
    tagrules.refresh_rules()
    assert carries(meimei, rich)
    with pytest.raises(Conflict) as refused:
        decide(dispute, upheld=True, answer="改主意", by=shop.suwan)
    assert refused.value.code == "dispute_decided"
    assert carries(meimei, rich)
    raise_dispute(meimei, rich, WHY, by=shop.hejun if meimei.guide_id == shop.hejun.pk else shop.zhoumin)
    assert TagDispute.objects.count() == 2


def test_only_who_sees_the_member_disputes_and_only_headquarters_decides(shop, meimei, rich):
    for person in (shop.hejun, shop.tangwei):
        with pytest.raises(NotFound):
            raise_dispute(meimei, rich, WHY, by=person)
    with pytest.raises(Refusal) as refused:
        raise_dispute(meimei, rich, "  ", by=shop.xiaoman)
    assert refused.value.code == "reason_missing"
    assert not TagDispute.objects.exists()
    dispute = raise_dispute(meimei, rich, WHY, by=shop.guodong)
    for person in (shop.xiaoman, shop.zhoumin, shop.guodong):
        with pytest.raises(NotAllowed):
            decide(dispute, upheld=True, answer="好", by=person)
    dispute.refresh_from_db()
    assert (dispute.state, carries(meimei, rich)) == ("open", True)


def test_what_is_not_carried_set_by_hand_hidden_or_disputed_already_is_refused(shop, meimei, rich):
    sweet = Tag.objects.create(group=TagGroup.objects.create(name="爱好"), name="爱吃甜")
    with pytest.raises(Refusal) as refused:
        raise_dispute(meimei, sweet, WHY, by=shop.xiaoman)
    assert refused.value.code == "tag_not_there"
    meimei.member_tags.create(tag=sweet)
    with pytest.raises(NotAllowed) as refused:
        raise_dispute(meimei, sweet, WHY, by=shop.xiaoman)
    assert refused.value.code == "tag_by_hand"
    raise_dispute(meimei, rich, WHY, by=shop.xiaoman)
    with pytest.raises(Conflict) as refused:
        raise_dispute(meimei, rich, WHY, by=shop.zhoumin)
    assert refused.value.code == "dispute_open"
    TagGroup.objects.filter(pk=rich.group_id).update(guides_see=False)
    with pytest.raises(NotFound):
        raise_dispute(meimei, rich, WHY, by=shop.xiaoman)
    assert TagDispute.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():  # whoever gets past the lock
        TagDispute.objects.create(member=meimei, tag=rich, reason="x")


def test_a_dispute_goes_along_in_a_merge_unless_the_kept_member_has_one(shop, meimei, rich):
    twin, other = make_member("张小梅", home_store=shop.store), make_member("张梅", home_store=shop.store)
    for member in (meimei, twin, other):
        MemberTag.objects.get_or_create(member=member, tag=rich, source="rule")
    mine = raise_dispute(twin, rich, WHY, by=shop.suwan)
    merge(meimei, twin, why="hand", by=shop.suwan)
    mine.refresh_from_db()
    assert mine.member == meimei
    left = raise_dispute(other, rich, WHY, by=shop.suwan)
    merge(meimei, other, why="hand", by=shop.suwan)
    left.refresh_from_db()
    assert left.member == other, "one is open already"
    assert list(tagdisputes.waiting()) == [mine]


def test_an_erasure_takes_disputes_and_their_words_along(shop, meimei, rich):
    raise_dispute(meimei, rich, WHY, by=shop.xiaoman)
    erasure.erase(meimei, asked_by="member", reason="本人要求", by=shop.jianguo)
    assert not TagDispute.objects.exists()
