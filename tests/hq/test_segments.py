"""The editor of segments: fields come and go without a reload, whom the rule means is told at once, and why."""

import json
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from members.models import MemberList, Segment, Tier
from members.segments import catalogue, refreshing
from stores import jobs
from stores.models import Job
from tests.makers import make_member, make_order, make_store

pytestmark = pytest.mark.django_db

EDITOR, LIVE, CHOICES = (reverse(f"admin:members_segment_{name}") for name in ("editor", "live", "choices"))
ADD = reverse("admin:members_segment_add")
TWO_ORDERS = {
    "node": ["n0", "n0.0"],
    "n0-how": "all",
    "n0.0-fact": "orders",
    "n0.0-was": "orders",
    "n0.0-op": "gte",
    "n0.0-value": "2",
}


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def marketer(as_staff):
    """Whose house has no segments yet: not even those that the demonstration's journey was installed with."""
    browser = as_staff("hq")
    Segment.objects.all().delete()
    return browser


def test_conditions_and_groups_come_and_go(marketer):
    more = text(marketer.post(EDITOR, {**TWO_ORDERS, "act": "leaf:n0"}))
    assert 'value="n0.1"' in more
    assert 'name="n0.0-value" value="2"' in more, "what was entered stays"
    group = text(marketer.post(EDITOR, {**TWO_ORDERS, "act": "group:n0"}))
    assert 'name="n0.1-how"' in group
    assert 'value="n0.1.0"' in group
    nothing = text(marketer.post(EDITOR, {**TWO_ORDERS, "act": "gone:n0.0"}))
    assert 'value="n0.0"' not in nothing


def test_another_fact_brings_its_own_fields_and_no_old_values(marketer):
    page = text(marketer.post(EDITOR, {**TWO_ORDERS, "n0.0-fact": "tier"}))
    assert 'type="checkbox" name="n0.0-value"' in page
    assert 'value="2" checked' not in page
    assert all(tier.name in page for tier in Tier.objects.all())


def test_whom_a_rule_means_is_told_at_once(marketer):
    regular = make_member("张晓梅")
    for _nth in range(2):
        make_order("50.00", member=regular)
    page = text(marketer.post(LIVE, TWO_ORDERS))
    assert "累计单数 至少 2" in page
    assert "张晓梅" in page
    assert Segment.objects.count() == 0


def test_what_is_missing_is_said(marketer):
    page = text(marketer.post(LIVE, {**TWO_ORDERS, "n0.0-value": ""}))
    assert "填一个数字" in page
    assert "sg-big" not in page


def test_what_is_no_field_of_the_editor_is_left_out(marketer):
    odd = {"node": ["n0", "n0.0", "n0.0", "n0.9.9", "n1", "../x"], "n0-how": "all", "n0.0-fact": "password"}
    assert 'value="n0.9.9"' not in text(marketer.post(EDITOR, odd))


def test_a_segment_is_kept_and_its_members_are_taken(marketer):
    regular = make_member("张晓梅")
    for _nth in range(2):
        make_order("50.00", member=regular)
    answer = marketer.post(ADD, {**TWO_ORDERS, "name": "回头客", "kind": "dynamic"})
    segment = Segment.objects.get(name="回头客")
    assert answer["Location"] == reverse("admin:members_segment_change", args=[segment.pk])
    assert segment.rule == {"all": [{"fact": "orders", "op": "gte", "value": "2"}]}
    jobs.run_to_end(segment.job_id)
    assert (
        segment.spans.filter(until=None).count()
        == catalogue.preview(catalogue.tree_of(segment), by=segment.created_by).count
    )
    assert "累计单数 至少 2" in text(marketer.get(reverse("admin:members_segment_changelist")))


def test_a_rule_that_means_nothing_is_not_kept_and_says_where(marketer):
    page = text(marketer.post(ADD, {**TWO_ORDERS, "n0.0-value": "many", "name": "回头客", "kind": "dynamic"}))
    assert "填一个数字" in page
    assert 'value="many"' in page
    assert 'value="回头客"' in page
    assert not Segment.objects.exists()
    assert not Job.objects.filter(kind=refreshing.ONE).exists()


@pytest.mark.parametrize("like", ["pre_churn", "golden", "one_timers", "sleeping", "birthday", "best"])
def test_the_usual_segments_are_there_to_begin_with(marketer, like):
    assert 'value="n0.0"' in text(marketer.get(f"{ADD}?like={like}"))


