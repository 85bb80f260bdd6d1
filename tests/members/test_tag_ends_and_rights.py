"""Who may set which tags, and until when a tag holds."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from members import tagorigins, tagrules
from members.models import MemberTag, Tag, TagGroup
from members.segments import compiling, trees
from members.tags import may_set, remove_tag, set_tag, tag_many, tags_of
from members.windows import first_moment, local_day
from stores import jobs
from stores.errors import NotAllowed, Refusal
from tests.makers import make_member
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def meimei(shop):
    return make_member("张晓梅", guide=shop.xiaoman, home_store=shop.store)


def a_tag(lasts_days: int | None = None, **fields) -> Tag:
    return Tag.objects.create(
        group=TagGroup.objects.create(name="近况", **fields), name="在减糖", lasts_days=lasts_days
    )


@pytest.mark.parametrize(
    ("opened", "who"),
    [
        ({}, {"guide", "manager", "area", "hq"}),
        ({"guides_set": False}, {"manager", "area", "hq"}),
        ({"managers_set": False}, {"guide", "hq"}),
        ({"guides_see": False}, {"manager", "area", "hq"}),
        ({"guides_set": False, "managers_set": False}, {"hq"}),
        ({"kind": "system", "guides_set": False}, set()),
    ],
)
def test_a_group_says_who_sets_its_tags(shop, meimei, opened, who):
    tag = a_tag(**opened)
    people = {"guide": shop.xiaoman, "manager": shop.zhoumin, "area": shop.guodong, "hq": shop.suwan}
    assert {name for name, person in people.items() if may_set(tag.group, person)} == who
    for name, person in people.items():
        if name in who:
            assert set_tag(meimei, tag, by=person)
            assert remove_tag(meimei, tag, by=person)
        else:
            MemberTag.objects.create(member=meimei, tag=tag)
            for verb in (set_tag, remove_tag):
                with pytest.raises((NotAllowed, Refusal)):
                    verb(meimei, tag, by=person)
            assert MemberTag.objects.filter(tag=tag).delete()[0] == 1
    assert set_tag(meimei, tag, by=None) if "hq" in who else True


def test_a_tag_ends_by_itself_and_vanishes_at_once(shop, meimei):
    tag, today = a_tag(lasts_days=30), local_day(timezone.now())
    set_tag(meimei, tag, by=shop.xiaoman)
    row = MemberTag.objects.get()
    assert row.expires_at == first_moment(today + timedelta(days=30), 0)
    assert tagorigins.last_day(row) == today + timedelta(days=30)
    rule = trees.parse({"fact": "tags", "op": "any", "value": [tag.pk]})
    with time_machine.travel(row.expires_at - timedelta(seconds=1), tick=False):
        assert compiling.member_ids(rule) == [meimei.pk]
    with time_machine.travel(row.expires_at, tick=False):
        assert tags_of(meimei, shop.xiaoman) == []
        assert compiling.member_ids(rule) == []
        assert MemberTag.objects.exists(), "the row goes by night"
        jobs.run_to_end(jobs.plan(tagrules.NIGHTLY, params={}, due_at=timezone.now() - timedelta(days=99)).pk)
    assert not MemberTag.objects.exists()
    assert len(told(meimei, "member.untagged")) == 1


def test_a_person_may_choose_an_earlier_end_but_no_later_or_past_one(shop, meimei):
    tag, today = a_tag(lasts_days=30), local_day(timezone.now())
    for wrong in (today - timedelta(days=1), today + timedelta(days=31)):
        with pytest.raises(Refusal) as refused:
            set_tag(meimei, tag, by=shop.xiaoman, until=wrong)
        assert refused.value.code == "tag_end"
    assert not MemberTag.objects.exists()
    set_tag(meimei, tag, by=shop.xiaoman, until=today)
    assert tagorigins.last_day(MemberTag.objects.get()) == today


def test_set_anew_it_holds_from_now_and_is_no_news(shop, meimei):
    tag = a_tag(lasts_days=30)
    set_tag(meimei, tag, by=shop.xiaoman, until=local_day(timezone.now()))
    assert tag_many([meimei.pk], tag, by=shop.zhoumin) == 0
    row = MemberTag.objects.get()
    assert (row.set_by, tagorigins.last_day(row)) == (shop.zhoumin, local_day(timezone.now()) + timedelta(days=30))
    assert len(told(meimei, "member.tagged")) == 1


def test_what_a_file_or_partner_set_keeps_its_origin(shop, meimei):
    tag = a_tag(lasts_days=30)
    set_tag(meimei, tag, by=None, source="partner")
    set_tag(meimei, tag, by=shop.xiaoman)
    row = MemberTag.objects.get()
    assert (row.source, row.set_by, row.expires_at) == ("partner", None, None)
    (origin,) = tagorigins.of_member(meimei, shop.xiaoman)
    assert (origin.rule, origin.until, origin.is_disputed) == ("", None, False)
