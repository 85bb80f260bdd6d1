"""Headquarters' pages about tags: the rule in the builder, the queue of disputes, bulk tagging with its figures."""

import pytest
from django.urls import reverse

from members import tagcatalogue, tagdisputes, tagrules
from members.models import Member, MemberTag, Tag, TagDispute, TagGroup, TagRun
from stores import jobs
from stores.models import Staff

pytestmark = pytest.mark.django_db

EVERYBODY = {
    "node": ["n0", "n0.0"],
    "n0-how": "all",
    "n0.0-fact": "orders",
    "n0.0-was": "orders",
    "n0.0-op": "gte",
    "n0.0-value": "0",
}
TOP = {**EVERYBODY, "n0.0-fact": "top_spend", "n0.0-was": "top_spend", "n0.0-op": "top", "n0.0-value": "20"}


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def marketer(as_staff):
    return as_staff("hq")


@pytest.fixture
def valued(chain, db) -> Tag:
    return Tag.objects.get(name="高价值", group__kind="system")


def test_the_rule_of_a_tag_is_edited_in_the_builder_and_followed(marketer, valued):
    where = reverse("admin:members_tag_rule", args=[valued.pk])
    assert 'value="10"' in text(marketer.get(where))
    assert marketer.post(where, TOP)["Location"] == where
    valued.refresh_from_db()
    assert valued.rule == {"all": [{"fact": "top_spend", "op": "top", "value": 20}]}
    before = MemberTag.objects.filter(tag=valued).count()
    jobs.run_to_end(valued.job_id)
    assert MemberTag.objects.filter(tag=valued).count() > before
    words = tagcatalogue.in_words(valued)
    assert "20" in words
    assert words in text(marketer.get(reverse("admin:members_tag_changelist")))
    assert words in text(marketer.get(reverse("admin:members_tag_change", args=[valued.pk])))


def test_a_rule_that_means_nothing_is_not_kept_and_says_where(marketer, valued):
    where = reverse("admin:members_tag_rule", args=[valued.pk])
    page = text(marketer.post(where, {**TOP, "n0.0-value": "400"}))
    assert "sg-error" in page
    assert Tag.objects.get(pk=valued.pk).rule == valued.rule


def test_a_new_system_tag_leads_on_to_its_rule_and_one_set_by_hand_has_none(marketer, valued):
    add = reverse("admin:members_tag_add")
    form = {"name": "常客", "is_active": "on", "position": "9"}
    answer = marketer.post(add, {**form, "group": valued.group_id})
    made = Tag.objects.get(name="常客")
    assert answer["Location"] == reverse("admin:members_tag_rule", args=[made.pk])
    by_hand = Tag.objects.filter(group__kind="manual").first()
    where = reverse("admin:members_tag_rule", args=[by_hand.pk])
    assert "sg-rule" not in text(marketer.get(where))
    marketer.post(where, EVERYBODY)
    assert not Tag.objects.get(pk=by_hand.pk).rule


def test_the_queue_of_disputes_is_decided_with_a_reason(marketer, valued):
    row = MemberTag.objects.filter(tag=valued).select_related("member").first()
    dispute = tagdisputes.raise_dispute(row.member, valued, "替公司采购", by=Staff.objects.get(username="hq"))
    queue = reverse("admin:members_tagdispute_changelist")
    assert "替公司采购" in text(marketer.get(queue))
    where = reverse("admin:members_tagdispute_change", args=[dispute.pk])
    assert "sg-list" in text(marketer.get(where)), "why the rule says so, leaf by leaf"
    text(marketer.post(where, {"verdict": "goes", "answer": ""}))
    assert TagDispute.objects.get().state == "open"
    assert marketer.post(where, {"verdict": "goes", "answer": "确是代购"})["Location"] == queue
    assert not MemberTag.objects.filter(pk=row.pk).exists()
    assert "替公司采购" not in text(marketer.get(queue))
    decided = text(marketer.get(queue, {"standing": "all"}))
    assert "替公司采购" in decided
    assert "确是代购" in text(marketer.get(where))
    marketer.post(f"{queue}?standing=all", {"action": "lift", "_selected_action": [dispute.pk]})
    tagrules.refresh_rules()
    assert MemberTag.objects.filter(tag=valued, member=row.member_id).exists()


def test_bulk_tagging_shows_exact_figures_runs_and_is_taken_back(marketer):
    tag = Tag.objects.create(group=TagGroup.objects.create(name="活动"), name="周年邀请")
    living = Member.objects.filter(state="active").count()
    given = {**EVERYBODY, "tag": tag.pk, "what": "put_on", "until": ""}
    page = text(marketer.post(reverse("admin:members_tagrun_preview"), given))
    assert f"{living} " in page
    assert not TagRun.objects.exists()
    answer = marketer.post(reverse("admin:members_tagrun_add"), given)
    run = TagRun.objects.get()
    assert answer["Location"] == reverse("admin:members_tagrun_change", args=[run.pk])
    jobs.run_to_end(run.job_id)
    assert MemberTag.objects.filter(tag=tag, run=run).count() == living == run.expected
    assert str(living) in text(marketer.get(answer["Location"]))
    back = reverse("admin:members_tagrun_take_back", args=[run.pk])
    assert str(living) in text(marketer.get(back))
    run.refresh_from_db()
    assert run.undo_job is None, "looking changes nothing"
    marketer.post(back)
    run.refresh_from_db()
    jobs.run_to_end(run.undo_job_id)
    assert not MemberTag.objects.filter(tag=tag).exists()
    nobody = text(marketer.post(reverse("admin:members_tagrun_add"), {**given, "what": "take_off"}))
    assert "sg-error" in nobody
    assert TagRun.objects.count() == 1


def test_a_segment_or_rule_of_an_address_is_where_one_begins(marketer):
    add = reverse("admin:members_tagrun_add")
    rule = '{"all": [{"fact": "orders", "op": "gte", "value": "3"}]}'
    assert 'name="n0.0-value" value="3"' in text(marketer.get(add, {"rule": rule}))
    for odd in ('{"all": []}', "no json", "[" * 5000, '{"fact": "password"}'):
        assert 'value="n0.0"' in text(marketer.get(add, {"rule": odd}))
    assert 'value="n0.0"' in text(marketer.get(add, {"segment": "999999"}))


def test_the_page_of_a_member_says_which_rule_set_a_tag(marketer, valued):
    row = MemberTag.objects.filter(tag=valued).first()
    page = text(marketer.get(reverse("admin:members_member_change", args=[row.member_id])))
    assert tagcatalogue.in_words(valued) in page


def test_people_of_stores_get_nowhere(as_staff, valued):
    guide = as_staff("guide")
    for name, args in (("tag_rule", [valued.pk]), ("tagrun_add", []), ("tagdispute_changelist", [])):
        answer = guide.get(reverse(f"admin:members_{name}", args=args))
        assert "/login/" in answer["Location"]
