"""Which members a guide is reminded of on a day, and why."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from campaigns import guidetasks, reasons
from campaigns.models import GuideTask, Outcome, Reason, ReasonSetting, TaskState
from coupons import kinds
from members.models import Birthday, Stage
from stores import jobs, policy
from tests.campaigns.scenery import coupon_of, facts_of, template
from tests.makers import (
    make_coupon,
    make_guide,
    make_manager,
    make_member,
    make_staff,
    make_task,
    make_template,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _four_in_the_morning():
    """It is four in the morning of Friday, 20 November 2026, in Shanghai."""
    policy.forget()
    with time_machine.travel("2026-11-20T04:00:00+08:00", tick=False):
        yield
    policy.forget()


def planned(day: date = TODAY) -> list[GuideTask]:
    """Plan, and list the open tasks by key."""
    guidetasks.plan_tasks(day)
    return list(GuideTask.objects.filter(state=TaskState.OPEN).order_by("pk"))


def words_of(day: date = TODAY) -> list[tuple[str, str]]:
    """Reason and words of what is planned for the day."""
    return [(task.reason, reasons.words(task)) for task in planned(day)]


def test_two_weeks_after_the_first_order_are_golden_until_the_second_comes():
    lin = make_guide()
    ziyu = make_member("周子涵", guide=lin)
    facts_of(ziyu, orders=1, last=12)
    facts_of(make_member("许静雯", guide=lin), orders=1, last=15)
    facts_of(make_member("赵一鸣", guide=lin), orders=1, last=0)
    assert words_of() == [("golden_window", "首购第 12 天，第 2 单还没来")]
    task = GuideTask.objects.get()
    assert (task.member, task.guide, task.store) == (ziyu, lin, lin.store)
    assert task.due_on == date(2026, 11, 22)
    assert reasons.due_words(task) == "还剩 2 天"
    assert task.value == Decimal("4.80")


def test_the_way_to_the_fourth_order_follows_the_members_own_rhythm():
    lin = make_guide()
    facts_of(make_member("孙悦", guide=lin), orders=2, last=10, usual_gap_days=11)
    facts_of(make_member("赵一鸣", guide=lin), orders=3, last=8, usual_gap_days=9)
    facts_of(make_member("何美玲", guide=lin), orders=2, last=5, usual_gap_days=11)
    facts_of(make_member("邓丽娟", guide=lin), orders=4, last=10, usual_gap_days=9)
    found = planned()
    assert [(task.member.name, task.occurrence) for task in found] == [("孙悦", "3"), ("赵一鸣", "4")]
    assert [reasons.words(task) for task in found] == ["上次 10 天前，差不多该来第 3 单了", "再来一次就是第 4 单"]
    assert reasons.due_words(found[1]) == "第 3 → 4 单"


def test_a_regular_who_stays_away_is_missed_once_a_quarter():
    lin = make_guide()
    facts_of(make_member("吴晓峰", guide=lin, stage=Stage.DECLINING), orders=22, last=70, usual_gap_days=14)
    facts_of(make_member("郑可欣", guide=lin, stage=Stage.MATURE), orders=20, last=39, usual_gap_days=15)
    facts_of(make_member("罗志远", guide=lin, stage=Stage.MATURE), orders=19, last=20, usual_gap_days=18)
    assert words_of() == [
        ("declining", "70 天没来，平时 14 天一次"),
        ("declining", "39 天没来，平时 15 天一次"),
    ]
    assert set(GuideTask.objects.values_list("occurrence", flat=True)) == {"2026Q4"}
    GuideTask.objects.update(state=TaskState.DISMISSED, closed_at=timezone.now())
    assert [task.member.name for task in planned(TODAY + timedelta(days=40))] == ["罗志远"]


def test_a_coupon_about_to_expire_is_told_with_its_face_and_the_rhythm():
    lin = make_guide()
    liu = make_member("刘建国", guide=lin)
    facts_of(liu, orders=61, last=4, usual_gap_days=6)
    ten_off = template("满60减10", threshold=60, off=10)
    tonight = coupon_of(liu, ten_off, until=datetime.fromisoformat("2026-11-21T00:00:00+08:00"))
    coupon_of(make_member("谢婉婷", guide=lin), ten_off, until=datetime.fromisoformat("2026-11-27T00:00:00+08:00"))
    face = kinds.offer_text(ten_off.terms)
    assert words_of() == [("coupon_expiring", f"{face}还没用，平时 6 天一来，已 4 天")]
    task = GuideTask.objects.get()
    assert (task.occurrence, task.due_on) == (str(tonight.pk), TODAY)
    assert reasons.due_words(task) == "今晚到期"


@pytest.mark.parametrize(
    "terms",
    [
        {"kind": "fixed_price", "fixed_price": Decimal("9.90"), "cap": Decimal(30), "skus": ["F011"]},
        {"kind": "free_shipping", "threshold": Decimal(60), "cap": Decimal(8)},
        {"kind": "gift", "gift_name": "草莓", "threshold": Decimal(60)},
    ],
)
def test_a_task_names_a_coupon_of_any_kind(terms):
    liu = make_member("刘建国", guide=make_guide())
    facts_of(liu, orders=61, last=4, usual_gap_days=6)
    coupon = make_coupon(liu, template=make_template(**terms, valid_days=1), at=timezone.now())
    assert words_of() == [("coupon_expiring", f"{kinds.offer_text(coupon.terms)}还没用，平时 6 天一来，已 4 天")]


def test_birthdays_of_the_coming_days_are_seen_and_leap_day_is_kept_on_the_28th():
    lin = make_guide()
    make_member("李雅琴", guide=lin, birthday=date(1988, 11, 21))
    make_member("何美玲", guide=lin, birthday=date(1990, 11, 24))
    make_member("邓丽娟", guide=lin, birthday=date(1990, 11, 21), birthday_calendar=Birthday.LUNAR)
    found = planned()
    assert [(task.member.name, task.occurrence) for task in found] == [("李雅琴", "2026")]
    assert reasons.due_words(found[0]) == "明天生日"
    make_member("马骁", guide=lin, birthday=date(1996, 2, 29))
    assert [t.due_on for t in planned(date(2027, 2, 26)) if t.member.name == "马骁"] == [date(2027, 2, 28)]


def test_lunar_birthdays_are_seen_by_their_own_calendar_and_once_a_lunar_year():
    lin = make_guide()
    make_member("邓丽娟", guide=lin, birthday=date(1990, 12, 2), birthday_calendar=Birthday.LUNAR)  # 十月十六
    make_member("马骁", guide=lin, birthday=date(1985, 1, 10), birthday_calendar=Birthday.LUNAR)  # 冬月二十
    found = planned(date(2026, 11, 22))
    assert [(task.member.name, task.occurrence, task.due_on) for task in found] == [
        ("邓丽娟", "2026", date(2026, 11, 24))
    ]
    assert reasons.due_words(found[0]) == "农历生日 11-24"
    assert [task.occurrence for task in planned(date(2026, 1, 7)) if task.member.name == "马骁"] == ["2025"]
    again = [(task.occurrence, task.due_on) for task in planned(date(2026, 12, 26)) if task.member.name == "马骁"]
    assert ("2026", date(2026, 12, 28)) in again


def test_planning_twice_is_as_good_as_once_and_a_member_gets_one_task_a_day():
    lin = make_guide()
    li = make_member("李雅琴", guide=lin, birthday=date(1988, 11, 21))
    facts_of(li, orders=1, last=5)
    first = planned()
    assert [task.reason for task in first] == ["birthday"]
    assert planned() == first
    assert planned(TODAY + timedelta(days=1)) == first


def test_a_guide_gets_at_most_the_cap_and_keeps_what_is_worth_most():
    lin = make_guide()
    policy.change("tasks.per_guide_and_day", 3, by=None)
    for basket in (20, 90, 50, 70, 30):
        facts_of(make_member(f"会员{basket}", guide=lin), orders=1, last=3, average_basket=Decimal(basket))
    assert sorted(task.member.name for task in planned()) == ["会员50", "会员70", "会员90"]
    done = GuideTask.objects.get(member__name="会员90")
    guidetasks.close(done, outcome=Outcome.REACHED, by=lin)
    assert len(planned()) == 2
    assert len(planned(TODAY + timedelta(days=1))) == 3


def test_leavers_unassigned_members_and_those_who_refused_are_left_alone():
    facts_of(make_member("甲一", guide=make_guide("吴磊", is_active=False)), orders=1, last=3)
    facts_of(make_member("乙二"), orders=1, last=3)
    zhou = make_manager()
    facts_of(make_member("丙三", guide=zhou), orders=1, last=3)
    refused = make_member("丁四", guide=zhou)
    facts_of(refused, orders=1, last=3)
    make_task(refused, reason=Reason.BIRTHDAY, state=TaskState.DONE, outcome=Outcome.REFUSED)
    assert [task.member.name for task in planned()] == ["丙三"]


def test_what_is_overdue_lapses_before_the_new_day_is_planned():
    lin = make_guide()
    late = make_task(make_member("周子涵", guide=lin), due_on=TODAY - timedelta(days=1))
    still = make_task(make_member("许静雯", guide=lin), due_on=TODAY)
    assert planned() == [still]
    late.refresh_from_db()
    assert (late.state, late.outcome) == (TaskState.LAPSED, "")


def test_hq_sets_reasons_off_and_chooses_the_coupon_they_suggest():
    lin = make_guide()
    facts_of(make_member("周子涵", guide=lin), orders=1, last=3)
    setting = ReasonSetting.objects.create(reason=Reason.GOLDEN_WINDOW, is_active=False)
    assert planned() == []
    setting.is_active, setting.template, setting.uplift_percent = True, template(), 50
    setting.save()
    task = planned()[0]
    assert (task.template, task.value) == (setting.template, Decimal("30.00"))


def test_a_template_that_guides_may_not_send_is_not_suggested():
    lin = make_guide()
    facts_of(make_member("周子涵", guide=lin), orders=1, last=3)
    ReasonSetting.objects.create(reason=Reason.GOLDEN_WINDOW, template=template(open_to_guides=False))
    assert planned()[0].template is None


def test_the_nightly_job_goes_through_all_guides_chunk_by_chunk():
    guides = [make_staff(f"导购{n}", store=None, role="hq_marketer") for n in range(2)] + [make_guide()]
    facts_of(make_member("周子涵", guide=guides[-1]), orders=1, last=3)
    job = jobs.plan("campaigns.plan_tasks", params={"day": "2026-11-20"})
    chunks = 1
    while not guidetasks.plan_chunk(job):
        chunks += 1
    assert (job.done, chunks) == (1, 2)
    assert job.cursor == {"after": guides[-1].pk}


@pytest.mark.parametrize("members", [1, 60])
def test_planning_takes_the_same_few_queries_for_one_member_and_for_many(members, django_assert_num_queries):
    lin = make_guide()
    for _nth in range(members):
        facts_of(make_member(guide=lin), orders=1, last=3)
    _ = policy.REGISTRY["tasks.per_guide_and_day"].value
    with django_assert_num_queries(5):
        guidetasks.plan_tasks(TODAY)
