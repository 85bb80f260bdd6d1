"""Bulk tagging: the figures before are the figures after; killed, resumed, replaced, left out, taken back."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from members import tagruns
from members.models import Member, MemberTag, Tag, TagGroup, TagRun, TimelineFact
from members.segments import trees
from members.tags import set_tag
from members.windows import local_day
from stores import jobs
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Job, JobState
from tests.makers import make_member
from tests.members.shop import open_shop, told

pytestmark = pytest.mark.django_db

EVERYBODY = {"fact": "orders", "op": "gte", "value": "0"}


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def people(shop) -> list[Member]:
    """Six members, among them 张晓梅 first and 周子涵 last."""
    names = ("张晓梅", "陆然", "许静雯", "吴晓峰", "孙悦", "周子涵")
    return [make_member(name, home_store=shop.store, guide=shop.xiaoman) for name in names]


def a_tag(name: str = "周年邀请", group: str = "活动", **fields) -> Tag:
    found, _new = TagGroup.objects.get_or_create(name=group, defaults=fields)
    return Tag.objects.create(group=found, name=name)


def carriers(tag: Tag) -> set[str]:
    return set(MemberTag.objects.filter(tag=tag).values_list("member__name", flat=True))


def look(tag: Tag) -> tuple[int, int, int, int, int]:
    seen = tagruns.preview(tag, trees.parse(EVERYBODY))
    return seen.count, seen.carrying, seen.losing, seen.disputed, seen.coming


def go(run: TagRun) -> Job:
    return jobs.run_to_end(run.job_id)


def a_chunk(job: Job, *, dies: bool = False) -> None:
    """One chunk; its worker may die before the end of the transaction."""
    with transaction.atomic():
        held = Job.objects.select_for_update().get(pk=job.pk)
        tagruns.run_chunk(held)
        held.save()
        transaction.set_rollback(dies)


def test_the_preview_is_exact_and_comes_true(shop, people):
    invited, child = a_tag("收到邀请", group="回应", single_choice=True), a_tag("婉拒", group="回应")
    set_tag(people[0], invited, by=shop.xiaoman)
    set_tag(people[1], child, by=shop.xiaoman)
    people[2].member_tags.create(tag=invited, expires_at=timezone.now() - timedelta(days=1))
    assert look(invited) == (6, 1, 1, 0, 5)
    run = tagruns.start(invited, EVERYBODY, by=shop.suwan)
    assert (run.expected, carriers(invited)) == (5, {"张晓梅", "许静雯"})
    job = go(run)
    assert job.state == JobState.DONE
    assert job.result == {"found": 6, "put_on": 5, "replaced": 1}
    assert len(carriers(invited)) == 6
    assert carriers(child) == set()
    row = MemberTag.objects.get(member=people[0], tag=invited)
    assert (row.set_by, row.run) == (shop.xiaoman, None), "who had it keeps it as it was"
    assert look(invited) == (6, 6, 0, 0, 0)
    assert told(people[1], "member.untagged") == [{"tag": child.pk, "by": shop.suwan.pk}]


def test_a_killed_chunk_is_done_once(shop, people, monkeypatch):
    monkeypatch.setattr(tagruns, "CHUNK", 2)
    tag = a_tag()
    run = tagruns.start(tag, EVERYBODY, by=shop.suwan, until=local_day(timezone.now()) + timedelta(days=7))
    a_chunk(run.job)
    assert carriers(tag) == {"张晓梅", "陆然"}
    a_chunk(run.job, dies=True)
    assert carriers(tag) == {"张晓梅", "陆然"}
    job = go(run)
    assert (job.done, job.result) == (6, {"found": 6, "put_on": 6, "replaced": 0})
    assert TimelineFact.objects.filter(kind="member.tagged").count() == 6
    assert set(MemberTag.objects.values_list("run", "expires_at")) == {(run.pk, run.expires_at)}


def test_taking_back_takes_off_what_the_run_put_on_and_nothing_else(shop, people, monkeypatch):
    monkeypatch.setattr(tagruns, "CHUNK", 2)
    tag = a_tag()
    set_tag(people[0], tag, by=shop.xiaoman)
    run = tagruns.start(tag, EVERYBODY, by=shop.suwan)
    go(run)
    undone = jobs.run_to_end(tagruns.undo(run, by=shop.suwan).pk)
    assert undone.result == {"taken_off": 5}
    assert carriers(tag) == {"张晓梅"}
    with pytest.raises(Conflict) as refused:
        tagruns.undo(run, by=shop.suwan)
    assert refused.value.code == "run_state"


def test_taking_back_a_run_under_way_ends_it(shop, people, monkeypatch):
    monkeypatch.setattr(tagruns, "CHUNK", 2)
    tag = a_tag()
    run = tagruns.start(tag, EVERYBODY, by=shop.suwan)
    a_chunk(run.job)
    back = tagruns.undo(run, by=shop.suwan)
    assert go(run).state == JobState.CANCELLED
    jobs.run_to_end(back.pk)
    assert carriers(tag) == set()


def test_a_tag_is_taken_off_many(shop, people):
    tag = a_tag()
    for member in people[:3]:
        set_tag(member, tag, by=shop.xiaoman)
    run = tagruns.start(tag, EVERYBODY, by=shop.suwan, takes_off=True)
    assert run.expected == 3
    assert go(run).result == {"found": 6, "taken_off": 3}
    assert carriers(tag) == set()
    with pytest.raises(Conflict):
        tagruns.undo(run, by=shop.suwan)


def test_who_was_merged_or_erased_is_not_tagged(shop, people):
    Member.objects.filter(pk=people[0].pk).update(state="erased")
    tag = a_tag()
    assert look(tag)[0] == 5
    go(tagruns.start(tag, EVERYBODY, by=shop.suwan))
    assert "张晓梅" not in carriers(tag)


def test_only_headquarters_and_only_what_people_set_and_only_where_it_changes_something(shop, people):
    tag, rule = a_tag(), a_tag("高价值", group="算出来的", kind="system", guides_set=False)
    for person in (shop.xiaoman, shop.zhoumin, shop.guodong):
        with pytest.raises(NotAllowed):
            tagruns.start(tag, EVERYBODY, by=person)
    with pytest.raises(NotAllowed) as refused:
        tagruns.start(rule, EVERYBODY, by=shop.suwan)
    assert refused.value.code == "tag_not_yours"
    with pytest.raises(Refusal) as refused:
        tagruns.start(tag, EVERYBODY, by=shop.suwan, takes_off=True)
    assert refused.value.code == "nobody"
    with pytest.raises(Refusal) as refused:
        tagruns.start(tag, EVERYBODY, by=shop.suwan, until=local_day(timezone.now()) - timedelta(days=1))
    assert refused.value.code == "tag_end"
    assert not TagRun.objects.exists()
    assert not Job.objects.filter(kind=tagruns.RUN).exists()
