"""System tags follow from the data: they come, go and expire by themselves, and the timeline says so."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members import tagrules
from members.defaults import ensure_defaults
from members.models import Member, MemberFacts, MemberTag, Tag
from members.tagrules import refresh_rules
from stores import jobs
from stores.models import Job
from tests.makers import days_ago, make_member
from tests.members.shop import told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tags():
    ensure_defaults()


def regular(
    name: str, *, last: float, first: float = 300, gap: int = 10, orders: int = 12, spend: str = "100"
) -> Member:
    """A member whose orders say this."""
    member = make_member(name)
    MemberFacts.objects.update_or_create(
        member=member,
        defaults={
            "orders": orders,
            "orders_365d": orders,
            "spend_365d": Decimal(spend),
            "first_order_at": days_ago(first),
            "last_order_at": days_ago(last),
            "usual_gap_days": gap,
            "computed_at": timezone.now(),
        },
    )
    return member


def carried() -> dict:
    """Member -> the names of the system tags they carry."""
    found: dict = {}
    for member, tag in MemberTag.objects.filter(source="rule").values_list("member__name", "tag__name"):
        found.setdefault(member, set()).add(tag)
    return found


def night() -> Job:
    """The nightly job, from its plan to its end."""
    return jobs.run_to_end(jobs.plan(tagrules.NIGHTLY, params={}).pk)


def test_each_rule_finds_its_members():
    regular("周子涵", last=3, first=3, orders=1)
    regular("吴晓峰", last=47, gap=14)
    regular("赵一鸣", last=130, gap=9)
    regular("刘建国", last=4, spend="5820")
    regular("孙悦", last=15, first=15, orders=1)
    make_member("没买过")
    assert refresh_rules() == 4
    assert carried() == {
        "周子涵": {"首购后两周"},
        "吴晓峰": {"高频转低频"},
        "赵一鸣": {"沉睡"},
        "刘建国": {"高价值"},
    }


def test_a_tag_goes_when_its_reason_is_gone_and_a_second_run_changes_nothing():
    feng = regular("吴晓峰", last=47, gap=14, spend="0")
    refresh_rules()
    assert refresh_rules() == 0
    MemberFacts.objects.filter(member=feng).update(last_order_at=timezone.now())
    assert refresh_rules() == 1
    assert carried() == {}
    assert len(told(feng, "member.tagged")) == len(told(feng, "member.untagged")) == 1


def test_the_newcomers_tag_ends_with_the_golden_window():
    zihan = regular("周子涵", last=0, first=0, orders=1, spend="0")
    refresh_rules([zihan.pk], now=timezone.now() + timedelta(days=13))
    assert carried() == {"周子涵": {"首购后两周"}}
    refresh_rules([zihan.pk], now=timezone.now() + timedelta(days=14))
    assert carried() == {}


def test_only_the_members_asked_for_are_touched():
    feng, kexin = regular("吴晓峰", last=47, gap=14, spend="0"), regular("郑可欣", last=47, gap=14, spend="0")
    refresh_rules([feng.pk])
    assert carried() == {"吴晓峰": {"高频转低频"}}
    assert told(kexin, "member.tagged") == []


def test_a_rule_that_hq_switched_off_lets_go_of_its_members():
    regular("吴晓峰", last=47, gap=14, spend="0")
    refresh_rules()
    Tag.objects.filter(name="高频转低频").update(is_active=False)
    refresh_rules()
    assert carried() == {}


def test_the_nightly_job_goes_range_by_range_and_ends(monkeypatch):
    for n in range(7):
        regular(f"会员{n}", last=47, gap=14, spend="0")
    sweet = Tag.objects.get(name="爱吃甜")
    MemberTag.objects.create(member=Member.objects.first(), tag=sweet, expires_at=days_ago(1))
    monkeypatch.setattr(tagrules, "CHUNK", 3)
    job = night()
    assert (job.state, job.done, job.result["changed"], job.result["expired"]) == ("done", 7, 8, 1)
    assert len(carried()) == 7
    assert not MemberTag.objects.filter(tag=sweet).exists()
