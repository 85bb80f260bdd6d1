"""Segments are drawn up, built on each other without circles, looked at beforehand and put away."""

import pytest

from members.models import Segment
from members.segments import catalogue, compiling, refreshing
from members.segments.evaluating import among
from members.segments.trees import TreeInvalid, parse
from stores import jobs
from stores.errors import Conflict, Refusal
from tests.makers import make_admin, make_guide, make_member

pytestmark = pytest.mark.django_db

EVERYBODY = {"fact": "orders", "op": "gte", "value": 0}
NOBODY = {"fact": "orders", "op": "gte", "value": 1}


def keep(name: str, rule: dict, kind: str = "dynamic", segment: Segment | None = None) -> Segment:
    return catalogue.keep(segment, name=name, rule=rule, kind=kind, by=None)


def within(*segments: Segment, op: str = "any") -> dict:
    return {"fact": "segments", "op": op, "value": [one.pk for one in segments]}


def test_a_segment_may_rest_on_others_static_ones_as_they_were_taken():
    mei, ran = make_member("张晓梅"), make_member("陆然")
    follows, taken = keep("都在", EVERYBODY), keep("名单", {"fact": "growth", "op": "gte", "value": 0}, "static")
    assert compiling.count(parse(within(taken))) == 0
    Segment.objects.filter(pk=taken.pk).update(rule=EVERYBODY)
    jobs.run_to_end(refreshing.ask(taken, by=None).pk)
    late = make_member("秦越")
    for rule, names in (
        (within(taken), [mei, ran]),
        (within(follows), [mei, ran, late]),
        (within(taken, op="none"), [late]),
        ({"all": [within(follows), within(taken, op="none")]}, [late]),
    ):
        assert compiling.member_ids(parse(rule)) == [one.pk for one in names]
        assert among(parse(rule), [mei, ran, late]) == names


def test_a_segment_cannot_become_part_of_itself():
    first = keep("甲", EVERYBODY)
    second = keep("乙", within(first))
    for rule in (within(first), within(second), {"none": [{"any": [within(second)]}]}):
        with pytest.raises(Refusal) as refused:
            keep("甲", rule, segment=first)
        assert refused.value.code == "segment_circle"
    first.refresh_from_db()
    assert first.rule == {"fact": "orders", "op": "gte", "value": "0"}


def test_a_name_is_given_once_and_a_bad_rule_is_not_kept():
    keep("甲", EVERYBODY)
    for name, rule, kind, code in (
        (" ", EVERYBODY, Refusal, "name_missing"),
        ("甲", NOBODY, Conflict, "name_taken"),
        ("乙", {"all": []}, TreeInvalid, "tree_invalid"),
    ):
        with pytest.raises(kind) as refused:
            keep(name, rule)
        assert refused.value.code == code
    assert list(Segment.objects.values_list("name", flat=True)) == ["甲"]


def test_what_others_rest_on_is_not_put_away():
    first = keep("甲", EVERYBODY)
    second = keep("乙", within(first))
    with pytest.raises(Conflict) as refused:
        catalogue.put_away(first, by=None)
    assert refused.value.code == "segment_in_use"
    assert "乙" in str(refused.value)
    catalogue.put_away(second, by=None)
    catalogue.put_away(first, by=None)
    assert not Segment.objects.filter(is_active=True).exists()
    catalogue.take_out(first, by=None)
    assert Segment.objects.get(is_active=True) == first


def test_a_preview_counts_everybody_and_shows_a_few_of_those_one_may_see():
    for nth in range(catalogue.SAMPLE + 2):
        make_member(f"会员{nth}")
    seen = catalogue.preview(parse(EVERYBODY), by=make_admin())
    assert (seen.count, len(seen.sample)) == (catalogue.SAMPLE + 2, catalogue.SAMPLE)
    assert catalogue.preview(parse(EVERYBODY), by=make_guide()).sample == []
