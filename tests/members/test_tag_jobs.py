"""The job that keeps system tags in line with their rules: chunk by chunk, killed and resumed; rules that change."""

import pytest
from django.conf import settings
from django.db import transaction

from members import reactions, tagcatalogue, tagrules
from members.models import MemberTag, Tag, TagGroup, TimelineFact
from stores import jobs
from stores.errors import Conflict, Refusal
from stores.models import Job, JobState
from tests.makers import make_guide, make_member, make_order, make_store

pytestmark = pytest.mark.django_db

BOUGHT = {"all": [{"fact": "orders", "op": "gte", "value": "1"}]}
NEVER = {"all": [{"fact": "orders", "op": "lte", "value": "0"}]}


@pytest.fixture
def regular() -> Tag:
    """A system tag for everybody who ever bought; 张晓梅, 陆然 and 许静雯 did, 周子涵 did not."""
    Tag.objects.all().delete()
    group = TagGroup.objects.create(name="算出来的", kind="system", guides_set=False, managers_set=False)
    store = make_store()
    for name in ("张晓梅", "陆然", "许静雯"):
        make_order("30.00", member=make_member(name), store=store)
    make_member("周子涵")
    return tagcatalogue.keep_rule(Tag.objects.create(group=group, name="买过"), BOUGHT, by=None)


def carriers(tag: Tag) -> set[str]:
    return set(MemberTag.objects.filter(tag=tag).values_list("member__name", flat=True))


def killed(job: Job) -> None:
    """One chunk whose worker dies before the end of its transaction."""
    with transaction.atomic():
        held = Job.objects.select_for_update().get(pk=job.pk)
        tagrules.refresh_chunk(held)
        held.save()
        transaction.set_rollback(True)


def one_chunk(job: Job) -> bool:
    """One chunk that is kept."""
    with transaction.atomic():
        held = Job.objects.select_for_update().get(pk=job.pk)
        ended = tagrules.refresh_chunk(held)
        held.save()
    return ended


def test_a_killed_chunk_is_done_once_and_nothing_is_told_twice(regular, monkeypatch):
    monkeypatch.setattr(tagrules, "CHUNK", 1)
    job = tagcatalogue.ask(regular, by=None)
    one_chunk(job)
    assert carriers(regular) == {"张晓梅"}
    killed(job)
    assert carriers(regular) == {"张晓梅"}
    ended = jobs.run_to_end(job.pk)
    assert (ended.state, ended.done) == (JobState.DONE, 4)
    assert ended.result["tags"] == {str(regular.pk): {"came": 3, "left": 0}}
    assert carriers(regular) == {"张晓梅", "陆然", "许静雯"}
    assert TimelineFact.objects.filter(kind="member.tagged").count() == 3
    regular.refresh_from_db()
    assert regular.refreshed_at is not None
    assert regular.job is None


def test_a_rule_that_means_nothing_any_more_leaves_the_tag_as_it_is_and_says_so(regular):
    jobs.run_to_end(tagcatalogue.ask(regular, by=None).pk)
    before = Tag.objects.get(pk=regular.pk).refreshed_at
    Tag.objects.filter(pk=regular.pk).update(rule={"fact": "tier", "op": "in", "value": [0]})
    job = jobs.run_to_end(jobs.plan(tagrules.NIGHTLY, params={}).pk)
    assert "已不存在" in job.result["tags"][str(regular.pk)]["refused"]
    assert carriers(regular) == {"张晓梅", "陆然", "许静雯"}
    regular.refresh_from_db()
    assert regular.refreshed_at == before
    assert "已不存在" in tagcatalogue.in_words(regular)


def test_a_rule_changed_in_mid_run_is_followed_by_a_run_of_its_own(regular, monkeypatch):
    monkeypatch.setattr(tagrules, "CHUNK", 2)
    night = jobs.plan(tagrules.NIGHTLY, params={})
    one_chunk(night)
    with pytest.raises(Conflict) as refused:
        tagcatalogue.ask(regular, by=None)
    assert refused.value.code == "tag_busy"
    tagcatalogue.keep_rule(regular, NEVER, by=None)
    jobs.run_to_end(night.pk)
    regular.refresh_from_db()
    assert regular.refreshed_at is None, "half by the old rule: not right as of anything"
    jobs.run_to_end(regular.job_id)
    assert carriers(regular) == {"周子涵"}
    assert Tag.objects.get(pk=regular.pk).refreshed_at is not None


def test_the_night_passes_over_a_tag_that_another_job_works_on(regular):
    asked = tagcatalogue.ask(regular, by=None)
    night = jobs.run_to_end(jobs.plan(tagrules.NIGHTLY, params={}).pk)
    assert night.result["tags"] == {}
    assert carriers(regular) == set()
    jobs.run_to_end(asked.pk)
    assert len(carriers(regular)) == 3


def test_what_people_files_and_partners_put_on_stays(regular):
    zihan, guide = make_member("程可"), make_guide()
    MemberTag.objects.create(member=zihan, tag=regular, source="import", set_by=guide)
    tagrules.refresh_rules()
    row = MemberTag.objects.get(member=zihan)
    assert (row.source, row.set_by) == ("import", guide)


def test_only_system_tags_have_rules_and_none_rests_on_itself(regular):
    by_hand = Tag.objects.create(group=TagGroup.objects.create(name="爱好"), name="爱吃甜")
    with pytest.raises(Refusal) as refused:
        tagcatalogue.keep_rule(by_hand, BOUGHT, by=None)
    assert refused.value.code == "tag_by_hand"
    second = Tag.objects.create(group=regular.group, name="买过且爱甜")
    tagcatalogue.keep_rule(second, {"fact": "tags", "op": "any", "value": [regular.pk, by_hand.pk]}, by=None)
    with pytest.raises(Refusal) as refused:
        tagcatalogue.keep_rule(regular, {"fact": "tags", "op": "any", "value": [second.pk]}, by=None)
    assert refused.value.code == "tag_circle"
    regular.refresh_from_db()
    assert regular.rule == BOUGHT


def test_what_happens_to_a_member_moves_their_tags_at_once_and_nobody_elses(regular):
    for kind in ("order.recorded", "order.revised", "order.returned"):
        assert "members.reactions.refresh_tags" in settings.REACTIONS[kind]
    (fact,) = TimelineFact.objects.filter(kind="order.recorded", member__name="陆然")
    reactions.refresh_tags([fact, TimelineFact(kind="order.recorded")])
    assert carriers(regular) == {"陆然"}
