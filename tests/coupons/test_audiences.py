"""Whom an audience finds: tags and lists, any or none, stages, segments; expired tags do not count."""

import io

import pytest
from django.db import connection
from django.utils import timezone

from coupons.audience import Audience, leaf, together, without
from members import memberlists
from members.models import Member, MemberTag, Segment, SegmentSpan, Tag, TagGroup
from members.segments.registry import Binder
from stores.errors import Refusal
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


def names(*parts) -> set[str]:
    who, binder = Audience.of(together(*parts)), Binder(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT m.name FROM members_member m WHERE {who.living(binder)}", binder.values)
        found = {name for (name,) in cursor.fetchall()}
    assert who.count() == len(found)
    return found


def asks(fact: str, op: str, *values) -> dict:
    (one,) = leaf(fact, op, values)
    return one


def tag(name: str) -> int:
    return Tag.objects.get(group__name="周年调查", name=name).pk


def test_nothing_chosen_is_everybody_alive(people):
    make_member("已注销", state="erased")
    assert names() == set(people)


def test_any_of_the_tags_and_none_of_them(people):
    assert names(asks("tags", "any", tag("葡萄"), tag("节俭"))) == {"张晓梅", "周子涵"}
    assert names(asks("tags", "any", tag("葡萄")), asks("tags", "none", tag("节俭"))) == {"张晓梅"}
    assert names(asks("tags", "none", tag("葡萄"))) == {"许静雯", "孙悦"}


def test_on_any_of_the_lists_and_on_none(people):
    rows = "\n".join(people[name].code for name in ("张晓梅", "孙悦"))
    kept = memberlists.take_in(io.BytesIO(rows.encode()), "老客人")
    assert names(asks("lists", "any", kept.pk)) == {"张晓梅", "孙悦"}
    assert names(asks("lists", "any", kept.pk), asks("tags", "none", tag("葡萄"))) == {"孙悦"}
    assert names(asks("lists", "none", kept.pk)) == {"周子涵", "许静雯"}


def test_a_segment_that_follows_its_rule_is_asked_now_and_one_that_stays_as_it_was_taken(people):
    rule = asks("tags", "any", tag("节俭"))
    follows = Segment.objects.create(name="节俭的人", rule=rule)
    taken = Segment.objects.create(name="老名单", rule=rule, kind="static")
    for segment in (follows, taken):
        SegmentSpan.objects.create(segment=segment, member=people["孙悦"], since=days_ago(2))
    SegmentSpan.objects.create(segment=taken, member=people["张晓梅"], since=days_ago(9), until=days_ago(1))
    assert names(asks("segments", "any", follows.pk)) == {"周子涵"}
    assert names(asks("segments", "any", taken.pk)) == {"孙悦"}


def test_stages_tiers_and_stores_must_all_hold(people):
    river = make_store("滨河路店")
    make_member("何丽", stage="mature", tier="gold", home_store=river)
    make_member("钱多", stage="growing", tier="gold", home_store=river)
    gold = make_tiers()["gold"].pk
    assert names(asks("stage", "in", "mature", "growing"), asks("tier", "in", gold)) == {"何丽", "钱多"}
    assert names(asks("stage", "in", "mature"), asks("tier", "in", gold), asks("home_store", "in", river.pk)) == {
        "何丽"
    }
    assert names(asks("tier", "in", gold), asks("home_store", "not_in", river.pk)) == set()


def test_it_is_told_in_words_and_what_is_gone_is_missed(people):
    rule = together(asks("tags", "any", tag("葡萄")), asks("stage", "in", "mature"))
    assert "葡萄" in Audience.of(rule).sentence
    assert "成熟期" in Audience.of(rule).sentence
    Tag.objects.filter(pk=tag("葡萄")).delete()
    with pytest.raises(Refusal) as refused:
        Audience.of(rule)
    assert refused.value.code == "audience_gone"


def test_single_members_are_left_out_once_and_whatever_else_holds_stays(people):
    mei, sun = people["张晓梅"].pk, people["孙悦"].pk
    rule = without(without(together(asks("tags", "none", tag("节俭"))), [mei]), [sun, mei])
    assert rule["all"][1:] == [{"fact": "people", "op": "not_in", "value": sorted([mei, sun])}]
    assert names(rule) == {"许静雯"}
    assert names(without({}, [mei])) == set(people) - {"张晓梅"}
    either = {"any": [asks("people", "in", mei), asks("people", "in", sun)]}
    assert names(without(either, [mei])) == {"孙悦"}
