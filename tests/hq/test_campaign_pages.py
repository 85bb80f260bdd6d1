"""The editor of a campaign makes the rule from fields and shows its dates; dry run, decision and calendar open."""

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.memberdays import patterns
from campaigns.models import CampaignMessage, MemberDay, MessageTemplate
from stores.errors import Refusal
from tests.makers import make_member_day

ADD = reverse("admin:campaigns_memberday_add")


def form(**changed: object) -> dict[str, object]:
    """What Su Wan enters."""
    rows = {
        f"{rows}-{count}_FORMS": "0"
        for rows in ("occurrences", "messages", "early_access")
        for count in ("TOTAL", "INITIAL")
    }
    return {
        "name": "会员日", "kind": "recurring", "pattern": "place", "nth": "-1", "weekdays": ["FR"],
        "starts_on": str(timezone.localdate()), "growth_factor": "1", "points_factor": "2", "holdout_percent": "10",
        "invite_most": "20", "issue_days_before": "0", **rows, **changed,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"pattern": "days", "month_days": "8，18 28"}, "FREQ=MONTHLY;BYMONTHDAY=8,18,28"),
        ({"pattern": "weeks", "weekdays": ["WE", "SA"]}, "FREQ=WEEKLY;BYDAY=WE,SA"),
        ({"pattern": "place", "weekdays": ["FR"], "nth": "-1"}, "FREQ=MONTHLY;BYDAY=-1FR"),
    ],
)
def test_a_rhythm_becomes_a_rule_and_is_shown_as_it_was_chosen(fields, rule):
    assert patterns.rule_of(**fields) == rule
    shown = patterns.fields_of(rule)
    assert patterns.rule_of(**shown) == rule
    assert shown["pattern"] == fields["pattern"]


def test_a_rhythm_without_days_says_what_is_missing():
    for fields in ({"pattern": "days"}, {"pattern": "weeks"}, {"pattern": "days", "month_days": "32"}):
        with pytest.raises(Refusal):
            patterns.rule_of(**fields)
    assert patterns.fields_of("FREQ=YEARLY;BYMONTH=3") == {"pattern": "rule"}


def test_the_last_friday_is_entered_by_fields_with_its_message(as_staff):
    words = MessageTemplate.objects.create(name="会员日", channel="inbox", subject="会员日", text="{name}，明天会员日")
    row = {"messages-TOTAL_FORMS": "1", "messages-0-message": words.pk, "messages-0-days_before": "1",
           "messages-0-at_hour": "10"}  # fmt: skip
    answer = as_staff("hq").post(ADD, form(**row))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    day = MemberDay.objects.get(name="会员日")
    assert (day.recurrence, day.created_by.username, day.holdout_percent) == ("FREQ=MONTHLY;BYDAY=-1FR", "hq", 10)
    assert CampaignMessage.objects.get(member_day=day).channel == "inbox"


def test_a_second_message_on_a_channel_is_refused_and_nothing_is_saved(as_staff):
    made = [MessageTemplate.objects.create(name=name, channel="sms", text="会员日") for name in ("甲", "乙")]
    rows = {"messages-TOTAL_FORMS": "2"}
    for nth, one in enumerate(made):
        rows |= {f"messages-{nth}-message": one.pk, f"messages-{nth}-days_before": "1", f"messages-{nth}-at_hour": "10"}
    assert as_staff("hq").post(ADD, form(**rows)).status_code == 200
    assert not MemberDay.objects.filter(name="会员日").exists()


def test_the_dates_are_shown_while_the_form_is_filled_in(as_staff):
    browser, live = as_staff("hq"), reverse("admin:campaigns_memberday_live")
    page = browser.post(live, form(name="")).content.decode()
    assert "每月最后一个周五" in page
    assert page.count("<li") == 12
    dated = browser.post(live, form(kind="dated", starts_on="2026-12-01", ends_on="2026-12-12")).content.decode()
    assert "2026-12-01 至 2026-12-12" in dated
    assert "<li>" in browser.post(live, form(kind="dated")).content.decode()
    assert browser.get(live).status_code == 403


def test_the_pages_of_a_campaign_open_and_the_calendar_names_it(as_staff):
    browser = as_staff("hq")
    day = make_member_day("腊八会员日")
    page = browser.get(reverse("admin:campaigns_memberday_dryrun", args=[day.pk])).content.decode()
    assert reverse("admin:campaigns_memberday_do", args=[day.pk, "submit"]) in page
    month = f"{timezone.localdate():%Y-%m}" if timezone.localdate().day <= 8 else "2026-12"
    calendar = reverse("admin:campaigns_memberday_calendar")
    assert "腊八会员日" in browser.get(calendar, {"month": month}).content.decode()
    for odd in ("abc", "9999-01", "2026-13"):
        assert browser.get(calendar, {"month": odd}).status_code == 200
    assert browser.get(reverse("admin:campaigns_memberday_clashes"), {"month": month}).status_code == 200


def test_a_marketer_without_the_right_looks_but_decides_nothing(as_staff):
    day = make_member_day()
    for verb in ("submit", "approve", "end"):
        as_staff("guide").post(reverse("admin:campaigns_memberday_do", args=[day.pk, verb]))
        day.refresh_from_db()
        assert day.state == "draft"
