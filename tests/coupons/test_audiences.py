"""Whom an audience finds: tags and lists, any or none, stages; expired tags do not count; others may add more."""

import io

import pytest
from django.db import connection

from coupons import audience
from coupons.audience import Audience, Condition
from members import memberlists
from members.models import Member, MemberTag, Segment, SegmentSpan, Tag, TagGroup
from tests.makers import days_ago, make_member, make_store, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, Member]:
    """Four members by name; Zhang and Zhou like grapes, Zhou is also thrifty, Xu liked grapes once."""
    found = {name: make_member(name) for name in ("张晓梅", "周子涵", "许静雯", "孙悦")}
    group = TagGroup.objects.create(name="周年调查")
    grapes, thrifty = Tag.objects.create(group=group, name="葡萄"), Tag.objects.create(group=group, name="节俭")
    MemberTag.objects.create(member=found["张晓梅"], tag=grapes)
    MemberTag.objects.create(member=found["周子涵"], tag=grapes)
    MemberTag.objects.create(member=found["周子涵"], tag=thrifty)
    MemberTag.objects.create(member=found["许静雯"], tag=grapes, expires_at=days_ago(1))
    return found


def names(**chosen) -> set[str]:
    who = Audience.of(chosen)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT m.name FROM members_member m WHERE {who.sql}", who.params)
        return {name for (name,) in cursor.fetchall()}


def tag(name: str) -> int:
    return Tag.objects.get(group__name="周年调查", name=name).pk


def test_nothing_chosen_is_everybody_alive(people):
    make_member("已注销", state="erased")
    assert names() == set(people)


def test_any_of_the_tags_and_none_of_them(people):
    assert names(tag_ids=[tag("葡萄"), tag("节俭")]) == {"张晓梅", "周子涵"}
    assert names(tag_ids=[tag("葡萄")], without_tag_ids=[tag("节俭")]) == {"张晓梅"}
    assert names(without_tag_ids=[tag("葡萄")]) == {"许静雯", "孙悦"}


def test_on_any_of_the_lists_and_on_none(people):
    rows = "\n".join(people[name].code for name in ("张晓梅", "孙悦"))
    kept = memberlists.take_in(io.BytesIO(rows.encode()), "老客人")
    assert names(list_ids=[kept.pk]) == {"张晓梅", "孙悦"}
    assert names(list_ids=[kept.pk], without_tag_ids=[tag("葡萄")]) == {"孙悦"}
    assert names(without_list_ids=[kept.pk]) == {"周子涵", "许静雯"}


def test_in_any_of_the_segments_as_their_members_were_taken(people):
    kept = Segment.objects.create(name="回头客", rule={"fact": "orders", "op": "gte", "value": "1"})
    SegmentSpan.objects.create(segment=kept, member=people["孙悦"], since=days_ago(2))
    SegmentSpan.objects.create(segment=kept, member=people["张晓梅"], since=days_ago(9), until=days_ago(1))
    assert names(segment_ids=[kept.pk]) == {"孙悦"}


def test_stages_tiers_and_stores_must_all_hold(people):
    river = make_store("滨河路店")
    make_member("何丽", stage="mature", tier="gold", home_store=river)
    make_member("钱多", stage="growing", tier="gold", home_store=river)
    gold = make_tiers()["gold"].pk
    assert names(stages=["mature", "growing"], tier_ids=[gold]) == {"何丽", "钱多"}
    assert names(stages=["mature"], tier_ids=[gold], store_ids=[river.pk]) == {"何丽"}
    assert names(tier_ids=[gold], excluded_store_ids=[river.pk]) == set()


def test_it_is_told_in_words_and_what_is_gone_is_missed(people):
    who = Audience.of({"tag_ids": [tag("葡萄")], "stages": ["mature"]})
    assert [told for _label, told in who.in_words()] == [["成熟期"], ["葡萄"]]
    assert who.gone() == []
    Tag.objects.filter(pk=tag("葡萄")).delete()
    assert len(who.gone()) == 1


def test_an_app_above_adds_a_condition_of_its_own(people, monkeypatch):
    monkeypatch.setattr(audience, "CONDITIONS", dict(audience.CONDITIONS))
    audience.register(Condition("name_lengths", "姓名字数", "length(m.name) = ANY(%(name_lengths)s::int[])"))
    assert names(name_lengths=[2]) == {"孙悦"}


def test_a_word_nobody_knows_is_a_mistake_and_a_value_that_is_none_is_refused():
    with pytest.raises(TypeError):
        Audience.of({"colour": [1]})
    with pytest.raises(ValueError, match="x"):
        Audience.of({"tier_ids": ["x; DROP TABLE members_member"]})