def test_choices_are_offered_by_name(marketer):
    make_store("西湖天地店")
    page = text(marketer.get(CHOICES, {"fact": "home_store", "name": "n0.0-value", "n0.0-value-typed": "西湖天地"}))
    assert "西湖天地店" in page
    narrowed = {"fact": "ordered", "name": "n0.0-stores", "n0.0-stores-typed": "西湖天地"}
    assert "西湖天地店" in text(marketer.get(CHOICES, narrowed))
    assert "没有" in text(marketer.get(CHOICES, {**narrowed, "n0.0-stores-typed": "月球"}))
    for odd in ({"fact": "password", "name": "n0.0-value"}, {"fact": "tier", "name": '"><script>'}, {}):
        assert marketer.get(CHOICES, odd).status_code == 404


def test_why_a_member_is_out_is_explained(marketer):
    member = make_member("陆然")
    segment = catalogue.keep(
        None, name="回头客", rule={"fact": "orders", "op": "gte", "value": 2}, kind="dynamic", by=None
    )
    where = reverse("admin:members_segment_explain", args=[segment.pk])
    page = text(marketer.get(where, {"code": member.code}))
    assert "不符合" in page
    assert "累计单数 至少 2" in page
    assert "没有这个会员码" in text(marketer.get(where, {"code": "000000000000"}))


def test_people_of_stores_ask_in_vain(as_staff):
    guide = as_staff("guide")
    for answer in (guide.post(EDITOR, TWO_ORDERS), guide.post(LIVE, TWO_ORDERS), guide.get(CHOICES), guide.get(ADD)):
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]


def test_a_rule_in_the_address_stands_in_the_editor_and_leads_on_to_a_bulk_issue(marketer):
    regular = make_member("张晓梅")
    make_order("50.00", member=regular)
    rule = {"all": [{"fact": "orders", "op": "gte", "value": "1"}]}
    page = text(marketer.get(ADD, {"rule": json.dumps(rule)}))
    assert 'name="n0.0-value" value="1"' in page
    live = text(marketer.post(LIVE, {**TWO_ORDERS, "n0.0-value": "1"}))
    address = next(one for one in unescape(live).split('"') if one.startswith(reverse("admin:coupons_issuerun_add")))
    form = marketer.get(address).context["form"]
    assert form.beside == "累计单数 至少 1"


@pytest.mark.parametrize("rule", ["{", "[]", '{"all":[]}', '{"fact":"people","op":"in","value":[1]}', "[" * 9999])
def test_nonsense_in_the_address_is_said_and_left_out(marketer, rule):
    answer = marketer.get(ADD, {"rule": rule})
    assert 'value="n0.0"' in text(answer)
    assert list(get_messages(answer.wsgi_request))


def test_a_file_of_members_becomes_a_segment_that_stays(marketer):
    mei = make_member("张晓梅")
    upload = reverse("admin:members_segment_upload")
    assert upload in text(marketer.get(reverse("admin:members_segment_changelist")))
    answer = marketer.post(upload, {"name": "展会", "file": SimpleUploadedFile("list.csv", mei.code.encode())})
    segment = Segment.objects.get(name="展会")
    assert answer["Location"] == reverse("admin:members_segment_change", args=[segment.pk])
    jobs.run_to_end(segment.job_id)
    assert list(segment.spans.values_list("member__name", flat=True)) == ["张晓梅"]
    assert reverse("admin:coupons_issuerun_add") in text(marketer.get(answer["Location"]))
    twice = marketer.post(upload, {"name": "展会", "file": SimpleUploadedFile("list.csv", mei.code.encode())})
    assert twice.context["form"].errors["name"]
    nobody = marketer.post(upload, {"name": "空", "file": SimpleUploadedFile("list.csv", b"19900000000")})
    assert nobody.context["form"].errors["file"]
    kept = MemberList.objects.filter(name__in=["展会", "空"])
    assert (Segment.objects.count(), kept.count()) == (1, 1), "what was refused left nothing"


def test_chosen_segments_are_combined_in_words(marketer):
    rule = {"fact": "orders", "op": "gte", "value": 1}
    made = [catalogue.keep(None, name=name, rule=rule, kind="dynamic", by=None) for name in ("甲", "乙")]
    chosen = {"action": "combine", "_selected_action": [one.pk for one in made]}
    page = marketer.post(reverse("admin:members_segment_changelist"), chosen, follow=True)
    ways = page.context["ways"]
    assert len(ways) == 4, "all, any, and each without the other"
    for said, address in ways:
        assert said in text(page)
        assert 'name="n0.0-value"' in text(marketer.get(address))
    alone = marketer.get(reverse("admin:members_segment_combine"), {"of": f"{made[0].pk},x,99999999999999999999"})
    assert alone.context["ways"] == []
