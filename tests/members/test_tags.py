"""Tags are put on and taken off by those whom HQ lets do it; a single choice replaces; system tags are left alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import MemberTag, Tag, TagGroup
from members.tags import remove_tag, set_tag, suggest, tag_many, tags_of, tags_on
from stores.errors import NotAllowed, NotFound, Refusal
from tests.makers import make_member
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def meimei(shop):
    return make_member("张晓梅", guide=shop.xiaoman)


def make_tag(name: str, *, group: str = "爱好", rule: str = "", is_active: bool = True, **fields) -> Tag:
    """A tag in a group that is made when it is missing."""
    found, _created = TagGroup.objects.get_or_create(name=group, defaults=fields)
    return Tag.objects.create(group=found, name=name, rule=rule, is_active=is_active)


def names(member) -> set:
    return set(MemberTag.objects.filter(member=member).values_list("tag__name", flat=True))


def test_a_guide_tags_their_member_and_takes_it_off_again(shop, meimei):
    cherries = make_tag("常买车厘子")
    assert set_tag(meimei, cherries, by=shop.xiaoman) is True
    row = MemberTag.objects.get(member=meimei)
    assert (row.source, row.set_by) == ("person", shop.xiaoman)
    assert told(meimei, "member.tagged") == [{"tag": cherries.pk, "by": shop.xiaoman.pk}]
    assert set_tag(meimei, cherries, by=shop.xiaoman) is False
    assert remove_tag(meimei, cherries, by=shop.xiaoman) is True
    assert remove_tag(meimei, cherries, by=shop.xiaoman) is False
    assert names(meimei) == set()
    assert len(told(meimei, "member.tagged")) == len(told(meimei, "member.untagged")) == 1


def test_in_a_single_choice_group_the_new_tag_takes_the_place_of_the_old(shop, meimei):
    alone = make_tag("独居", group="住", single_choice=True)
    child = make_tag("家有小孩", group="住")
    sweet = make_tag("爱吃甜")
    for tag in (sweet, alone, child):
        set_tag(meimei, tag, by=shop.xiaoman)
    assert names(meimei) == {"爱吃甜", "家有小孩"}
    assert told(meimei, "member.untagged") == [{"tag": alone.pk, "by": shop.xiaoman.pk}]


def test_system_tags_are_set_and_removed_by_nobody(shop, meimei):
    rule = make_tag("高价值", group="算出来的", rule="high_value", kind="system", guides_set=False)
    MemberTag.objects.create(member=meimei, tag=rule, source="rule")
    for person in (shop.xiaoman, shop.zhoumin, shop.jianguo, None):
        for verb in (set_tag, remove_tag):
            with pytest.raises(NotAllowed) as refusal:
                verb(meimei, rule, by=person)
            assert refusal.value.code == "tag_not_yours"
    assert names(meimei) == {"高价值"}


def test_a_guide_sets_only_what_hq_opened_and_does_not_see_the_rest(shop, meimei):
    closed = make_tag("投诉过", group="客服", guides_set=False)
    hidden = make_tag("风险", group="内部", guides_see=False)
    with pytest.raises(NotAllowed):
        set_tag(meimei, closed, by=shop.xiaoman)
    with pytest.raises(NotFound):
        set_tag(meimei, hidden, by=shop.xiaoman)
    assert names(meimei) == set()
    for tag in (closed, hidden):
        set_tag(meimei, tag, by=shop.zhoumin)
    seen = {row.tag.name: group.may_set for group in tags_of(meimei, shop.xiaoman) for row in group.tags}
    assert seen == {"投诉过": False}
    assert {tag.tag.name for tag in tags_on([meimei.pk], shop.xiaoman)[meimei.pk]} == {"投诉过"}
    assert {tag.tag.name for tag in tags_on([meimei.pk], shop.zhoumin)[meimei.pk]} == {"投诉过", "风险"}


def test_members_of_others_cannot_be_tagged(shop, meimei):
    sweet = make_tag("爱吃甜")
    other = make_member("吴晓峰", guide=shop.tangwei)
    for person in (shop.hejun, shop.tangwei):
        with pytest.raises(NotFound):
            set_tag(meimei, sweet, by=person)
    with pytest.raises(NotFound):
        tag_many([meimei.pk, other.pk], sweet, by=shop.xiaoman)
    assert names(meimei) == names(other) == set()
    assert tags_of(meimei, shop.tangwei) == []


def test_many_members_are_tagged_at_once(shop, meimei):
    sweet = make_tag("爱吃甜")
    others = [make_member(f"会员{n}", guide=shop.hejun).pk for n in range(5)]
    set_tag(meimei, sweet, by=shop.xiaoman)
    assert tag_many([meimei.pk, *others], sweet, by=shop.zhoumin) == 5
    assert MemberTag.objects.filter(tag=sweet).count() == 6


def test_a_tag_out_of_use_is_refused_and_one_that_expired_can_be_set_anew(shop, meimei):
    with pytest.raises(Refusal) as refusal:
        set_tag(meimei, make_tag("旧标签", is_active=False), by=shop.xiaoman)
    assert refusal.value.code == "tag_inactive"
    sweet = make_tag("爱吃甜")
    set_tag(meimei, sweet, by=shop.xiaoman)
    MemberTag.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert tags_of(meimei, shop.xiaoman) == []
    assert set_tag(meimei, sweet, by=shop.zhoumin) is True
    row = MemberTag.objects.get(member=meimei, tag=sweet)
    assert (row.expires_at, row.set_by) == (None, shop.zhoumin)


def test_suggestions_are_found_by_word_and_by_initials_and_only_what_one_may_set(shop):
    for name in ("办公室团购", "爱拼团", "团长"):
        make_tag(name)
    make_tag("团购投诉", group="客服", guides_set=False)
    make_tag("团停用", is_active=False)
    assert [tag.name for tag in suggest("团", shop.xiaoman)] == ["团长", "办公室团购", "爱拼团"]
    assert [tag.name for tag in suggest("bgs", shop.xiaoman)] == ["办公室团购"]
    assert "团购投诉" in [tag.name for tag in suggest("团", shop.zhoumin)]


def test_the_tag_editor_also_shows_groups_without_a_tag(shop, meimei):
    make_tag("爱吃甜")
    shown = {group.group.name: (len(group.tags), group.may_set) for group in tags_of(meimei, shop.xiaoman, empty=True)}
    assert shown["爱好"] == (0, True)
